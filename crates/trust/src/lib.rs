//! What this installation says in public, and what stands behind each word: checks, evidence, states, the page.
//!
//! | interface | what it is for |
//! |---|---|
//! | [`Board::open`] | the library, what the operator publishes, the checks, and the public log, together |
//! | [`Board::tick`] | called about once a second: runs what is due, publishes, answers the shell, reveals, tidies |
//! | [`Board::check_now`] | checks at once, with what is for the operator alone |
//! | [`Board::overview`] | the signed page, with proofs that lead to the public log |
//! | [`Board::evidence`] | one signed statement by its digest |
//! | [`Board::claims`], [`Board::history`], [`Board::changes`], [`Board::days`] | the same for the operator |
//! | [`Board::attestable`], [`Board::propose`], [`Board::attach`], [`Board::words`], [`Board::sign`], [`Board::withdraw`], [`Board::reminders`] | what people sign, and third parties' documents |
//! | [`ask`], [`answer`] | what a process at the shell asks the running server |
//! | [`PublicLog`], [`Signatures`] | what the log has to do, and who knows signatures; `Identity` does it |
//! | [`checks`] | the check of the page itself, over a connection that is given |
//! | [`tenant`] | pages of tenants about their own products |
//! | [`Templates`] | templates of such pages with what people answered so far |
//!
//! Always holds: nothing is shown that is not in the public log; only what was looked at within its budget, with the broken
//! twin found out, is shown as true; evidence counts for the sentence that it names and for no other. What is signed and
//! kept is in `docs/formats/evidence.md`. Serves nothing and logs nothing: whoever calls does.

mod ask;
mod attest;
mod board;
mod checks;
mod combine;
mod digest;
mod look;
mod overview;
mod plan;
mod public;
mod sentence;
mod standing;
mod statement;
mod store;
mod templates;
pub mod tenant;
#[cfg(test)]
mod tests;

pub use ask::{Answer, AskError, CheckReport, ClaimReport, Report, Ticket, answer, ask};
pub use attest::{Attestable, AttestationError, AttestationNow, DocumentFields, Proposal, Reminder, WithdrawnBy};
pub use board::{Board, BoardError, Changed, ClaimNow, Past, Progress, Setup, Speaker, Tick, commit};
pub use checks::{PageReader, checks};
pub use digest::{sha256, sha256_of};
pub use overview::Page;
pub use plan::{PlanError, Publication};
pub use public::{PublicLog, PublicLogError, Signatures};
pub use sentence::Slots;
pub use store::{Day, StoreError};
pub use templates::{KeptTemplate, Owner, TemplateError, Templates};
