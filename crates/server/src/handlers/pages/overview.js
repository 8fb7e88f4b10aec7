import {
  api, button, by, element, isSure, list, muted, onPress, onSubmit, open, row, say, tag, time,
} from "/pages/page.js";
import "/pages/ways.js";

const GROUPS = [
  "in-transit", "at-rest", "isolation", "api-keys", "network", "users", "staff-access", "monitoring", "incidents", "backups",
  "retention", "development", "disclosure", "infrastructure", "organisation", "compliance", "page",
];

const STATES = {
  PASS: "verified", FAIL: "failing", UNKNOWN: "could not be measured", STALE: "not measured lately", WITHDRAWN: "withdrawn",
  EXPIRED: "ended", "NOT-CLAIMED": "not signed yet",
};

const SHOWED = {
  shown: ["The host shows that it is yours.", "done"],
  not_shown: ["The host was asked, and does not show the token at either place.", "failed"],
  not_asked: ["The host could not be asked at one of the two places, and does not show the token at the other.", "failed"],
};

let tenant = "";
let overview = null;

const path = (...parts) => ["/v1/tenants", tenant, "overview", ...parts.map(encodeURIComponent)].join("/");

// --- showing ---

async function show(words = "", kind = "") {
  try {
    tenant = (await api("GET", "/v1/me")).tenant ?? "";
    if (!tenant) throw new Error("You work in no organization; choose one on your account's page.");
    overview = await api("GET", path());
    if (overview.page) showPage();
    open(overview.page ? "page" : "unfounded");
    by("to-template").href = `/template?tenant=${encodeURIComponent(tenant)}`;
    say(words, kind);
    if (overview.page) await takeOver();
  } catch (error) {
    if (error.status === 401) return location.replace("/sign-in?plain");
    open("broken");
    say(error.message, "failed");
  }
}

function showPage() {
  by("publisher").textContent = overview.page.publisher;
  by("public").textContent = overview.page.url;
  by("public").href = overview.page.url;
  list("claims", overview.claims.map(claimRow), "None yet. Write one, try it, and publish it when it says what you mean.");
  list("hosts", overview.hosts.map(hostRow), "None yet.");
}

function claimRow(claim) {
  const { id, draft, published } = claim;
  const at = (verb) => path("claims", id, verb);
  const isSaid = published !== null && claim.withdrawn_until === null;
  const differs = isSaid && JSON.stringify(published) !== JSON.stringify(draft);
  const isSigned = draft.bound.kind === "attested";
  const state = published === null ? "draft" : (STATES[claim.state] ?? (isSigned ? "nobody signed it yet" : "not looked at yet"));
  const made = row(element("strong", {}, draft.title), " ", tag(state), muted(id), draft.sentence);
  if (differs) made.append(muted("The page still says: ", published.sentence));
  if (claim.withdrawn_until) made.append(muted("Shown as withdrawn; it leaves the page ", time(claim.withdrawn_until)));
  const tried = muted();
  made.append(tried, element("br"));
  made.append(button("Edit", "plain", id, () => write(draft)));
  if (!isSigned) {
    made.append(button("Try", "plain", id, async () => tried.replaceChildren(...look(await api("POST", at("try"))))));
  }
  if (!isSaid || differs) {
    made.append(button("Publish", "plain", id, async () => {
      const words = "Everybody reads it from now on. If it is found not to hold, that stays on the page for ninety days.";
      if (!(await isSure(`Publish "${draft.title}"?`, words, "Publish"))) return;
      await api("POST", at("publish"));
      const next = isSigned ? "It is on the page once it is signed." : "It is on the page; the first look follows within a minute.";
      await show(next, "done");
    }));
  }
  if (isSaid && isSigned) {
    made.append(element("a", { href: `/claims?tenant=${encodeURIComponent(tenant)}` }, "Sign"), " ");
  }
  if (isSaid) made.append(button("Take back", "grave", id, () => takeBack(claim, at)));
  if (published === null) {
    made.append(button("Discard", "grave", id, async () => {
      if (!(await isSure(`Discard "${draft.title}"?`, "The draft is forgotten.", "Discard draft"))) return;
      await api("DELETE", path("claims", id));
      await show("The draft is discarded.", "done");
    }));
  }
  return made;
}

async function takeBack(claim, at) {
  const words = "It is said no more. If it was found not to hold on one of the last ninety days, it stays as withdrawn.";
  if (!(await isSure(`Take back "${claim.draft.title}"?`, words, "Take back"))) return;
  const { became } = await api("POST", at("unpublish"));
  await show(became === "withdrawn" ? "It is shown as withdrawn." : "It is off the page.", "done");
}

function look(tried) {
  const would = { held: "It would be verified", broken: "It would fail", "not-run": "It could not be measured" };
  const found = tried.twin === "broken" ? (would[tried.verdict] ?? tried.verdict) : "It could not be measured";
  const counts = tried.counts.map((one) => `${one.counted}${one.whole === null ? "" : ` of ${one.whole}`} ${one.what}`);
  const lines = [`${found}: ${tried.summary}.`, ...counts, ...tried.details];
  return lines.flatMap((line) => [line, element("br")]);
}

