//! How the clauses of a group are weighed.

use super::Joiner;
use crate::query::expr::Expr;

/// Clauses of one group, as Lucene weighs them: an AND makes what stands on either side of it a must, so that in
/// `a OR b AND c` only `b` and `c` decide.
pub(super) struct Clauses {
    joiner: Joiner,
    clauses: Vec<(Occur, Expr)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occur {
    Must,
    Should,
    MustNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    None,
    Required,
    Prohibited,
}

// === impl Clauses ===

impl Clauses {
    pub(super) fn new(joiner: Joiner) -> Self {
        Self { joiner, clauses: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    pub(super) fn add(&mut self, joined: Option<Joiner>, sign: Sign, clause: Expr) {
        if let Some((occur @ (Occur::Must | Occur::Should), _)) = self.clauses.last_mut() {
            match (joined, self.joiner) {
                (Some(Joiner::And), _) => *occur = Occur::Must,
                (Some(Joiner::Or), Joiner::And) => *occur = Occur::Should,
                (Some(Joiner::Or), Joiner::Or) | (None, _) => {}
            }
        }
        let occur = match (sign, self.joiner, joined) {
            (Sign::Prohibited, ..) => Occur::MustNot,
            (Sign::Required, Joiner::Or, _) => Occur::Must,
            (Sign::None, Joiner::Or, Some(Joiner::And)) => Occur::Must,
            (Sign::None, Joiner::Or, Some(Joiner::Or) | None) => Occur::Should,
            (Sign::Required | Sign::None, Joiner::And, Some(Joiner::Or)) => Occur::Should,
            (Sign::Required | Sign::None, Joiner::And, Some(Joiner::And) | None) => Occur::Must,
        };
        self.clauses.push((occur, clause));
    }

    /// Beside a must, what should hold decides nothing.
    pub(super) fn joined(self) -> Expr {
        if self.clauses.is_empty() {
            return Expr::Not(Box::new(Expr::All));
        }
        let (mut all, mut any) = (Vec::new(), Vec::new());
        for (occur, clause) in self.clauses {
            match occur {
                Occur::Must => all.push((false, clause)),
                Occur::MustNot => all.push((true, clause)),
                Occur::Should => any.push(clause),
            }
        }
        if !any.is_empty() && all.iter().all(|(not, _)| *not) {
            all.insert(0, (false, Expr::any_of(any)));
        }
        Expr::all_of(all.into_iter().map(|(not, clause)| if not { Expr::Not(Box::new(clause)) } else { clause }).collect())
    }
}
