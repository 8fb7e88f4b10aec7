//! The assessment results: what was found.

use claims::document::{Attested, CheckShown, Measured, Overview, Published, Vantages};
use model::Timestamp;
use serde_json::{Value, json};

use super::{back_matter, date_time, line, metadata, property, reference, token, words};
use crate::html::{Context, plain_title};
use crate::standing::Standing;
use crate::text::{spelt_out, uuid};

#[must_use]
pub fn oscal_assessment_results(overview: &Overview) -> Value {
    let context = Context::of(overview);
    let title = format!("What was found of what {} promises", overview.publisher);
    json!({
        "assessment-results": {
            "uuid": uuid(&overview.url, &format!("assessment-results {}", date_time(&overview.made))),
            "metadata": metadata(overview, &title),
            "import-ap": { "href": reference(&context) },
            "results": [result(&context)],
            "back-matter": back_matter(&context),
        }
    })
}

fn result(context: &Context<'_>) -> Value {
    let overview = context.overview;
    let first = overview.claims.iter().filter_map(|one| Timestamp::parse(&one.measured.as_ref()?.at).ok()).min();
    let start = first.map_or_else(|| date_time(&overview.made), |at| at.to_string());
    let observations: Vec<Value> = overview.claims.iter().flat_map(|one| observations(context, one)).collect();
    let findings: Vec<Value> = overview.claims.iter().map(|one| finding(context, one)).collect();
    let mut result = json!({
        "uuid": uuid(&overview.url, &format!("result {}", date_time(&overview.made))),
        "title": "The newest result of each claim",
        "description": "The software checks itself; each check was also run against a copy that was broken on purpose.",
        "start": start,
        "end": date_time(&overview.made),
        "reviewed-controls": { "control-selections": [reviewed(overview)] },
    });
    // OSCAL has no empty lists.
    for (name, list) in [("observations", observations), ("findings", findings)] {
        if !list.is_empty() {
            result[name] = Value::Array(list);
        }
    }
    result
}

fn reviewed(overview: &Overview) -> Value {
    if overview.claims.is_empty() {
        return json!({ "description": "No claim is made.", "include-all": {} });
    }
    let ids: Vec<Value> = overview.claims.iter().map(|one| json!({ "control-id": token(&one.id) })).collect();
    json!({ "include-controls": ids })
}

/// One for each look, or for what people signed; of a sealed failure none.
fn observations(context: &Context<'_>, one: &Published) -> Vec<Value> {
    if context.standing(one) == Standing::Sealed {
        return Vec::new();
    }
    let mut observations = Vec::new();
    if let Some(measured) = &one.measured {
        observations.extend(measured.checks.iter().map(|check| look(context, one, measured, check)));
    }
    if let Some(attested) = &one.attested {
        observations.push(statement(context, one, attested));
    }
    observations
}

fn look(context: &Context<'_>, one: &Published, measured: &Measured, check: &CheckShown) -> Value {
    let links = &context.links;
    let vantage = match check.vantage {
        Vantages::Inside => "inside",
        Vantages::Outside => "outside",
    };
    let mut observation = json!({
        "uuid": observation_id(context, one, &check.check, vantage),
        "title": line(&check.check, "check"),
        "description": line(&check.look.summary, "Nothing was said."),
        "props": [
            property("claim", &one.id),
            property("vantage", vantage),
            property("verdict", &check.look.verdict),
            property("broken-twin", &check.twin),
        ],
        "methods": ["TEST"],
        "relevant-evidence": [{
            "href": links.absolute(&links.evidence(&measured.statement)),
            "description": format!("Signed evidence, entry {} of the public log.", measured.proof.entry),
        }],
        "collected": date_time(&measured.at),
    });
    if let Ok(at) = Timestamp::parse(&measured.at) {
        observation["expires"] = Value::String(at.plus_seconds(i64::from(measured.budget_minutes) * 60).to_string());
    }
    for count in &check.look.counts {
        let whole = count.whole.map(|whole| format!(" of {whole}")).unwrap_or_default();
        if let Some(props) = observation["props"].as_array_mut() {
            props.push(property("count", &format!("{}{whole} {}", count.counted, count.what)));
        }
    }
    observation
}

fn statement(context: &Context<'_>, one: &Published, attested: &Attested) -> Value {
    let signed: Vec<String> = attested.by.iter().map(|by| line(&format!("{}, {}", by.name, by.role), "unnamed")).collect();
    let said = match &attested.document {
        Some(document) => {
            format!("According to {}, document {}, about {}.", document.issuer, document.id, document.scope)
        }
        None => format!("Signed by {} of {} people.", attested.by.len(), attested.needed),
    };
    let mut props = vec![property("claim", &one.id)];
    props.extend(signed.iter().map(|by| property("signed-by", by)));
    props.extend(attested.attachments.iter().map(|digest| property("attachment-sha256", digest)));
    json!({
        "uuid": observation_id(context, one, "statement", "people"),
        "title": "Signed statement",
        "description": line(&said, "Signed."),
        "props": props,
        "methods": [if attested.document.is_some() { "EXAMINE" } else { "INTERVIEW" }],
        "collected": date_time(&attested.from),
        "expires": date_time(&attested.until),
    })
}

fn finding(context: &Context<'_>, one: &Published) -> Value {
    let (overview, standing) = (context.overview, context.standing(one));
    let (state, reason) = status(standing);
    let mut finding = json!({
        "uuid": uuid(&overview.url, &format!("finding {}", one.id)),
        "title": line(plain_title(one), "claim"),
        "description": words(one),
        "props": [property("state", one.state.as_str()), property("sentence-sha256", &one.sentence_digest)],
        "target": {
            "type": "objective-id",
            "target-id": token(&one.id),
            "status": { "state": state, "reason": reason, "remarks": standing.word() },
        },
    });
    let related: Vec<Value> =
        observations(context, one).iter().map(|observed| json!({ "observation-uuid": observed["uuid"] })).collect();
    if !related.is_empty() {
        finding["related-observations"] = Value::Array(related);
    }
    let limits = spelt_out(one.limits.trim().to_owned());
    if !limits.is_empty() {
        finding["remarks"] = Value::String(format!("Limits: {limits}"));
    }
    finding
}

fn status(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Verified | Standing::Follows | Standing::Signed | Standing::Documented => ("satisfied", "pass"),
        Standing::Failing | Standing::Sealed => ("not-satisfied", "fail"),
        Standing::Unmeasured | Standing::Stale | Standing::Ended | Standing::Withdrawn | Standing::NotClaimed => {
            ("not-satisfied", "other")
        }
    }
}

fn observation_id(context: &Context<'_>, one: &Published, check: &str, vantage: &str) -> String {
    uuid(&context.overview.url, &format!("observation {} {check} {vantage}", one.id))
}
