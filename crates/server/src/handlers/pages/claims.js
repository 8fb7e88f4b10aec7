import {
  api, button, by, element, list, muted, onPress, onSubmit, open, passkeysWork, Refusal, row, say, tag, time, usePasskey,
} from "/pages/page.js";
import "/pages/ways.js";

// Of a tenant's own page where the address names one, else of the installation's.
const tenant = new URLSearchParams(location.search).get("tenant");
const STATEMENTS =
  tenant === null ? "/v1/claims/statements" : `/v1/tenants/${encodeURIComponent(tenant)}/overview/statements`;

if (tenant !== null) {
  for (const link of [by("public"), by("to-template")]) link.href = "/overview";
  by("public").textContent = "organization's own page";
  by("to-template").textContent = "Its claims";
  by("denied-installation").hidden = true;
  by("denied-tenant").hidden = false;
}

// What is looked at.
let claim = null;
let statement = null;
// What the passkey is asked to sign.
let asked = null;

// --- showing ---

async function show(words = "", kind = "") {
  try {
    const { claims } = await api("GET", STATEMENTS);
    const waiting = claims.flatMap((one) => one.pending.map((pending) => waitingRow(one, pending)));
    const isSaid = (one) => one.state !== "NOT-CLAIMED";
    list("waiting", waiting, "Nothing waits.");
    list("said", claims.filter(isSaid).map(saidRow), "Nothing is said on people's word.");
    list("unsaid", claims.filter((one) => !isSaid(one)).map(unsaidRow), "Everything that people could sign is said.");
    by("no-passkeys").hidden = passkeysWork();
    open("claims");
    say(words, kind);
  } catch (error) {
    if (error.status === 401) return location.replace("/sign-in?plain");
    open(error.code === "permission_missing" ? "denied" : "broken");
    say(error.code === "permission_missing" ? "" : error.message, "failed");
  }
}

const quote = (text) => element("blockquote", {}, text);

// The library's sentence, in which values that a statement brings are not there yet.
const unfilled = (sentence) =>
  sentence.replace(/\{(?:document_)?([a-z_]+)\}/g, (_, name) => `[${name.replaceAll("_", " ")}]`);

const people = (count) => (count === 1 ? "one person" : `${count} people`);

function needs(one) {
  const carried = one.needsDocument ? ", with a document" : "";
  return `Signed by ${people(one.quorum)}${carried}, for at most ${one.maxDays} days.`;
}

function names(signed) {
  return signed.by.map((signer) => `${signer.name}, ${signer.role}`).join("; ");
}

function waitingRow(one, pending) {
  const has = muted(`${pending.by.length} of ${pending.needed} signatures${pending.by.length ? `: ${names(pending)}` : ""}`);
  const look = button("Open", "plain", one.title, () => lookAt(one, pending));
  return row(element("strong", {}, one.title), quote(pending.sentence), has, muted("Begun ", time(pending.from)), look);
}

const STATES = { PASS: "stands", EXPIRED: "expired", WITHDRAWN: "taken back", UNKNOWN: "cannot be verified" };

function saidRow(one) {
  const parts = [element("strong", {}, one.title), " ", tag(STATES[one.state] ?? one.state.toLowerCase())];
  const now = one.current;
  parts.push(quote(now?.sentence ?? unfilled(one.sentence)));
  if (now) {
    parts.push(muted(names(now)));
    const { withdrawn } = now;
    if (withdrawn) parts.push(muted("Taken back ", time(withdrawn.at), `: ${withdrawn.reason}`));
    else parts.push(muted(one.state === "PASS" ? "Ends " : "Ended ", time(now.until)));
  }
  if (one.state === "PASS") {
    parts.push(button("Sign anew", "plain", one.title, () => propose(one)));
    parts.push(button("Take back", "grave", one.title, () => takeBack(one)));
  } else {
    parts.push(button("Begin a statement", "plain", one.title, () => propose(one)));
  }
  return row(...parts);
}

function unsaidRow(one) {
  const begin = button("Begin a statement", "plain", one.title, () => propose(one));
  const why = one.reason ? [muted(one.reason)] : [];
  return row(element("strong", {}, one.title), quote(unfilled(one.sentence)), ...why, muted(needs(one)), begin);
}

// --- beginning ---

