import { answerWithPasskey, api, by, onPress, onSubmit, open, passkeysWork, say } from "/pages/page.js";

// An invitation that waits for its person to sign in.
const invitation = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);

// The server knows whether there is a console to go on to; whoever asks for plain pages stays on them.
const onward = location.search === "?plain" ? "/me" : "/me?signed-in";

const goOn = () => location.replace(invitation ? `/join#${invitation}` : onward);

function askSecondFactor(methods) {
  by("second-passkey").hidden = !passkeysWork() || !methods.includes("passkey");
  by("code-form").hidden = !methods.includes("totp") && !methods.includes("recovery_code");
  open("second");
  say("");
}

// The half session has ended, by time or from elsewhere: what was entered is of no use.
const orBegin = (work) => async (fields) => {
  try {
    await work(fields);
  } catch (error) {
    if (!["session_ended", "sign_in_required"].includes(error.code)) throw error;
    open("first");
    throw new Error("This sign-in took too long; begin again.");
  }
};

by("passkey").hidden = !passkeysWork();
by("no-passkeys").hidden = passkeysWork();

onPress(by("passkey"), async () => {
  await answerWithPasskey("/v1/sign-in/passkey");
  goOn();
});

onSubmit(by("passphrase-form"), async (fields) => {
  const entered = { email: fields.get("email").trim(), passphrase: fields.get("passphrase") };
  const step = await api("POST", "/v1/sign-in/passphrase", entered);
  by("passphrase-form").elements.passphrase.value = "";
  if (step.state === "second_factor") askSecondFactor(step.methods);
  else goOn();
});

onPress(by("second-passkey"), orBegin(async () => {
  await answerWithPasskey("/v1/prove/passkey");
  goOn();
}));

onSubmit(by("code-form"), orBegin(async (fields) => {
  await api("POST", "/v1/prove/code", { code: fields.get("code").trim() });
  goOn();
}));

onPress(by("start-over"), async () => {
  // It may have ended already.
  await api("POST", "/v1/sign-out").catch(() => {});
  by("code-form").reset();
  open("first");
});

// Whoever is signed in already goes on; whoever is half way stays there.
try {
  await api("GET", "/v1/me");
  goOn();
} catch (error) {
  if (error.code === "second_factor_pending") askSecondFactor(["passkey", "totp"]);
}
