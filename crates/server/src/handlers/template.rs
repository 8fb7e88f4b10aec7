//! A template of a security page: kept, answered by people, held against the library, and made into a draft.
//!
//! | route, below `/v1/claims/template` or `/v1/tenants/{tenant}/overview/template` | what it does |
//! |---|---|
//! | `GET` | sections with their guidance, sentences with their claims and choices, answers, findings, what is open |
//! | `PUT` | keeps a template, as its text; it has no answers yet |
//! | `DELETE` | forgets it |
//! | `PUT /answers` | `{version, answers}`: answers to the text and answers that `version` names |
//! | `GET /draft` | the page that is made of it: Markdown, sentences with their claims, differences from the library |
//!
//! Always holds: a draft has nothing open and nothing that blocks; it is shown to whoever may look after the page and
//! publishes nothing.

use std::collections::BTreeMap;

use audit::Deed;
use axum::http::StatusCode;
use claims::lint::{Finding, Standing, lint};
use claims::matching::{Difference, Match, Matched, Wording, compare, diff, match_page};
use claims::template::{
    Answers, Choice, DraftSection, Format, Guidance, Kind, Options, Page, Problem as Open, Section, Sentence, resolve,
};
use claims::{Claim, Disposition, Kind as ClaimKind, Library};
use identity::{AttestClaims, ManageOverview, ViewOverview};
use model::limits::TEMPLATE_BYTES_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trust::{KeptTemplate, Owner, TemplateError};

use super::shown::Time;
use super::statements::{Installation, Own};
use super::who::Who;
use crate::api::{Answer, Done, Form, Media, Sent, nothing, ok};
use crate::problem::Problem;

/// Whose template it is.
pub(crate) trait Subject: 'static {
    fn seen(who: &Who) -> Result<Owner, Problem>;

    /// The same for whoever may change it, and what that is in the trail.
    fn changed(who: &Who) -> Result<(Owner, Deed), Problem>;
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswersForm {
    version: String,
    answers: Answers,
}

/// A template's text: Markdown, or plain text.
pub(crate) enum Text {}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateNow")]
pub(crate) struct Kept {
    template: Option<ShownTemplate>,
}

/// A template with what people answered, held against the library.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Template")]
pub(crate) struct ShownTemplate {
    /// Of its text and answers.
    version: String,
    digest: String,
    kept_at: Time,
    format: Format,
    sections: Vec<ShownSection>,
    answers: Answers,
    findings: Vec<Finding>,
    open: Vec<ShownOpen>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateSection")]
struct ShownSection {
    id: String,
    title: String,
    level: u8,
    parent: Option<String>,
    /// Whether the filter of the answers leaves it in.
    offered: bool,
    guidance: Guidance,
    sentences: Vec<ShownSentence>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateSentence")]
struct ShownSentence {
    id: String,
    line: usize,
    kind: Kind,
    text: String,
    choices: Vec<ShownChoice>,
    needs_domain: bool,
    is: Is,
    claims: Vec<ShownClaim>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateChoice")]
struct ShownChoice {
    id: String,
    options: Vec<String>,
    range: Options,
}

/// What a sentence was found to be.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateSentenceIs")]
enum Is {
    Claim,
    /// Opens a list.
    LeadIn,
    Unmatched,
}

/// What the library has for a sentence, and how that differs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateClaim")]
struct ShownClaim {
    id: String,
    title: String,
    kind: ClaimKind,
    why: Option<String>,
    library: String,
    wording: Option<Wording>,
    /// In a word, for people.
    reads: Option<&'static str>,
}

/// What stands in the way of a draft.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateOpen")]
struct ShownOpen {
    problem: Open,
    words: String,
}

/// The page that is made of a template.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateDraft")]
pub(crate) struct ShownDraft {
    version: String,
    markdown: String,
    sections: Vec<DraftSection>,
    /// From the sentences of the library.
    differences: Vec<Difference>,
}

// === impl Text ===

impl Media for Text {
    const KINDS: &'static [&'static str] = &["text/markdown", "text/plain"];
}

// === impl Installation ===

impl Subject for Installation {
    fn seen(who: &Who) -> Result<Owner, Problem> {
        Self::changed(who).map(|(owner, _)| owner)
    }

    fn changed(who: &Who) -> Result<(Owner, Deed), Problem> {
        Ok((Owner::Installation, who.installation_permit::<AttestClaims>()?.deed().clone()))
    }
}

// === impl Own ===

impl Subject for Own {
    fn seen(who: &Who) -> Result<Owner, Problem> {
        Ok(Owner::Tenant(who.tenant_permit::<ViewOverview>()?.tenant()))
    }

