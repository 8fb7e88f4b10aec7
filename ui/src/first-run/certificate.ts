// The fingerprint of a certificate, as browsers, OpenSSL and `blockhouse up` write it.

import { bytesOf } from "../audit/merkle";

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/** SHA-256 of the first certificate of a file, computed here: of what came, and not of what somebody says of it. */
export async function fingerprintOf(pem: string): Promise<string> {
  const base64 = PEM.exec(pem)?.[1]?.replace(/\s/g, "");
  if (!base64) throw new Error("This is no certificate.");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(base64)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
}