function hostRow(host) {
  const at = path("hosts", host.host);
  const made = row(element("strong", {}, host.host), " ", tag(host.is_shown ? "shown to be yours" : "not shown"));
  if (host.asked_at) made.append(muted("Asked ", time(host.asked_at)));
  if (!host.is_shown) {
    made.append(element("dl", {}, element("dt", {}, "Put this token"), element("dd", {}, host.token),
      element("dt", {}, "into a TXT record of"), element("dd", {}, host.record),
      element("dt", {}, "or into a file at"), element("dd", {}, host.url)));
  }
  made.append(button("Ask now", "plain", host.host, async () => {
    const { showed } = await api("POST", `${at}/show`);
    await show(...SHOWED[showed]);
  }));
  made.append(button("Forget", "grave", host.host, async () => {
    const words = "Claims about it cannot be measured any more.";
    if (!(await isSure(`Forget ${host.host}?`, words, "Forget host"))) return;
    await api("DELETE", at);
    await show("The host is forgotten.", "done");
  }));
  return made;
}

// --- writing ---

const form = by("claim-form");
const field = (name) => form.elements[name];

form.elements.group.append(...GROUPS.map((group) => element("option", { value: group }, group.replaceAll("-", " "))));
field("kind").addEventListener("change", showKind);

// Fields of another kind are not asked for, and not sent.
function showKind() {
  for (const part of form.querySelectorAll("fieldset")) {
    part.hidden = !part.dataset.kind.split(" ").includes(field("kind").value);
    part.disabled = part.hidden;
  }
}

// A sentence that somebody brought from a template's draft.
async function takeOver() {
  const brought = sessionStorage.getItem("blockhouse-claim");
  if (brought === null) return;
  sessionStorage.removeItem("blockhouse-claim");
  await write();
  for (const [name, value] of Object.entries(JSON.parse(brought))) field(name).value = value;
}

async function write(draft = null) {
  const { sources } = await api("GET", `/v1/tenants/${tenant}/sources`);
  field("source").replaceChildren(...sources.map((one) => element("option", { value: one.id }, one.name)));
  const hosts = overview.hosts.map((one) => one.host);
  field("host").replaceChildren(...hosts.map((host) => element("option", { value: host }, host)));
  form.reset();
  by("writing-title").textContent = draft ? `Change ${draft.id}` : "Write a claim";
  field("id").readOnly = draft !== null;
  for (const name of ["id", "title", "sentence", "limits", "group"]) if (draft) field(name).value = draft[name];
  for (const [name, value] of Object.entries(draft?.bound ?? {})) {
    if (name !== "kinds") field(name).value = value;
    else for (const box of form.querySelectorAll("[name=kinds]")) box.checked = value.includes(box.value);
  }
  showKind();
  open("writing");
  say("");
}

function draftOf(fields) {
  const text = (name) => (fields.get(name) ?? "").trim();
  const number = (name) => (text(name) === "" ? undefined : Number(text(name)));
  const kind = text("kind");
  const logs = { source: text("source"), windowMinutes: number("windowMinutes") };
  const bounds = {
    evidence: () => ({ ...logs, query: text("query"), atLeast: number("atLeast"), atMost: number("atMost") }),
    sequence: () => ({
      ...logs, trigger: text("trigger"), burst: number("burst"), withinSeconds: number("withinSeconds"),
      follows: text("follows"), answerSeconds: number("answerSeconds"), groupBy: text("groupBy") || undefined,
    }),
    probe: () => ({ host: text("host"), kinds: fields.getAll("kinds") }),
    attested: () => ({ maxDays: number("maxDays") }),
  };
  const said = Object.fromEntries(["id", "title", "sentence", "limits", "group"].map((name) => [name, text(name)]));
  const classes = { evidence: "software", sequence: "software", probe: "deployment", attested: "organisational" };
  return { ...said, class: classes[kind], bound: { kind, ...bounds[kind]() } };
}

// The linter says which words, and where.
const WORDS = /”\sin\s(title|sentence)\s/u;

onSubmit(form, async (fields) => {
  const draft = draftOf(fields);
  try {
    await api("PUT", path("claims", draft.id), draft);
  } catch (error) {
    if (error.code === "claim_words_refused") error.field = WORDS.exec(error.message)?.[1];
    throw error;
  }
  await show("The draft is kept. Nobody else sees it until it is published.", "done");
});

onPress(by("new-claim"), () => write());
onPress(by("writing-back"), () => show());

onSubmit(by("found-form"), async (fields) => {
  await api("POST", path(), { slug: fields.get("slug").trim(), publisher: fields.get("publisher").trim() });
  await show("The page has its name.", "done");
});

onSubmit(by("host-form"), async (fields) => {
  await api("POST", path("hosts"), { host: fields.get("host").trim().toLowerCase() });
  by("host-form").reset();
  await show("Put the token where it says, and then ask the host.", "done");
});

onPress(by("again"), () => show());

show();
