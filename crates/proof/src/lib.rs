//! The proof that the wall holds for every set of policies, of every tenant, now and to come.
//!
//! In Cedar a forbid beats every permit, and a permit only adds. So whatever roles and grants say, no more is allowed than by
//! the wall with a permit for everything; and of that the solver proves that it implies each of the properties in `safe/`.
//! A property is written as permits: what may be allowed at most. `check_never_errors` closes the gap that a forbid which
//! fails is skipped.
//!
//! A proof can be empty. So each policy of the wall is left out, and made weaker in every way that `mutant.rs` knows, and each
//! such wall has to be refuted with a request that Cedar itself then allows; and the proof tells which questions the wall
//! leaves open, so that a wall that forbids everything shows.
//!
//! Always holds: a time-out or an unknown of the solver is an error, never a success. The proof is about what Cedar answers;
//! that the facts are right, and that an answer is obeyed, is for types and tests elsewhere.

mod artefact;
mod mutant;
mod prove;
mod refute;
mod solver;
mod statement;

pub use artefact::{Counterexample, Digests, Fate, Mutation, Proof, Proved};
pub use prove::prove;
pub use solver::Solver;
