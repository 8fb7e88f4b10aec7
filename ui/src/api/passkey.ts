// Passkeys, as the browser makes and uses them.

import { api } from "./client";
import type { Ceremony, SignInStep } from "./types";

export const passkeysWork = () =>
  typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === "function" && window.isSecureContext;

/** Asks for a passkey at `path`, and hands in its answer there. */
export async function answerWithPasskey(path: "/v1/sign-in/passkey" | "/v1/prove/passkey"): Promise<SignInStep> {
  const asked = await api<Ceremony>("POST", `${path}/start`);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    asked.options.publicKey as PublicKeyCredentialRequestOptionsJSON,
  );
  const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return api("POST", `${path}/finish`, { ceremony: asked.ceremony, answer: used.toJSON() });
}

export async function addPasskey(name: string): Promise<void> {
  const asked = await api<Ceremony>("POST", "/v1/me/passkeys/start");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    asked.options.publicKey as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  await api("POST", "/v1/me/passkeys/finish", { ceremony: asked.ceremony, answer: made.toJSON(), name });
}

/** What a device is called until somebody names it. */
export function deviceName(): string {
  const data = (navigator as { userAgentData?: { platform?: string } }).userAgentData;
  return data?.platform || "This device";
}
