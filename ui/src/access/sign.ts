// A passkey's signature over exact words: a request of staff, or a statement in public.

import { Problem } from "../api/client";
import type { ToSign } from "../api/people";

/** Whether the passkey is asked to sign the digest of these very words. */
async function isOf(statement: string, challenge: unknown): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(statement)));
  const text = btoa(String.fromCharCode(...digest))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
  return text === challenge;
}

/** Signs what was shown, and nothing else: words that the server would have signed unseen are refused here. */
export async function sign({ statement, options }: ToSign): Promise<unknown> {
  const asked = options.publicKey as PublicKeyCredentialRequestOptionsJSON;
  if (!(await isOf(statement, asked.challenge))) {
    throw new Problem(0, { detail: "The server asked to sign something else than it showed. Nothing was signed." });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return used.toJSON();
}

/** The lines `name: value` of a statement, and what the signer does. */
export function words(statement: string): { verb: string; lines: [string, string][] } {
  const [, verb = "", ...rest] = statement.trimEnd().split("\n");
  const lines = rest.map((line): [string, string] => {
    const at = line.indexOf(": ");
    return at < 0 ? ["", line] : [line.slice(0, at), line.slice(at + 2)];
  });
  return { verb, lines };
}