    fn changed(who: &Who) -> Result<(Owner, Deed), Problem> {
        let permit = who.tenant_permit::<ManageOverview>()?;
        Ok((Owner::Tenant(permit.tenant()), permit.deed().clone()))
    }
}

pub(crate) async fn get<S: Subject>(who: Who) -> Result<Answer<Kept>, Problem> {
    who.run(|who, _| {
        let kept = who.app.templates.get(S::seen(who)?)?;
        Ok(ok(Kept { template: kept.map(|kept| shown(&kept, &who.app.library)) }))
    })
    .await
}

pub(crate) async fn keep<S: Subject>(who: Who, body: Sent<Text>) -> Result<Answer<Kept>, Problem> {
    who.clone().run(|who, _| S::changed(who).map(drop)).await?;
    let text = who.bytes(body.0, TEMPLATE_BYTES_MAX).await?;
    // Asked again, for bytes may take long to come.
    who.run(move |who, _| {
        let (owner, deed) = S::changed(who)?;
        let kept = who.app.templates.keep(owner, &text, &deed)?;
        Ok(ok(Kept { template: Some(shown(&kept, &who.app.library)) }))
    })
    .await
}

pub(crate) async fn answers<S: Subject>(who: Who, Form(form): Form<AnswersForm>) -> Result<Answer<Kept>, Problem> {
    who.run(move |who, _| {
        let (owner, deed) = S::changed(who)?;
        let kept = who.app.templates.answer(owner, &form.version, form.answers, &deed)?;
        Ok(ok(Kept { template: Some(shown(&kept, &who.app.library)) }))
    })
    .await
}

pub(crate) async fn discard<S: Subject>(who: Who) -> Result<Done, Problem> {
    who.run(|who, _| {
        let (owner, deed) = S::changed(who)?;
        who.app.templates.discard(owner, &deed)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn draft<S: Subject>(who: Who) -> Result<Answer<ShownDraft>, Problem> {
    who.run(|who, _| {
        let kept = who.app.templates.get(S::seen(who)?)?.ok_or(TemplateError::Missing)?;
        let draft = resolve(&kept.page, &kept.answers).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            let detail = format!("{} stand in the way of a draft; the first: {first}", problems.len());
            Problem::new(StatusCode::CONFLICT, "template_open", detail)
        })?;
        let markdown = draft.to_markdown();
        let page = Page::read_as(markdown.as_bytes(), Format::Markdown).map_err(TemplateError::Read)?;
        let differences = diff(&page, &who.app.library);
        Ok(ok(ShownDraft { version: kept.version, markdown, sections: draft.sections, differences }))
    })
    .await
}

// --- what is shown ---

fn shown(kept: &KeptTemplate, library: &Library) -> ShownTemplate {
    let KeptTemplate { page, answers, .. } = kept;
    let mut matched: BTreeMap<&str, Matched<'_>> = BTreeMap::new();
    for one in match_page(page) {
        matched.insert(&one.sentence.id, one);
    }
    let offered: Vec<usize> = page.filtered(answers.filter).map(|(place, _)| place).collect();
    let sections = page.sections.iter().enumerate().map(|(place, section)| {
        let sentences = section.sentences.iter().map(|sentence| shown_sentence(sentence, matched.get(&*sentence.id), library));
        ShownSection {
            id: section.id.clone(),
            title: section.title.clone(),
            level: section.level,
            parent: section.parent.and_then(|parent| page.sections.get(parent)).map(|parent: &Section| parent.id.clone()),
            offered: offered.contains(&place),
            guidance: section.guidance.clone(),
            sentences: sentences.collect(),
        }
    });
    let open = resolve(page, answers).err().unwrap_or_default();
    let open = open.into_iter().map(|problem| ShownOpen { words: problem.to_string(), problem });
    ShownTemplate {
        version: kept.version.clone(),
        digest: kept.digest.clone(),
        kept_at: kept.kept_at.into(),
        format: page.format,
        sections: sections.collect(),
        answers: answers.clone(),
        findings: lint(page, &Standing::of(library)),
        open: open.collect(),
    }
}

fn shown_sentence(sentence: &Sentence, matched: Option<&Matched<'_>>, library: &Library) -> ShownSentence {
    let mut claims: Vec<&Claim> = matched.into_iter().flat_map(|one| one.claims()).filter_map(|id| library.find(id)).collect();
    // Several ids of a sentence can have one answer.
    claims.dedup_by_key(|claim| &claim.id);
    let choice = |choice: &Choice| ShownChoice { id: choice.id.clone(), options: choice.options.clone(), range: choice.range };
    ShownSentence {
        id: sentence.id.clone(),
        line: sentence.at.line,
        kind: sentence.kind,
        text: sentence.text.clone(),
        choices: sentence.choices.iter().map(choice).collect(),
        needs_domain: !sentence.placeholders.is_empty(),
        is: match matched.map(|one| &one.found) {
            Some(Match::Claims(_)) => Is::Claim,
            Some(Match::LeadIn) => Is::LeadIn,
            Some(Match::Unmatched) | None => Is::Unmatched,
        },
        claims: claims.iter().map(|claim| shown_claim(claim, &sentence.text)).collect(),
    }
}

fn shown_claim(claim: &Claim, own: &str) -> ShownClaim {
    let why = match &claim.disposition {
        Disposition::NotYet { missing } => Some(missing.to_string()),
        Disposition::Refused { reason } => Some(reason.to_string()),
        Disposition::BuildRule { rule } => Some(rule.to_string()),
        Disposition::Checked { .. }
        | Disposition::Attested { .. }
        | Disposition::Documented { .. }
        | Disposition::Derived { .. }
        | Disposition::Description => None,
    };
    let wording = (!claim.sentence.is_empty()).then(|| compare(&claim.sentence, own));
    ShownClaim {
        id: claim.id.to_string(),
        title: claim.title.to_string(),
        kind: claim.disposition.kind(),
        why,
        library: claim.sentence.to_string(),
        reads: wording.as_ref().map(reads),
        wording,
    }
}

/// In a word, for people.
fn reads(wording: &Wording) -> &'static str {
    match wording {
        Wording::Same => "says the same",
        Wording::Weaker(_) => "weaker",
        Wording::Stronger(_) => "stronger",
        Wording::Both(..) => "weaker and stronger",
        Wording::Own(..) => "own wording",
    }
}
