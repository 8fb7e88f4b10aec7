// The steps in which somebody sets up how to sign in, and the dialog that asks for a fresh proof.
import {
  api, answerWithPasskey, by, element, makePasskey, onPress, onSubmit, open, passkeysWork, proveBy, say, speakWith,
} from "/pages/page.js";

// Shows one section until it is done or left; what it came to.
function step(id, wire) {
  const over = new AbortController();
  open(id);
  return new Promise((resolve) => wire(over.signal, resolve)).finally(() => over.abort());
}

// What the device is called until somebody names it.
const device = () => navigator.userAgentData?.platform || "This device";

export async function addPasskey(name) {
  const made = await makePasskey(await api("POST", "/v1/me/passkeys/start"));
  await api("POST", "/v1/me/passkeys/finish", { ...made, name: name || device() });
  // The answer set the cookie.
  speakWith("");
}

// Sets up a way to sign in: "passkey", "passphrase" or "nothing".
export async function setUpWayIn(email) {
  for (;;) {
    const chosen = await step("ways", (signal, done) => {
      by("make-passkey").hidden = !passkeysWork();
      by("no-passkeys").hidden = passkeysWork();
      by("passkey-host").textContent = location.hostname;
      onPress(by("make-passkey"), async () => {
        await addPasskey();
        done("passkey");
      }, signal);
      onPress(by("use-passphrase"), () => done("passphrase"), signal);
      onPress(by("skip-ways"), () => done("nothing"), signal);
    });
    if (chosen !== "passphrase") return chosen;
    if (!(await setPassphrase(email))) continue;
    if (await turnOnCodes()) await keepRecoveryCodes();
    return chosen;
  }
}

export const setPassphrase = (email) => step("passphrase-step", (signal, done) => {
  const form = by("passphrase-form");
  form.elements.username.value = email;
  onSubmit(form, async (fields) => {
    await api("PUT", "/v1/me/passphrase", { passphrase: fields.get("passphrase") });
    form.reset();
    by("passphrase").type = "password";
    done(true);
  }, signal);
  onPress(by("passphrase-back"), () => done(false), signal);
});

export const turnOnCodes = async () => {
  const offer = await api("POST", "/v1/me/totp/start");
  return step("codes-step", (signal, done) => {
    const form = by("codes-form");
    by("codes-secret").textContent = offer.secret.replace(/(.{4})(?=.)/g, "$1 ");
    by("codes-link").href = offer.url;
    onSubmit(form, async (fields) => {
      await api("POST", "/v1/me/totp/finish", { code: fields.get("code").trim() });
      speakWith("");
      form.reset();
      by("codes-secret").textContent = "";
      by("codes-link").removeAttribute("href");
      done(true);
    }, signal);
    onPress(by("codes-skip"), () => done(false), signal);
  });
};

export const keepRecoveryCodes = async () => {
  const made = await api("POST", "/v1/me/recovery-codes");
  return step("recovery-step", (signal, done) => {
    by("recovery-codes").replaceChildren(...made.codes.map((code) => element("li", {}, code)));
    say("Each code works once. Nobody can show them again.", "done");
    by("recovery-print").addEventListener("click", () => print(), { signal });
    onPress(by("recovery-kept"), () => {
      by("recovery-codes").replaceChildren();
      done(true);
    }, signal);
  });
};

// --- a fresh proof ---

const UNPROVED = "Nothing was changed: it was not shown that this is you.";

proveBy(async () => {
  const { sign_in: ways } = await api("GET", "/v1/me");
  const dialog = by("proof");
  const byCode = ways.totp;
  const byPassphrase = ways.passphrase && !ways.totp && ways.passkeys === 0;
  by("proof-passkey").hidden = ways.passkeys === 0;
  by("proof-code-form").hidden = !byCode;
  by("proof-passphrase-form").hidden = !byPassphrase;
  by("proof-none").hidden = ways.passkeys > 0 || byCode || byPassphrase;
  const over = new AbortController();
  dialog.showModal();
  say("");
  const proved = await new Promise((resolve) => {
    const prove = (path) => async (fields) => {
      const [name] = [...fields.keys()];
      await api("POST", path, { [name]: fields.get(name) });
      speakWith("");
      resolve(true);
    };
    onPress(by("proof-passkey"), async () => {
      await answerWithPasskey("/v1/prove/passkey");
      speakWith("");
      resolve(true);
    }, over.signal);
    onSubmit(by("proof-code-form"), prove("/v1/prove/code"), over.signal);
    onSubmit(by("proof-passphrase-form"), prove("/v1/prove/passphrase"), over.signal);
    by("proof-cancel").addEventListener("click", () => resolve(false), { signal: over.signal });
    dialog.addEventListener("close", () => resolve(false), { signal: over.signal });
  });
  over.abort();
  dialog.close();
  for (const form of dialog.querySelectorAll("form")) form.reset();
  if (!proved) throw new Error(UNPROVED);
});
