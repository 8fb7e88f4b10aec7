// What every page shares: asking the server, being busy, failing and being done, and passkeys.

export const by = (id) => document.getElementById(id);

// What the server refused, with its stable code, and how many seconds to wait.
export class Refusal extends Error {
  constructor(status, problem, wait) {
    super(problem.detail || problem.title || `the server answered ${status}`);
    this.status = status;
    this.code = problem.code || "";
    this.wait = wait;
  }
}

let bearer = "";
let prove = null;

// With a session that came by a link, until the cookie is there.
export const speakWith = (token) => (bearer = token);

// What asks for a fresh proof when the server wants one.
export const proveBy = (ask) => (prove = ask);

// A body is sent as JSON, or, with a `type`, as it is.
export async function api(method, path, body, type) {
  try {
    return await send(method, path, body, type);
  } catch (error) {
    if (error.code !== "step_up_required" || !prove) throw error;
    await prove();
    return send(method, path, body, type);
  }
}

async function send(method, path, body, type) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = type ?? "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  let response;
  try {
    const options = { method, headers, cache: "no-store", redirect: "error" };
    response = await fetch(path, body === undefined ? options : { ...options, body: type ? body : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, { detail: "the server cannot be reached; try again in a moment" }, 0);
  }
  const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer, Number(response.headers.get("retry-after")) || 0);
  return answer;
}

// --- what is said ---

// In the dialog that is open, or else at the top. `kind` is "", "failed" or "done".
export function say(text, kind = "") {
  const status = document.querySelector("dialog[open] [role=status]") ?? by("status");
  status.textContent = text;
  status.className = kind;
}

// Shows one section of the page and hides the others.
export function open(id) {
  for (const section of document.querySelectorAll("main > section, main > form")) section.hidden = section.id !== id;
  by(id).querySelector("[tabindex='-1'], input:not([hidden])")?.focus();
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// --- rows ---

// Puts rows into a list, or says that there is none.
export function list(id, rows, nothing) {
  by(id).replaceChildren(...(rows.length ? rows : [element("li", { class: "muted" }, nothing)]));
}

export const row = (...parts) => element("li", {}, ...parts);
export const muted = (...parts) => element("div", { class: "muted" }, ...parts);
export const tag = (text) => element("span", { class: "tag" }, text);

// A button of a row; `name` says which row to whoever does not see it.
export function button(text, kind, name, work) {
  const made = element("button", { type: "button", class: kind, "aria-label": `${text}: ${name}` }, text);
  onPress(made, work);
  return made;
}

// "3 h ago", with the full time for whoever points at it.
export function time(text) {
  const seconds = (new Date(text) - Date.now()) / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
  return element("time", { datetime: text, title: `${text} (UTC)` }, words);
}

// --- what is done ---

const WORKING = "Working …";

// Where in a form a refusal belongs.
const FIELDS = {
  tenant_invalid: "tenant", source_invalid: "source", name_invalid: "name", email_invalid: "email", email_taken: "email",
  passphrase_invalid: "passphrase", passphrase_weak: "passphrase", code_wrong: "code", slug_invalid: "slug",
  slug_reserved: "slug", name_taken: "slug", host_invalid: "host", host_not_public: "host", claim_id_invalid: "id",
  days_invalid: "days", signer_role_invalid: "role", reason_invalid: "reason", template_invalid: "file",
};

export function onSubmit(form, work, signal) {
  const submit = (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    if (!button.disabled && isFilled(form)) run(button, form, () => work(new FormData(form)));
  };
  form.addEventListener("submit", submit, { signal });
}

export function onPress(button, work, signal) {
  button.addEventListener("click", () => run(button, null, work), { signal });
}

async function run(button, form, work) {
  const wasFocused = document.activeElement === button;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  say(WORKING);
  let wait = 0;
  try {
    await work();
    if (by("status").textContent === WORKING) say("");
  } catch (error) {
    fail(error, form);
    wait = error.wait ?? 0;
  }
  button.removeAttribute("aria-busy");
  if (wait) await countDown(button, wait);
  button.disabled = false;
  if (wasFocused && document.activeElement === document.body) button.focus();
}

function isFilled(form) {
  form.querySelectorAll(".error").forEach((note) => note.remove());
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const wrong = [...form.elements].filter((field) => field.willValidate && !field.validity.valid);
  for (const field of wrong) mark(form, field, field.validationMessage);
  wrong[0]?.focus();
  return wrong.length === 0;
}

function mark(form, field, text) {
  const note = element("p", { class: "error", id: `${form.getAttribute("id")}-${field.name}-error` }, text);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", note.id);
  (field.closest("label") ?? field).after(note);
}

function fail(error, form) {
  const field = form?.elements[error.field ?? FIELDS[error.code]];
  if (field) {
    mark(form, field, error.message);
    field.focus();
    say("This was not accepted: the field says why.", "failed");
  } else {
    say(words(error), "failed");
  }
}

function words(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "No passkey was used: it was cancelled, or took too long.";
    case "InvalidStateError":
      return "This device holds a passkey of the account already.";
    case "SecurityError":
      return `Passkeys do not work at ${location.host}: open this server by its name, with a certificate that is trusted.`;
    default:
      return error.message;
  }
}

async function countDown(button, seconds) {
  const label = button.textContent;
  const end = Date.now() + seconds * 1000;
  for (let left = seconds; left > 0; left = Math.ceil((end - Date.now()) / 1000)) {
    const clock = left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${left % 60} s`;
    button.textContent = `Try again in ${clock}`;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  button.textContent = label;
}

// A button inside a label would be part of its name, so it is a box beside the field.
for (const box of document.querySelectorAll("input[data-shows]")) {
  const field = by(box.dataset.shows);
  box.addEventListener("change", () => (field.type = box.checked ? "text" : "password"));
}

// Asks in the dialog that a page has for it.
export async function isSure(question, words, verb) {
  const dialog = by("sure");
  by("sure-title").textContent = question;
  by("sure-words").textContent = words;
  by("sure-yes").textContent = verb;
  dialog.showModal();
  const over = new AbortController();
  const answer = await new Promise((resolve) => {
    by("sure-yes").addEventListener("click", () => resolve(true), { signal: over.signal });
    by("sure-no").addEventListener("click", () => resolve(false), { signal: over.signal });
    dialog.addEventListener("close", () => resolve(false), { signal: over.signal });
  });
  over.abort();
  dialog.close();
  return answer;
}

// --- passkeys ---

export const passkeysWork = () => Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);

export async function makePasskey(asked) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.options.publicKey);
  const made = await navigator.credentials.create({ publicKey });
  return { ceremony: asked.ceremony, answer: made.toJSON() };
}

export async function usePasskey(asked) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.options.publicKey);
  const used = await navigator.credentials.get({ publicKey });
  return { ceremony: asked.ceremony, answer: used.toJSON() };
}

// Asks for a passkey at `path` and hands in its answer there.
export async function answerWithPasskey(path) {
  return api("POST", `${path}/finish`, await usePasskey(await api("POST", `${path}/start`)));
}
