//! Who may do what: the one engine that decides, over Cedar policies.
//!
//! A subject asks for one permission on one object. What it is given comes from its grants, its key or its approval; what it
//! may never do stands in the wall (`cedar/wall.cedar`), which beats whatever is given. The crate `proof` proves for every
//! set of policies what the wall promises.
//!
//! Always holds: only [`Engine::decide`] makes an [`Allowed`]; a decision that could not be made is a refusal; the schema and
//! the wall are validated strictly before the first decision, and each question against the schema.
//! Knows no catalog, no clock and no I/O: whoever asks brings the facts, read in one transaction.

mod ability;
mod checks;
mod denied;
mod engine;
mod permission;
mod question;
mod role;
mod set;
mod subject;
mod translate;
pub mod wall;

#[cfg(test)]
mod tests;

pub use ability::{Ability, Basis, Place, Where};
pub use checks::checks;
pub use denied::Denied;
pub use engine::{Allowed, Engine, EngineError};
pub use permission::{Care, ObjectKind, Permission};
pub use question::{Freshness, Object, Question, SecondFactor, SecondFactorRule, Session};
pub use role::{BuiltInRole, Role};
pub use set::{PermissionSet, PermissionSetError};
pub use subject::{Approval, Direction, Grant, Reach, Subject};
