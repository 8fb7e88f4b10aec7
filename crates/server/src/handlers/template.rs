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
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use claims::lint::{Standing, lint};
use claims::matching::{Match, Matched, Wording, compare, diff, match_page};
use claims::template::{Answers, Format, Page, Section, Sentence, resolve};
use claims::{Claim, Disposition, Library};
use identity::{AttestClaims, ManageOverview, ViewOverview};
use model::limits::TEMPLATE_BYTES_MAX;
use serde::Deserialize;
use serde_json::{Value, json};
use trust::{KeptTemplate, Owner, TemplateError};

use super::statements::{Installation, Own};
use super::who::{Who, nothing, ok};
use crate::problem::Problem;

/// Whose template it is.
pub(crate) trait Subject: 'static {
    fn seen(who: &Who) -> Result<Owner, Problem>;

    /// The same for whoever may change it, and what that is in the trail.
    fn changed(who: &Who) -> Result<(Owner, Deed), Problem>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersForm {
    version: String,
    answers: Answers,
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

pub(crate) async fn get<S: Subject>(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let kept = who.app.templates.get(S::seen(who)?)?;
        Ok(ok(json!({"template": kept.map(|kept| shown(&kept, &who.app.library))})))
    })
    .await
}

pub(crate) async fn keep<S: Subject>(who: Who, body: Body) -> Result<Response, Problem> {
    who.clone().run(|who, _| S::changed(who).map(drop)).await?;
    let text = who.bytes(body, TEMPLATE_BYTES_MAX).await?;
    // Asked again, for bytes may take long to come.
    who.run(move |who, _| {
        let (owner, deed) = S::changed(who)?;
        let kept = who.app.templates.keep(owner, &text, &deed)?;
        Ok(ok(json!({"template": shown(&kept, &who.app.library)})))
    })
    .await
}

pub(crate) async fn answers<S: Subject>(who: Who, body: Body) -> Result<Response, Problem> {
    let form: AnswersForm = who.json(body).await?;
    who.run(move |who, _| {
        let (owner, deed) = S::changed(who)?;
        let kept = who.app.templates.answer(owner, &form.version, form.answers, &deed)?;
        Ok(ok(json!({"template": shown(&kept, &who.app.library)})))
    })
    .await
}

pub(crate) async fn discard<S: Subject>(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let (owner, deed) = S::changed(who)?;
        who.app.templates.discard(owner, &deed)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn draft<S: Subject>(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let kept = who.app.templates.get(S::seen(who)?)?.ok_or(TemplateError::Missing)?;
        let draft = resolve(&kept.page, &kept.answers).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            let detail = format!("{} stand in the way of a draft; the first: {first}", problems.len());
            Problem::new(StatusCode::CONFLICT, "template_open", detail)
        })?;
        let markdown = draft.to_markdown();
        let page = Page::read_as(markdown.as_bytes(), Format::Markdown).map_err(TemplateError::Read)?;
        Ok(ok(json!({
            "version": kept.version,
            "markdown": markdown,
            "sections": draft.sections,
            "differences": diff(&page, &who.app.library),
        })))
    })
    .await
}

// --- what is shown ---

fn shown(kept: &KeptTemplate, library: &Library) -> Value {
    let KeptTemplate { page, answers, .. } = kept;
    let mut matched: BTreeMap<&str, Matched<'_>> = BTreeMap::new();
    for one in match_page(page) {
        matched.insert(&one.sentence.id, one);
    }
    let offered: Vec<usize> = page.filtered(answers.filter).map(|(place, _)| place).collect();
    let sections = page.sections.iter().enumerate().map(|(place, section)| {
        let sentences = section.sentences.iter().map(|sentence| shown_sentence(sentence, matched.get(&*sentence.id), library));
        json!({
            "id": section.id,
            "title": section.title,
            "level": section.level,
            "parent": section.parent.and_then(|parent| page.sections.get(parent)).map(|parent: &Section| &parent.id),
            "offered": offered.contains(&place),
            "guidance": section.guidance,
            "sentences": sentences.collect::<Vec<_>>(),
        })
    });
    let open = resolve(page, answers).err().unwrap_or_default();
    let open: Vec<Value> = open.iter().map(|problem| json!({"problem": problem, "words": problem.to_string()})).collect();
    json!({
        "version": kept.version,
        "digest": kept.digest,
        "keptAt": kept.kept_at.to_string(),
        "format": page.format,
        "sections": sections.collect::<Vec<_>>(),
        "answers": answers,
        "findings": lint(page, &Standing::of(library)),
        "open": open,
    })
}

fn shown_sentence(sentence: &Sentence, matched: Option<&Matched<'_>>, library: &Library) -> Value {
    let mut claims: Vec<&Claim> = matched.into_iter().flat_map(|one| one.claims()).filter_map(|id| library.find(id)).collect();
    // Several ids of a sentence can have one answer.
    claims.dedup_by_key(|claim| &claim.id);
    json!({
        "id": sentence.id,
        "line": sentence.at.line,
        "kind": sentence.kind,
        "text": sentence.text,
        "choices": sentence.choices.iter().map(|choice| json!({
            "id": choice.id, "options": choice.options, "range": choice.range,
        })).collect::<Vec<_>>(),
        "needsDomain": !sentence.placeholders.is_empty(),
        "is": match matched.map(|one| &one.found) {
            Some(Match::Claims(_)) => "claim",
            Some(Match::LeadIn) => "lead-in",
            Some(Match::Unmatched) | None => "unmatched",
        },
        "claims": claims.iter().map(|claim| shown_claim(claim, &sentence.text)).collect::<Vec<_>>(),
    })
}

/// What the library has for a sentence, and how that differs.
fn shown_claim(claim: &Claim, own: &str) -> Value {
    let why = match &claim.disposition {
        Disposition::NotYet { missing } => Some(missing),
        Disposition::Refused { reason } => Some(reason),
        Disposition::BuildRule { rule } => Some(rule),
        Disposition::Checked { .. }
        | Disposition::Attested { .. }
        | Disposition::Documented { .. }
        | Disposition::Derived { .. }
        | Disposition::Description => None,
    };
    let wording = (!claim.sentence.is_empty()).then(|| compare(&claim.sentence, own));
    json!({
        "id": claim.id,
        "title": claim.title,
        "kind": claim.disposition.kind(),
        "why": why,
        "library": claim.sentence,
        "wording": wording,
        "reads": wording.as_ref().map(reads),
    })
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
