// Where a short link arrives: it goes on to the look in Logs, whose address then stands in its place, or says why not.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { shortLink } from "../api/watching";
import { Button, LinkButton } from "../kit/controls";
import { Empty, ErrorBox } from "../kit/states";
import { isNotThere, Unready } from "../kit/unready";
import { enter } from "../shell/enter";
import { useMe } from "../shell/shell";
import { lookOf } from "./look";

export function ShortLinkPage() {
  const me = useMe();
  const { tenant, link } = useParams({ from: "/inside/l/$tenant/$link" });
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({ ...shortLink(tenant, link), enabled: me.tenant === tenant });
  useEffect(() => {
    document.title = "Short link - Blockhouse";
  }, []);
  useEffect(() => {
    if (data) void navigate({ to: "/logs", search: lookOf(data), replace: true });
  }, [data, navigate]);
  if (me.tenant !== tenant) return <Elsewhere tenant={tenant} />;
  if (!isNotThere(error)) return <Unready error={error} retry={() => void refetch()} what="what the link leads to" />;
  return (
    <Empty title="This short link leads nowhere for you" action={<LinkButton href="/app/logs">Go to logs</LinkButton>}>
      A short link ends 90 days after it was made. This one may be over or removed, or lead to a source whose logs you
      may not read. Whoever sent it can make a new one; owners of the organization can give you a role that reads.
    </Empty>
  );
}

/** A link of an organization that this session does not work in. */
function Elsewhere({ tenant }: { tenant: string }) {
  const me = useMe();
  const router = useRouter();
  const [error, setError] = useState<unknown>(null);
  const other = me.tenants.find((one) => one.id === tenant);
  const go = async () => {
    try {
      await enter(tenant);
      await router.invalidate();
    } catch (failed) {
      setError(failed);
    }
  };
  if (!other)
    return (
      <Empty title="This short link is of an organization that you are not in">
        It may be that you are signed in with another account than the one it was sent to.
      </Empty>
    );
  return (
    <>
      <Empty
        title={`This short link is of ${other.name}`}
        action={
          <Button look="primary" onPress={() => void go()}>
            Go on in {other.name}
          </Button>
        }
      >
        You are working in another of your organizations.
      </Empty>
      {error !== null && <ErrorBox error={error} />}
    </>
  );
}
