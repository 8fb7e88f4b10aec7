import {
  api, button, by, element, isSure, list, muted, onPress, onSubmit, open, passkeysWork, row, say, tag, time,
} from "/pages/page.js";
import { addPasskey, keepRecoveryCodes, setPassphrase, turnOnCodes } from "/pages/ways.js";

let me = null;

// Notices that are shown at once.
const NEWEST = 5;

// --- showing ---

async function show(words = "", kind = "") {
  try {
    const [account, sessions, passkeys, notices] = await Promise.all(
      ["/v1/me", "/v1/me/sessions", "/v1/me/passkeys", "/v1/me/notices"].map((path) => api("GET", path)),
    );
    me = account;
    showAccount();
    list("tenants", me.tenants.map(tenantRow), "None.");
    list("passkeys", passkeys.passkeys.map(passkeyRow), "None yet.");
    list("sessions", sessions.sessions.map(sessionRow), "");
    list("notices", notices.notices.slice(0, NEWEST).map(noticeRow), "Nothing to tell.");
    list("older-notices", notices.notices.slice(NEWEST).map(noticeRow), "");
    by("older").hidden = notices.notices.length <= NEWEST;
    by("end-others").hidden = sessions.sessions.length < 2;
    open("account");
    say(words, kind);
  } catch (error) {
    if (error.status === 401) return location.replace("/sign-in?plain");
    open("broken");
    say(error.message, "failed");
  }
}

function showAccount() {
  const ways = me.sign_in;
  by("name").textContent = me.name;
  by("name-form").elements.name.value = me.name;
  by("email").textContent = me.email;
  by("kind").textContent = me.kind === "person" ? "" : me.kind;
  by("signs").hidden = me.kind !== "operator";
  by("wayless").hidden = ways.passphrase || ways.passkeys > 0 || ways.single_sign_on > 0;
  by("passkey-form").hidden = !passkeysWork();
  by("passphrase-state").textContent = ways.passphrase ? "You can sign in with a passphrase." : "None is set.";
  by("change-passphrase").textContent = ways.passphrase ? "Change passphrase" : "Set a passphrase";
  by("remove-passphrase").hidden = !ways.passphrase;
  by("codes-state").textContent = ways.totp ? "They are asked for after your passphrase." : "They are off.";
  by("turn-on-codes").textContent = ways.totp ? "Set up another app" : "Turn on one-time codes";
  by("turn-off-codes").hidden = !ways.totp;
  by("recovery-state").textContent = ways.recovery_codes ? `${ways.recovery_codes} are left.` : "There are none.";
  by("make-recovery").textContent = ways.recovery_codes ? "Replace them with new ones" : "Make recovery codes";
}

function tenantRow(tenant) {
  const roles = muted(`As ${tenant.roles.join(", ")}`);
  if (tenant.id === me.tenant) return row(element("strong", {}, tenant.name), " ", tag("you work here"), roles);
  const enter = button("Work here", "plain", tenant.name, async () => {
    await api("POST", "/v1/me/tenant", { tenant: tenant.id });
    await show(`You work in ${tenant.name} now.`, "done");
  });
  return row(element("strong", {}, tenant.name), roles, enter);
}

function passkeyRow(passkey) {
  const used = passkey.used_at ? ["Used ", time(passkey.used_at)] : ["Made ", time(passkey.created_at)];
  const rename = button("Rename", "plain", passkey.name, () => here.replaceChildren(renaming(passkey)));
  const remove = button("Remove", "grave", passkey.name, async () => {
    const words = "It opens this account no more, and every other session ends.";
    if (!(await isSure(`Remove the passkey "${passkey.name}"?`, words, "Remove passkey"))) return;
    await api("DELETE", `/v1/me/passkeys/${passkey.id}`);
    await show(`The passkey "${passkey.name}" is removed. Delete it on the device, too.`, "done");
  });
  const here = row(element("strong", {}, passkey.name), muted(...used), rename, remove);
  return here;
}

function renaming(passkey) {
  const field = element("input", { name: "name", required: "", maxlength: "64", value: passkey.name });
  const form = element("form", { id: `rename-${passkey.id}`, novalidate: "" },
    element("label", {}, "New name", field), element("button", {}, "Rename passkey"));
  onSubmit(form, async (fields) => {
    await api("PATCH", `/v1/me/passkeys/${passkey.id}`, { name: fields.get("name").trim() });
    await show("The passkey is renamed.", "done");
  });
  return form;
}

function sessionRow(session) {
  const from = `From ${session.address ?? "an unknown address"}, used `;
  const where = muted(session.agent || "Unknown client", element("br"), from, time(session.seen_at));
  const began = ["Signed in ", time(session.created_at)];
  if (session.own) return row(...began, " ", tag("this one"), where);
  return row(...began, where, button("End this one", "plain", session.agent, async () => {
    await api("DELETE", `/v1/me/sessions/${session.id}`);
    await show("The session is ended.", "done");
  }));
}

