import { api, button, by, element, isSure, list, muted, onPress, onSubmit, open, row, say, tag, time } from "/pages/page.js";
import "/pages/ways.js";

// Of a tenant's own page where the address names one, else of the installation's.
const tenant = new URLSearchParams(location.search).get("tenant");
const TEMPLATE = tenant === null ? "/v1/claims/template" : `/v1/tenants/${encodeURIComponent(tenant)}/overview/template`;

const KINDS = {
  checked: "looked at by a check", "not-yet": "cannot be shown yet", attested: "a person signs it",
  documented: "a third party's document", derived: "follows from others", "build-rule": "a rule of the page",
  refused: "cannot be said truthfully", description: "promises nothing",
};
const SEVERITIES = { blocks: "blocks", reword: "reword", note: "note" };

let template = null;

// --- showing ---

async function show(words = "", kind = "") {
  try {
    ({ template } = await api("GET", TEMPLATE));
    if (template) showTemplate();
    open(template ? "template" : "empty");
    say(words, kind);
  } catch (error) {
    if (error.status === 401) return location.replace("/sign-in?plain");
    open(error.code === "permission_missing" ? "denied" : "broken");
    say(error.code === "permission_missing" ? "" : error.message, "failed");
  }
}

const form = by("answers-form");
const things = (count, one, many) => `${count} ${count === 1 ? one : many}`;

function showTemplate() {
  const { answers, sections, findings } = template;
  const blocking = findings.filter((one) => one.severity === "blocks").length;
  const way = template.open.length ? `${things(template.open.length, "thing stands", "things stand")} in the way of a draft` : "a draft can be made";
  by("summary").replaceChildren(
    `${things(sections.length, "section", "sections")}, ${things(sections.flatMap((one) => one.sentences).length, "sentence", "sentences")}; ${way}. Brought `,
    time(template.keptAt), blocking ? `; as it is, ${things(blocking, "finding blocks", "findings block")} it.` : ".");
  form.elements.domain.value = answers.domain ?? "";
  form.elements.audience.value = answers.filter.audience ?? "";
  form.elements.customization.value = answers.filter.customization ?? "";
  by("domain-label").hidden = !sections.some((one) => one.sentences.some((sentence) => sentence.needsDomain));
  by("sections").replaceChildren(...sections.map(sectionOf));
  list("open", template.open.map((one) => row(one.words)), "Nothing.");
  list("findings", findings.map(findingRow), "Nothing.");
  follow();
}

function check(name, value, checked, label) {
  const box = element("input", { type: "checkbox", name, value });
  box.checked = checked;
  return element("label", { class: "check" }, box, label);
}

function sectionOf(section) {
  const { id, title, guidance, sentences } = section;
  const made = element("fieldset", { "data-section": id }, element("legend", {}, title || "Before the first title"));
  if (section.parent) made.dataset.parent = section.parent;
  made.append(check("deleted", id, template.answers.deleted.includes(id), "Leave out this section"));
  const told = [["For", guidance.recommendedFor], ["Why", guidance.explanation], ["To change", guidance.howToCustomize]];
  const said = told.filter(([, text]) => text);
  if (said.length) {
    const terms = said.flatMap(([what, text]) => [element("dt", {}, what), element("dd", {}, text)]);
    made.append(element("details", {}, element("summary", {}, "Guidance"), element("dl", {}, ...terms)));
  }
  if (!section.offered) made.append(muted("Left out by what you chose above."));
  made.append(...sentences.map(sentenceOf));
  return made;
}

function sentenceOf(sentence) {
  const { id, choices, claims } = sentence;
  const made = element("div", { "data-sentence": id, class: "sentence" }, element("blockquote", {}, sentence.text));
  if (sentence.is === "unmatched") made.append(tag("no claim of the library"), " ");
  if (sentence.is === "lead-in") made.append(tag("opens a list"), " ");
  made.append(...claims.map(claimOf), ...choices.map(choiceOf));
  made.append(check("deleted", id, template.answers.deleted.includes(id), "Leave out this sentence"));
  const own = element("textarea", { name: "reworded", "data-for": id, maxlength: 2000 });
  own.value = template.answers.reworded[id] ?? "";
  const words = element("details", {}, element("summary", {}, "Own words"), element("label", {}, "In place of the sentence", own));
  words.open = own.value !== "";
  made.append(words);
  return made;
}

function claimOf(claim) {
  const about = claim.reads ? `${KINDS[claim.kind]}; ${claim.reads}` : KINDS[claim.kind];
  const why = claim.why && `${claim.kind === "not-yet" ? "Missing" : "Because"}: ${claim.why}`;
  const told = [claim.library && `The library says: “${claim.library}”`, because(claim.wording), why].filter(Boolean);
  const rest = told.flatMap((text) => [element("br"), text]);
  return element("p", { class: "muted" }, element("strong", {}, claim.id), ` ${claim.title} `, tag(about), ...rest);
}

// What makes a sentence weaker or stronger, as the server names it.
function because(wording) {
  const reasons = [wording?.because ?? []].flat(2);
  return reasons.map((reason) => {
    if (typeof reason === "string") return reason.replaceAll("-", " ");
    const [[name, words]] = Object.entries(reason);
    return `${name.replaceAll("-", " ")}: ${[words].flat().join(" → ")}`;
  }).join("; ");
}

