//! What people sign of what a page claims: begun, completed with files, signed with a passkey, taken back.
//!
//! | route, below `/v1/claims/statements` or `/v1/tenants/{tenant}/overview/statements` | what it does |
//! |---|---|
//! | `GET` | the claims that people sign, what counts of them and what waits; as many as the library has |
//! | `POST` | begins a statement of a claim, with a document's fields where one carries it |
//! | `POST /{id}/files`, `GET /{id}/files/{digest}` | a file behind it, as its bytes; until somebody signed |
//! | `POST /{id}/sign/start`, `POST /{id}/sign/finish` | the words as this person signs them, and the passkey's answer |
//! | `DELETE /{id}` | forgets what does not count yet |
//! | `POST /{id}/withdraw` | takes back what was signed for the statement's claim, with a reason |
//!
//! Always holds: a signature comes from a ceremony of `identity` and never from a request; who may not sign has no byte of a
//! file read; nothing here is shown to anybody who may not.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use identity::{AttestClaims, AttestOverview, Attests, Permit, ViewOverview};
use model::{TenantId, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::{Attestable, AttestationNow, Board, Proposal};

use super::access::{ShownToSign, to_sign};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, Media, Sent, Typed, made, nothing, ok};
use crate::body;
use crate::problem::Problem;

/// Whose page it is.
pub(crate) trait Subject: 'static {
    type Attest: Attests;

    /// Its board, for whoever may see what waits.
    fn seen(who: &Who) -> Result<Arc<Board>, Problem>;

    /// The same for whoever may sign, with the proof of that.
    fn signed(who: &Who) -> Result<(Permit<Self::Attest>, Arc<Board>), Problem>;
}

/// The page of the installation.
pub(crate) enum Installation {}

/// The page of the tenant in the path, about its own product.
pub(crate) enum Own {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignForm {
    /// What the signer is, in their own words.
    role: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttestedForm {
    role: String,
    answer: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawForm {
    reason: String,
}

/// The claims that people sign.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Statements {
    claims: Vec<Attestable>,
}

/// A file that was put behind a statement.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Attached {
    /// SHA-256 in hex.
    digest: String,
}

/// A file behind a statement.
pub(crate) enum Attachment {}

// === impl Attachment ===

impl Media for Attachment {
    const KINDS: &'static [&'static str] = &["application/octet-stream"];
}

// === impl Installation ===

impl Subject for Installation {
    type Attest = AttestClaims;

    fn seen(who: &Who) -> Result<Arc<Board>, Problem> {
        Self::signed(who).map(|(_, board)| board)
    }

    fn signed(who: &Who) -> Result<(Permit<AttestClaims>, Arc<Board>), Problem> {
        Ok((who.installation_permit()?, Arc::clone(&who.app.board)))
    }
}

// === impl Own ===

impl Subject for Own {
    type Attest = AttestOverview;

    fn seen(who: &Who) -> Result<Arc<Board>, Problem> {
        own_board(who, who.tenant_permit::<ViewOverview>()?.tenant())
    }

    fn signed(who: &Who) -> Result<(Permit<AttestOverview>, Arc<Board>), Problem> {
        let permit = who.tenant_permit()?;
        let board = own_board(who, permit.tenant())?;
        Ok((permit, board))
    }
}

fn own_board(who: &Who, tenant: TenantId) -> Result<Arc<Board>, Problem> {
    let nothing_said =
        || Problem::new(StatusCode::NOT_FOUND, "nothing_said", "the organization's page says nothing that somebody could sign");
    who.app.pages.board(tenant)?.ok_or_else(nothing_said)
}

pub(crate) async fn list<S: Subject>(who: Who) -> Result<Answer<Statements>, Problem> {
    who.run(|who, _| Ok(ok(Statements { claims: S::seen(who)?.attestable()? }))).await
}

pub(crate) async fn propose<S: Subject>(who: Who, Form(proposal): Form<Proposal>) -> Result<Made<AttestationNow>, Problem> {
    who.run(move |who, _| {
        let (permit, board) = S::signed(who)?;
        Ok(made(board.propose(&proposal, permit.deed())?))
    })
    .await
}

pub(crate) async fn attach<S: Subject>(who: Who, body: Sent<Attachment>) -> Result<Made<Attached>, Problem> {
    who.clone().run(|who, _| S::signed(who).map(drop)).await?;
    let app = Arc::clone(&who.app);
    let mut share = app.bodies.share();
    let bytes = body::read_up_to(body.0, &who.headers, limits::ATTACHMENT_BYTES_MAX, &mut share).await?;
    // Asked again, for bytes may take long to come.
    who.run(move |who, _| {
        let (permit, board) = S::signed(who)?;
        let digest = board.attach(who.text("statement"), &bytes, permit.deed())?;
        Ok(made(Attached { digest: digest.sha256 }))
    })
    .await
}

pub(crate) async fn file<S: Subject>(who: Who) -> Result<Typed<Attachment>, Problem> {
    who.run(|who, _| {
        let (_, board) = S::signed(who)?;
        let digest = who.text("digest");
        let bytes = board.attachment(who.text("statement"), digest)?.ok_or_else(Problem::not_found)?;
        // A digest that was found is hex, so it is a name for a file.
        let named = HeaderValue::from_str(&format!("attachment; filename=\"{digest}\""));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (header::CONTENT_DISPOSITION, named.map_err(|error| Problem::internal(&error))?),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        Ok(Typed::new((headers, bytes).into_response()))
    })
    .await
}

pub(crate) async fn start_signing<S: Subject>(who: Who, Form(form): Form<SignForm>) -> Result<Answer<ShownToSign>, Problem> {
    who.run(move |who, identity| {
        let (permit, board) = S::signed(who)?;
        let words = board.words(who.text("statement"))?;
        Ok(to_sign(identity.start_attestation(&permit, &words, &form.role)?))
    })
    .await
}

pub(crate) async fn sign<S: Subject>(who: Who, Form(form): Form<AttestedForm>) -> Result<Answer<AttestationNow>, Problem> {
    who.run(move |who, identity| {
        let (permit, board) = S::signed(who)?;
        let id = who.text("statement");
        let words = board.words(id)?;
        let signed = identity.finish_attestation(&permit, (&words, &form.role), &form.answer.to_string())?;
        Ok(ok(board.sign(id, signed)?))
    })
    .await
}

pub(crate) async fn discard<S: Subject>(who: Who) -> Result<Done, Problem> {
    who.run(|who, _| {
        let (permit, board) = S::signed(who)?;
        board.discard(who.text("statement"), permit.deed())?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn withdraw<S: Subject>(
    who: Who,
    Form(form): Form<WithdrawForm>,
) -> Result<Answer<Option<Attestable>>, Problem> {
    who.run(move |who, _| {
        let (permit, board) = S::signed(who)?;
        let of = find(&board.attestable()?, who.text("statement"))?;
        board.withdraw(&of, &form.reason, permit.deed())?;
        let now = board.attestable()?.into_iter().find(|one| one.claim == of);
        Ok(ok(now))
    })
    .await
}

/// The claim of a statement that is shown.
fn find(all: &[Attestable], statement: &str) -> Result<String, Problem> {
    let has = |one: &&Attestable| one.current.iter().chain(&one.pending).any(|known| known.id == statement);
    all.iter().find(has).map(|one| one.claim.clone()).ok_or_else(Problem::not_found)
}
