//! Access of staff to a tenant's records, from both sides.

use std::collections::BTreeMap;

use identity::{
    AccessEnd, AccessReason, AccessRequest, AccessState, ApproveAccess, Asking, EmergencyCause, Signature, ToSign, ViewAccess,
    is_review_late,
};
use model::{SourceId, TenantId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::me::{Renewed, renewed};
use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Form, Made, made, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForm {
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
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedForm {
    answer: Value,
    #[serde(default)]
    token: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct AccessRequests {
    requests: Vec<ShownRequest>,
}

/// What staff asked of a tenant.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AccessToTenant {
    requests: Vec<ShownRequest>,
    /// The names of whoever is named in them, by id.
    people: BTreeMap<String, String>,
}

/// The words that a passkey signs, and what the browser is asked for that.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ToSign")]
pub(crate) struct ShownToSign {
    statement: String,
    options: Value,
}

/// A request of staff to read a source of a tenant, and what became of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessRequest")]
pub(crate) struct ShownRequest {
    id: String,
    tenant: String,
    source: String,
    staff: String,
    reason: AccessReason,
    explanation: String,
    ticket: String,
    created_at: Time,
    from: Time,
    until: Time,
    lapses_at: Time,
    state: AccessState,
    approvals_needed: usize,
    approvals: Vec<ShownSignature>,
    started_at: Option<Time>,
    ends_at: Option<Time>,
    ended: Option<ShownEnd>,
    readings: u64,
    emergency: Option<ShownEmergency>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessSignature")]
struct ShownSignature {
    signer: String,
    passkey: String,
    at: Time,
    /// The answer of the signer's device, as it came.
    answer: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessEnded")]
struct ShownEnd {
    how: AccessEnd,
    at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Emergency")]
struct ShownEmergency {
    cause: EmergencyCause,
    second: Option<ShownSignature>,
    reviewed_at: Option<Time>,
    review_late: bool,
}

// --- staff ---

pub(crate) async fn ask(who: Who, Form(form): Form<AskForm>) -> Result<Made<ShownRequest>, Problem> {
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
        Ok(made(shown(&request?, signed_in.deed().at)))
    })
    .await
}

pub(crate) async fn own(who: Who) -> Result<Answer<AccessRequests>, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let all = identity.own_access_requests(&signed_in)?;
        Ok(ok(AccessRequests { requests: all.iter().map(|one| shown(one, signed_in.deed().at)).collect() }))
    })
    .await
}

pub(crate) async fn start(who: Who) -> Result<Answer<ShownToSign>, Problem> {
    who.run(|who, identity| Ok(to_sign(identity.start_access(&who.signed_in()?, who.id("request")?)?))).await
}

pub(crate) async fn begin(who: Who, Form(form): Form<SignedForm>) -> Result<Answer<Renewed>, Problem> {
    let wants_token = form.token;
    let opened = who
        .run(move |who, identity| {
            let signed_in = who.signed_in()?;
            Ok(identity.begin_access(&signed_in.fresh()?, who.id("request")?, &form.answer.to_string())?)
        })
        .await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn leave(who: Who) -> Result<Answer<ShownRequest>, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        Ok(ok(shown(&identity.leave_access(&signed_in, who.id("request")?)?, signed_in.deed().at)))
    })
    .await
}

pub(crate) async fn start_emergency(who: Who) -> Result<Answer<ShownToSign>, Problem> {
    who.run(|who, identity| Ok(to_sign(identity.start_emergency(&who.signed_in()?, who.id("request")?)?))).await
}

pub(crate) async fn open_emergency(who: Who, Form(form): Form<SignedForm>) -> Result<Answer<ShownRequest>, Problem> {
    who.run(move |who, identity| {
        let signed_in = who.signed_in()?;
        let request = identity.open_emergency(&signed_in.fresh()?, who.id("request")?, &form.answer.to_string())?;
        Ok(ok(shown(&request, signed_in.deed().at)))
    })
    .await
}

// --- the tenant ---

pub(crate) async fn requests(who: Who) -> Result<Answer<AccessToTenant>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewAccess>()?;
        let all = identity.access_requests(&permit)?;
        let named = identity.names_in_access(&permit, &all)?.into_iter();
        let people = named.map(|(id, name)| (id.to_string(), name.as_str().to_owned())).collect();
        Ok(ok(AccessToTenant { requests: all.iter().map(|one| shown(one, permit.deed().at)).collect(), people }))
    })
    .await
}

pub(crate) async fn start_approval(who: Who) -> Result<Answer<ShownToSign>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(to_sign(identity.start_approval(&permit, who.id("request")?)?))
    })
    .await
}

pub(crate) async fn approve(who: Who, Form(form): Form<SignedForm>) -> Result<Answer<ShownRequest>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        let request = identity.approve_access(&permit, who.id("request")?, &form.answer.to_string())?;
        Ok(ok(shown(&request, permit.deed().at)))
    })
    .await
}

pub(crate) async fn deny(who: Who) -> Result<Answer<ShownRequest>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.deny_access(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(crate) async fn end(who: Who) -> Result<Answer<ShownRequest>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.end_access(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(crate) async fn review(who: Who) -> Result<Answer<ShownRequest>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ApproveAccess>()?;
        Ok(ok(shown(&identity.review_emergency(&permit, who.id("request")?)?, permit.deed().at)))
    })
    .await
}

pub(super) fn to_sign(asked: ToSign) -> Answer<ShownToSign> {
    ok(ShownToSign { statement: asked.statement.as_str().to_owned(), options: asked.options })
}

fn signed(signature: &Signature) -> ShownSignature {
    ShownSignature {
        signer: signature.signer.clone(),
        passkey: signature.passkey.clone(),
        at: Timestamp::from_nanos(signature.at).into(),
        answer: signature.answer.clone(),
    }
}

fn shown(request: &AccessRequest, now: Timestamp) -> ShownRequest {
    let emergency = request.emergency.as_ref().map(|emergency| ShownEmergency {
        cause: emergency.cause,
        second: emergency.second.as_ref().map(signed),
        reviewed_at: emergency.reviewed_at.map(|at| Timestamp::from_nanos(at).into()),
        review_late: is_review_late(request, now),
    });
    ShownRequest {
        id: request.id.to_string(),
        tenant: request.scope.tenant.to_string(),
        source: request.scope.source.to_string(),
        staff: request.staff.to_string(),
        reason: request.reason,
        explanation: request.explanation.clone(),
        ticket: request.ticket.clone(),
        created_at: request.created_at.into(),
        from: request.from.into(),
        until: request.until.into(),
        lapses_at: request.lapses_at.into(),
        state: request.state,
        approvals_needed: request.approvals_needed,
        approvals: request.approvals.iter().map(signed).collect(),
        started_at: request.started_at.map(Time::from),
        ends_at: request.started_at.map(|_| request.ends_at().into()),
        ended: request.ended.map(|(how, at)| ShownEnd { how, at: at.into() }),
        readings: request.readings,
        emergency,
    }
}