function choiceOf(choice) {
  const given = [template.answers.choices[choice.id] ?? []].flat();
  const many = choice.range === "open-ended";
  const made = element("fieldset", { "data-choice": choice.id }, element("legend", {}, many ? "Choose any" : "Choose one"));
  for (const option of choice.options) {
    const box = element("input", { type: many ? "checkbox" : "radio", name: `choice ${choice.id}`, value: option });
    box.checked = given.includes(option);
    made.append(element("label", { class: "check" }, box, option));
  }
  if (many) {
    const others = given.filter((one) => !choice.options.includes(one)).join(", ");
    const other = element("input", { "data-other": "", maxlength: 500, autocomplete: "off", value: others });
    made.append(element("label", {}, "Others ", element("small", {}, "Separated by commas."), other));
  }
  return made;
}

function findingRow(finding) {
  const at = finding.at ? `line ${finding.at.line}: ` : "";
  const parts = [tag(SEVERITIES[finding.severity]), ` ${at}${finding.wrong}`];
  if (finding.words) parts.push(element("blockquote", {}, finding.words));
  return row(...parts, muted(`Instead: ${finding.instead}`));
}

// What is left out asks for nothing.
function follow() {
  const boxes = [...form.querySelectorAll("[name=deleted]")];
  const out = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  for (const part of form.querySelectorAll("[data-section]")) {
    const { section, parent } = part.dataset;
    const isOut = out.has(section) || out.has(parent);
    if (isOut) out.add(section);
    part.classList.toggle("left-out", isOut);
    for (const sentence of part.querySelectorAll("[data-sentence]")) {
      sentence.hidden = isOut;
      const left = out.has(sentence.dataset.sentence);
      for (const choice of sentence.querySelectorAll("[data-choice], details")) choice.hidden = left;
    }
  }
}

form.addEventListener("change", follow);

// --- answering ---

function answersOf() {
  const choices = {};
  for (const part of form.querySelectorAll("[data-choice]")) {
    const chosen = [...part.querySelectorAll("input:checked")].map((box) => box.value);
    const other = part.querySelector("[data-other]");
    if (other) chosen.push(...other.value.split(",").map((one) => one.trim()).filter(Boolean));
    if (chosen.length) choices[part.dataset.choice] = other ? chosen : chosen[0];
  }
  const reworded = {};
  for (const own of form.querySelectorAll("[name=reworded]")) {
    if (own.value.trim()) reworded[own.dataset.for] = own.value.trim();
  }
  return {
    domain: form.elements.domain.value.trim().toLowerCase() || null,
    filter: { audience: form.elements.audience.value || null, customization: form.elements.customization.value || null },
    choices,
    deleted: [...form.querySelectorAll("[name=deleted]:checked")].map((box) => box.value),
    reworded,
  };
}

async function keep() {
  ({ template } = await api("PUT", `${TEMPLATE}/answers`, { version: template.version, answers: answersOf() }));
  showTemplate();
  const left = template.open.length;
  say(left ? `The answers are kept; ${things(left, "thing still stands", "things still stand")} in the way.` : "The answers are kept; a draft can be made.", "done");
}

onSubmit(form, keep);

onSubmit(by("file-form"), async (fields) => {
  const text = await fields.get("file").text();
  ({ template } = await api("PUT", TEMPLATE, text, "text/markdown"));
  showTemplate();
  open("template");
  say("It is read.", "done");
});

onPress(by("discard"), async () => {
  const words = "Its answers go with it. What is said on the page stays.";
  if (!(await isSure("Discard the template?", words, "Discard template"))) return;
  await api("DELETE", TEMPLATE);
  await show("The template is discarded.", "done");
});

// --- the draft ---

onPress(by("to-draft"), async () => {
  await keep();
  const draft = await api("GET", `${TEMPLATE}/draft`);
  by("drafted").replaceChildren(...draft.sections.flatMap((section) => [
    element("h3", {}, section.title), ...section.sentences.map((sentence) => draftedOf(section, sentence)),
  ]));
  list("differences", draft.differences.map(differenceRow), "No sentence of it is one that the library has.");
  URL.revokeObjectURL(by("download").href);
  by("download").href = URL.createObjectURL(new Blob([draft.markdown], { type: "text/markdown" }));
  open("draft");
  say("");
});

function draftedOf(section, sentence) {
  const made = element("p", {}, sentence.text, " ", ...sentence.claims.flatMap((id) => [tag(id), " "]));
  if (tenant !== null) {
    made.append(button("Write as a claim", "plain", sentence.text, () => {
      // The next page takes it from here, so that words do not stand in an address.
      sessionStorage.setItem("blockhouse-claim", JSON.stringify({ title: section.title, sentence: sentence.text }));
      location.assign("/overview");
    }));
  }
  return made;
}

function differenceRow(one) {
  const reads = { same: "says the same", weaker: "weaker", stronger: "stronger", both: "weaker and stronger", own: "own wording" };
  return row(element("strong", {}, one.claim), " ", tag(reads[one.wording.is]), element("blockquote", {}, one.own),
    muted("The library says: ", one.library || "nothing, for it cannot be said truthfully", element("br"), because(one.wording)));
}

by("to-page").href = tenant === null ? "/claims" : "/overview";
onPress(by("back"), () => show());
onPress(by("again"), () => show());
show();