function propose(one) {
  claim = one;
  by("proposing-title").textContent = one.title;
  by("proposing-sentence").textContent = unfilled(one.sentence);
  by("proposing-needs").textContent = needs(one);
  const form = by("proposing-form");
  form.reset();
  form.elements.days.max = one.maxDays;
  form.elements.days.value = one.maxDays;
  by("document").hidden = !one.needsDocument;
  for (const field of by("document").querySelectorAll("input")) field.disabled = !one.needsDocument;
  open("proposing");
  say("");
}

onSubmit(by("proposing-form"), async (fields) => {
  const proposal = { claim: claim.claim, days: Number(fields.get("days")) };
  if (claim.needsDocument) {
    const [issuer, id, scope] = ["issuer", "number", "scope"].map((name) => fields.get(name).trim());
    proposal.document = { issuer, id, scope, validUntil: fields.get("valid-until") };
  }
  lookAt(claim, await api("POST", STATEMENTS, proposal));
  say(claim.needsDocument ? "It is begun. Attach the document, then sign." : "It is begun. Nobody else sees it yet.", "done");
});

// --- a statement that waits ---

const path = (rest = "") => `${STATEMENTS}/${statement.id}${rest}`;

function lookAt(one, pending) {
  [claim, statement, asked] = [one, pending, null];
  by("statement-title").textContent = one.title;
  by("statement-sentence").textContent = pending.sentence;
  const who = pending.needed === 1 ? "One person has" : `${pending.needed} different people have`;
  by("statement-terms").replaceChildren(`${who} to sign. It ends `, time(pending.until), ".");
  list("statement-by", pending.by.map((signer) => row(`${signer.name}, ${signer.role}, `, time(signer.at))), "Nobody signed yet.");
  list("files", pending.attachments.map(fileRow), "None.");
  by("file-form").hidden = pending.by.length > 0;
  by("file-form").reset();
  by("role-form").hidden = !passkeysWork();
  by("signing").hidden = true;
  open("statement");
  say("");
}

function fileRow(digest) {
  return row(element("code", {}, digest), " ", button("Open the file", "plain", digest, async () => {
    // Asked first, so that a proof that is due is given before the browser fetches.
    await api("GET", STATEMENTS);
    element("a", { href: path(`/files/${digest}`), download: digest }).click();
  }));
}

// With how much of it was sent, which `fetch` does not tell.
function send(file) {
  const progress = by("file-progress");
  progress.hidden = false;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path("/files"));
    request.responseType = "json";
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total));
    request.addEventListener("error", () => reject(new Refusal(0, { detail: "the file could not be sent; try again" }, 0)));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response.digest);
      else reject(new Refusal(request.status, request.response ?? {}, Number(request.getResponseHeader("retry-after")) || 0));
    });
    request.send(file);
  }).finally(() => {
    progress.hidden = true;
    progress.value = 0;
  });
}

onSubmit(by("file-form"), async (fields) => {
  await api("GET", STATEMENTS);
  const digest = await send(fields.get("file"));
  const attachments = statement.attachments.filter((known) => known !== digest);
  lookAt(claim, { ...statement, attachments: [...attachments, digest] });
  say("The file is attached.", "done");
});

onSubmit(by("role-form"), async (fields) => {
  const role = fields.get("role").trim();
  asked = { role, ...(await api("POST", path("/sign/start"), { role })) };
  by("words").textContent = asked.statement;
  by("signing").hidden = false;
  by("words").focus();
});

// Whoever says to be something else signs other words.
by("role-form").addEventListener("input", () => (by("signing").hidden = true));

onPress(by("sign"), async () => {
  const { answer } = await usePasskey(asked);
  const signed = await api("POST", path("/sign/finish"), { role: asked.role, answer });
  const left = signed.needed - signed.by.length;
  await show(left > 0 ? `You signed. It waits for ${people(left)} more.` : "You signed, and it stands on the page now.", "done");
});

onPress(by("discard"), async () => {
  await api("DELETE", path());
  await show("The statement is discarded.", "done");
});

// --- taking back ---

function takeBack(one) {
  [claim, statement] = [one, one.current];
  by("withdrawing-title").textContent = one.title;
  by("withdrawing-sentence").textContent = one.current.sentence;
  by("withdrawing-form").reset();
  open("withdrawing");
  say("");
}

onSubmit(by("withdrawing-form"), async (fields) => {
  await api("POST", path("/withdraw"), { reason: fields.get("reason").trim() });
  await show("It is taken back, and the page says so.", "done");
});

for (const back of document.querySelectorAll("[data-back]")) onPress(back, () => show());
onPress(by("again"), () => show());

show();
