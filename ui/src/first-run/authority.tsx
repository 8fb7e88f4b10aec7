// What clients trust this server by: a file to download, and the fingerprint that tells whether it is the right one.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { ask, Problem } from "../api/client";
import { LinkButton } from "../kit/controls";
import { muted, row, stack } from "../kit/page";
import { fingerprintOf } from "./certificate";

const PATH = "/ca.crt";

/** Its fingerprint; `null` where the server's certificate is of no authority of its own. */
const authority = queryOptions({
  queryKey: ["authority"],
  queryFn: async ({ signal }) => {
    try {
      return await fingerprintOf(await (await ask(PATH, { signal })).text());
    } catch (error) {
      if (error instanceof Problem && error.code === "no_own_authority") return null;
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** To be compared: it breaks between bytes, a few of them in a piece. */
export function Fingerprint({ of }: { of: string }) {
  return (
    <code>
      {of.match(/(?:..:?){1,4}/g)?.map((piece, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its pieces have no other name, and stay where they are
        <Fragment key={at}>
          {piece}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}

export function CertificateButton() {
  return (
    <LinkButton size="small" href={PATH} download="ca.crt">
      Download ca.crt
    </LinkButton>
  );
}

export function Authority() {
  const { data: fingerprint } = useQuery(authority);
  if (fingerprint === null)
    return (
      <p className={muted}>
        This server's certificate is of an authority that whoever runs it chose. Clients that know it need no{" "}
        <code>ca.crt</code>: leave out what names it. For others, <code>ca.crt</code> is that authority's certificate.
      </p>
    );
  return (
    <div className={stack}>
      <p className={muted}>
        Clients know this server by <code>ca.crt</code>, the certificate of its own authority. Save it where the client
        runs, and say its whole path.
      </p>
      <p className={row}>
        <CertificateButton />
        {fingerprint && (
          <span>
            SHA-256 <Fingerprint of={fingerprint} />
          </span>
        )}
      </p>
      <p className={muted}>
        Where your browser warned of this server, somebody between may have put another file in its place: trust it only
        once this fingerprint is the one that <code>blockhouse up</code> printed after <strong>Check</strong>. The same
        file is in the server's data folder.
      </p>
    </div>
  );
}
