//! What people sign, and what a third party's document carries: a word with names, an end, and a proof of when.
//!
//! | step | who | what it is |
//! |---|---|---|
//! | [`Board::propose`] | whoever may sign | the sentence as it is shown now, until when, the newest checkpoint of the log |
//! | [`Board::attach`] | whoever may sign | files behind it, until the first signature |
//! | [`Board::words`], [`Board::sign`] | each signer | `Identity` makes the signature of the words, with a passkey |
//! | nobody | [`Board::tick`] | with enough different signers it is in the log, and counts; at its end it counts no more |
//! | [`Board::withdraw`] | whoever may sign | it counts no more, at once |
//!
//! Always holds: what is signed counts while the signatures verify, by as many different people as the claim needs now, of
//! the sentence as it reads now, after a checkpoint that the log begins with, and before its end, which is no later than the
//! claim allows. Less than that is not claimed, and only whoever may sign sees it. Names, roles, digests of files and the
//! fields of documents are public once it counts; files never are.
//! Who begins, completes, discards and takes back is in the trail.
//! Asks for no permit and runs no ceremony: whoever calls does. Whoever can write the file can put an older row of the same
//! statement back, also one from before it was withdrawn; the log shows that it was.

use audit::Actor;
use claims::document::{Document, Signatory};
use model::UserId;
use model::limits::{
    ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, ATTESTATION_SIGNATURES_MAX, ATTESTATIONS_PENDING_MAX, DOCUMENT_TEXT_CHARS_MAX,
    WITHDRAWAL_CHARS_MAX,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::board::BoardError;
use crate::public::PublicLogError;
use crate::store::StoreError;

mod row;
mod settle;
mod shown;
mod standing;
mod steps;

pub(crate) use standing::{DAY_SECONDS, Terms};

/// What is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "StatementForm")]
pub struct Proposal {
    pub claim: String,
    /// For how long it counts; without it, as long as the claim allows.
    #[serde(default)]
    pub days: Option<u32>,
    /// Of a claim that a document carries.
    #[serde(default)]
    pub document: Option<DocumentFields>,
}

/// What a document says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "StatementDocumentForm")]
pub struct DocumentFields {
    pub issuer: String,
    pub id: String,
    pub scope: String,
    /// Its last day, `2027-03-31`.
    pub valid_until: String,
}

/// A claim that people can sign, for whoever may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AttestableClaim")]
pub struct Attestable {
    pub claim: String,
    pub title: String,
    /// As the library has it, with the names of values between braces.
    pub sentence: String,
    pub needs_document: bool,
    pub max_days: u32,
    pub quorum: u32,
    /// As everybody is shown it: `NOT-CLAIMED` while it is not signed.
    pub state: claims::State,
    /// Why it is not said, if it was signed.
    pub reason: Option<String>,
    pub current: Option<AttestationNow>,
    /// What waits for signatures. Nobody else sees these.
    pub pending: Vec<AttestationNow>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Statement")]
pub struct AttestationNow {
    pub id: String,
    pub claim: String,
    pub sentence: String,
    pub document: Option<Document>,
    /// SHA-256 in hex.
    pub attachments: Vec<String>,
    pub from: String,
    pub until: String,
    pub by: Vec<Signatory>,
    pub needed: u32,
    pub withdrawn: Option<WithdrawnBy>,
}

/// Who took a statement back, and why. Not public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StatementWithdrawn")]
pub struct WithdrawnBy {
    pub by: Actor,
    pub at: String,
    pub reason: String,
}

/// A statement ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The address of the page that it is on.
    pub page: String,
    pub claim: String,
    pub title: String,
    pub until: String,
    /// Whoever signed it.
    pub signers: Vec<UserId>,
    /// Begun ones count.
    pub days_left: i64,
    /// The reminder that is due, as days before the end: whoever sends keeps what was sent of a claim, an end and these.
    pub due: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum AttestationError {
    #[error("{0} is not a claim of this page that people sign")]
    NotAttestable(String),
    #[error("a value that the sentence names is not known here: {0}")]
    NoValue(String),
    #[error("it counts for 1 to {max} days")]
    Days { max: u32 },
    #[error("this claim is carried by a document: its issuer, number, scope and last day are needed")]
    DocumentMissing,
    #[error("no document carries this claim")]
    DocumentUnasked,
    #[error(
        "the fields of a document have 1 to {DOCUMENT_TEXT_CHARS_MAX} characters of one line, and its last day is as 2027-03-31"
    )]
    DocumentField,
    #[error("the document has ended")]
    DocumentOver,
    #[error("attach the document before anybody signs")]
    NotAttached,
    #[error("a file has 1 to {ATTACHMENT_BYTES_MAX} bytes")]
    AttachmentSize,
    #[error("a statement has at most {ATTACHMENTS_MAX} files")]
    TooManyAttachments,
    #[error("{ATTESTATIONS_PENDING_MAX} statements wait for signatures; finish or discard one")]
    TooManyPending,
    #[error("there is no such statement that waits for signatures")]
    NotPending,
    #[error("somebody signed it already, so it cannot be changed; discard it and begin anew")]
    Signed,
    #[error("you signed it already; another person has to")]
    SignedAlready,
    #[error("a statement has at most {ATTESTATION_SIGNATURES_MAX} signatures")]
    TooManySignatures,
    #[error("the sentence or what it needs was changed since; begin anew")]
    Changed,
    #[error("the log has entries of a later time than now, so this would be said of a time when nobody signed it")]
    Backdated,
    #[error("the signature is not of these words")]
    Forged,
    #[error("nothing that was signed for {0} counts or waits")]
    NothingSigned(String),
    #[error("taking back needs a reason of 1 to {WITHDRAWAL_CHARS_MAX} characters")]
    Reason,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Log(#[from] PublicLogError),
    #[error(transparent)]
    Board(#[from] BoardError),
}
