import { api, by, onPress, onSubmit, open, say, speakWith } from "/pages/page.js";
import { setUpWayIn } from "/pages/ways.js";

let token = "";

// Links from the server's shell carry a session, to set up a way in with.
const isSession = () => token.startsWith("bh_session_");

const ENDED =
  "This link is of no use any more: it was used, withdrawn, replaced by a newer one, or is too old. Ask for a new one.";

function finish(title, words, onward = "/me") {
  by("end-title").textContent = title;
  by("end-words").textContent = words;
  by("onward").href = onward;
  by("onward").textContent = onward === "/me" ? "Open your account" : "Sign in";
  open("end");
  say("");
}

async function begin() {
  token = location.hash.slice(1);
  // The token must not stay in the address bar, nor in the history.
  history.replaceState(null, "", location.pathname);
  if (!token) return say("This address lacks its token: open the link that you were given.", "failed");
  say("Looking at the link …");
  try {
    await (isSession() ? setUpAccount() : look());
  } catch (error) {
    const isOver = ["invitation_ended", "session_ended", "sign_in_required"].includes(error.code);
    say(isOver ? ENDED : error.message, "failed");
  }
}

async function look() {
  const invited = await api("POST", "/v1/invitations/look", { invitation: token });
  for (const place of document.querySelectorAll("[data-tenant]")) place.textContent = invited.tenant.name;
  for (const place of document.querySelectorAll("[data-email]")) place.textContent = invited.email;
  by("new-form").elements.email.value = invited.email;
  say("");
  if (!invited.has_account) return open("new");
  const me = await api("GET", "/v1/me").catch(() => null);
  const isOther = me !== null && me.email !== invited.email;
  by("accept").hidden = me === null || isOther;
  by("other").hidden = by("leave").hidden = !isOther;
  by("other-email").textContent = me?.email ?? "";
  by("sign-in").hidden = me !== null;
  open("known");
}

async function setUpAccount() {
  speakWith(token);
  const me = await api("GET", "/v1/me");
  by("title").textContent = `Set up how ${me.name} signs in`;
  say("");
  const way = await setUpWayIn(me.email);
  if (way === "passkey") finish("You are in", "From now on, sign in with the passkey.");
  else if (way === "passphrase") finish("The account has a way in", "From now on, sign in with the passphrase.", "/sign-in");
  else finish("The account has no new way in", "The link works for a few minutes more: open it again.", "/sign-in");
}

onSubmit(by("new-form"), async (fields) => {
  await api("POST", "/v1/invitations/accept", { invitation: token, name: fields.get("name").trim() });
  const { email } = Object.fromEntries(fields);
  say("The account is made.", "done");
  const way = await setUpWayIn(email);
  if (way === "nothing") finish("You are in", "For as long as this browser is open. Set up a way to sign in before you leave.");
  else finish("You are in", `From now on, sign in with the ${way}.`);
});

onPress(by("accept"), async () => {
  const joined = await api("POST", "/v1/invitations/accept", { invitation: token });
  await api("POST", "/v1/me/tenant", { tenant: joined.tenant });
  finish("You are in", "You work in this organization now. Your account page leads back to the others.");
});

onPress(by("leave"), async () => {
  await api("POST", "/v1/sign-out");
  location.assign(`/sign-in#${token}`);
});

onPress(by("sign-in"), () => location.assign(`/sign-in#${token}`));

addEventListener("hashchange", () => {
  if (location.hash && [by("new"), by("known"), by("end")].every((section) => section.hidden)) begin();
});
begin();