const NOTICES = {
  account_attacked: (notice) => `Somebody tried ${notice.failures} times or more to sign in to your account, and did not get in.`,
  unusual_sign_in: (notice) =>
    `You signed in from a new place: ${notice.address ?? "an unknown address"}, ${notice.agent}. ` +
    "If that was not you, end that session and change how you sign in.",
  passphrase_changed: () => "Your passphrase was set, changed or removed.",
  passkey_added: (notice) => `The passkey "${notice.name}" was added.`,
  passkey_removed: (notice) => `The passkey "${notice.name}" was removed.`,
  totp_enabled: () => "One-time codes were turned on.",
  totp_disabled: () => "One-time codes were turned off.",
  recovery_codes_made: () => "New recovery codes were made; those before are void.",
  recovery_code_used: (notice) => `A recovery code was used; ${notice.left} are left.`,
  provider_ended: (notice) => `You can no longer sign in through "${notice.name}"; what you were signed in with through it ended.`,
  staff_access_configured: (notice) => `Access of staff was set to: ${notice.level.replaceAll("_", " ")}.`,
  staff_access_requested: () => "Staff ask to read a source of your organization.",
  staff_access_started: () => "Staff began to read a source of your organization.",
  staff_access_ended: (notice) => `Staff ended reading; ${notice.readings} questions were asked.`,
  audit_retention_changed: (notice) => `The audit trail of your organization is kept for ${notice.days} days from now on.`,
  audit_stream_added: (notice) => `The audit trail of your organization is carried to ${notice.to} from now on.`,
  break_glass_used: () => "Staff used the emergency way into your organization. Review it within 72 hours.",
  statement_ends: (notice) =>
    `What you signed for "${notice.title}" (${notice.claim}) ends on ${notice.until.slice(0, 10)}. ` +
    "The page says so by itself then; sign it anew before, and there is no gap.",
};

function noticeRow(notice) {
  const words = NOTICES[notice.notice]?.(notice) ?? notice.notice.replaceAll("_", " ");
  return row(words, muted(time(notice.at)));
}

// --- doing ---

// Steps take the place of the account; whatever comes of them, it is shown again.
const inSteps = (work) => async () => {
  let said;
  try {
    said = await work();
  } catch (error) {
    await show();
    throw error;
  }
  await show(...(said ?? []));
};

onSubmit(by("name-form"), async (fields) => {
  await api("PATCH", "/v1/me", { name: fields.get("name").trim() });
  await show("Your name is changed.", "done");
});

onPress(by("sign-out"), async () => {
  await api("POST", "/v1/sign-out");
  location.replace("/sign-in?plain");
});

onSubmit(by("passkey-form"), async (fields) => {
  await addPasskey(fields.get("name").trim());
  by("passkey-form").reset();
  await show("The passkey is added.", "done");
});

onPress(by("change-passphrase"), inSteps(async () => {
  if (!(await setPassphrase(me.email))) return undefined;
  return ["The passphrase is set. Every other session has ended.", "done"];
}));

onPress(by("remove-passphrase"), async () => {
  const words = "You sign in with passkeys only, then. Every other session ends.";
  if (!(await isSure("Remove the passphrase?", words, "Remove passphrase"))) return;
  await api("DELETE", "/v1/me/passphrase");
  await show("The passphrase is removed.", "done");
});

onPress(by("turn-on-codes"), inSteps(async () => {
  if (!(await turnOnCodes())) return undefined;
  if (me.sign_in.recovery_codes === 0) await keepRecoveryCodes();
  return ["One-time codes are on.", "done"];
}));

onPress(by("turn-off-codes"), async () => {
  const words = "Your passphrase alone signs you in, then. Every other session ends.";
  if (!(await isSure("Turn off one-time codes?", words, "Turn off"))) return;
  await api("DELETE", "/v1/me/totp");
  await show("One-time codes are off.", "done");
});

onPress(by("make-recovery"), inSteps(async () => {
  const [question, words] = ["Replace the recovery codes?", "Those that you have are void, then."];
  if (me.sign_in.recovery_codes && !(await isSure(question, words, "Replace codes"))) return undefined;
  await keepRecoveryCodes();
  return ["The recovery codes are made.", "done"];
}));

onPress(by("end-others"), async () => {
  const { ended } = await api("POST", "/v1/me/sessions/end-others");
  await show(ended === 1 ? "One session is ended." : `${ended} sessions are ended.`, "done");
});

onPress(by("again"), () => show());

show();
