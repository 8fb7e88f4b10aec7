//! Access of staff to a tenant's records, from both sides.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{
    AccessReason, AccessRequest, ApproveAccess, Asking, EmergencyCause, Signature, ToSign, ViewAccess, is_review_late,
};
use model::{SourceId, TenantId, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::renewed;
use super::who::{Who, answer, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskForm {
    tenant: String,
    source: String,
    reason: AccessReason,
    explanation: String,
    ticket: String,
    /// RFC 3339; without it, now.
    #[serde(default)]
    from: Option<String>,
    minutes: i64,
    /// Asks for the emergency way, which a second of staff opens.
    #[serde(default)]
    emergency: Option<EmergencyCause>,
}

/// A passkey's answer over the words of a request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedForm {
    answer: Value,
    #[serde(default)]
    token: bool,
}

// --- staff ---

pub(crate) async fn ask(who: Who, body: Body) -> Result<Response, Problem> {
    let form: AskForm = who.json(body).await?;
    who.run(move |who, identity| {
        let signed_in = who.signed_in()?;
        let from = match &form.from {
            None => signed_in.deed().at,
            Some(text) => {
                Timestamp::parse(text).map_err(|error| Problem::bad_request("time_invalid", format!("`from`: {error}")))?
            }
        };
        let asking = Asking {
            tenant: TenantId::parse(&form.tenant).map_err(|_| Problem::not_found())?,
            source: SourceId::parse(&form.source).map_err(|_| Problem::not_found())?,
            reason: form.reason,
            explanation: form.explanation.clone(),
            ticket: form.ticket.clone(),
            from,
            minutes: form.minutes,
        };
        let request = match form.emergency {
            None => identity.request_access(&signed_in, &asking),
            Some(cause) => identity.request_emergency(&signed_in, &asking, cause),
        };
        Ok(answer(StatusCode::CREATED, shown(&request?, signed_in.deed().at)))
    })
    .await
}

pub(crate) async fn own(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let all = identity.own_access_requests(&signed_in)?;
        Ok(ok(json!({"requests": all.iter().map(|one| shown(one, signed_in.deed().at)).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn start(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(to_sign(&identity.start_access(&who.signed_in()?, who.id("request")?)?))).await
}

pub(crate) async fn begin(who: Who, body: Body) -> Result<Response, Problem> {
    let form: SignedForm = who.json(body).await?;
    let wants_token = form.token;
    let opened = who
        .run(move |who, identity| {
            let signed_in = who.signed_in()?;
            Ok(identity.begin_access(&signed_in.fresh()?, who.id("request")?, &form.answer.to_string())?)
        })
        .await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn leave(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        Ok(ok(shown(&identity.leave_access(&signed_in, who.id("request")?)?, signed_in.deed().at)))
    })
    .await
}

pub(crate) async fn start_emergency(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(to_sign(&identity.start_emergency(&who.signed_in()?, who.id("request")?)?))).await
}

pub(crate) async fn open_emergency(who: Who, body: Body) -> Result<Response, Problem> {
    let form: SignedForm = who.json(body).await?;
    who.run(move |who, identity| {
        let signed_in = who.signed_in()?;
        let request = identity.open_emergency(&signed_in.fresh()?, who.id("request")?, &form.answer.to_string())?;
        Ok(ok(shown(&request, signed_in.deed().at)))
    })
    .await
}

// --- the tenant ---

pub(crate) async fn requests(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewAccess>()?;
        let all = identity.access_requests(&permit)?;
        let named = identity.names_in_access(&permit, &all)?.into_iter();
        let people: serde_json::Map<String, Value> = named.map(|(id, name)| (id.to_string(), json!(name.as_str()))).collect();
        let requests: Vec<Value> = all.iter().map(|one| shown(one, permit.deed().at)).collect();
        Ok(ok(json!({"requests": requests, "people": people})))
    })
    .await
}

pub(crate) async fn start_approval(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(to_sign(&identity.start_approval(&permit, who.id("request")?)?))
    })
    .await
}

pub(crate) async fn approve(who: Who, body: Body) -> Result<Response, Problem> {
    let form: SignedForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        let request = identity.approve_access(&permit, who.id("request")?, &form.answer.to_string())?;
        Ok(ok(shown(&request, permit.deed().at)))
    })
    .await
}

pub(crate) async fn deny(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.deny_access(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(crate) async fn end(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.end_access(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(crate) async fn review(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.review_emergency(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(super) fn to_sign(asked: &ToSign) -> Response {
    ok(json!({"statement": asked.statement.as_str(), "options": asked.options}))
}

fn shown(request: &AccessRequest, now: Timestamp) -> Value {
    let signed = |signature: &Signature| {
        json!({
            "signer": signature.signer,
            "passkey": signature.passkey,
            "at": Timestamp::from_nanos(signature.at).to_string(),
            "answer": signature.answer,
        })
    };
    let emergency = request.emergency.as_ref().map(|emergency| {
        json!({
            "cause": emergency.cause,
            "second": emergency.second.as_ref().map(signed),
            "reviewed_at": emergency.reviewed_at.map(|at| Timestamp::from_nanos(at).to_string()),
            "review_late": is_review_late(request, now),
        })
    });
    json!({
        "id": request.id.to_string(),
        "tenant": request.scope.tenant.to_string(),
        "source": request.scope.source.to_string(),
        "staff": request.staff.to_string(),
        "reason": request.reason,
        "explanation": request.explanation,
        "ticket": request.ticket,
        "created_at": request.created_at.to_string(),
        "from": request.from.to_string(),
        "until": request.until.to_string(),
        "lapses_at": request.lapses_at.to_string(),
        "state": request.state,
        "approvals_needed": request.approvals_needed,
        "approvals": request.approvals.iter().map(signed).collect::<Vec<_>>(),
        "started_at": request.started_at.map(|at| at.to_string()),
        "ends_at": request.started_at.map(|_| request.ends_at().to_string()),
        "ended": request.ended.map(|(how, at)| json!({"how": how, "at": at.to_string()})),
        "readings": request.readings,
        "emergency": emergency,
    })
}
