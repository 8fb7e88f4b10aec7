//! Rules that are compiled already.

use model::{Scope, limits};

use crate::Treatment;

/// Treatments with rules, as they were read from these sealed bytes; the one that was used longest ago first. What a source
/// has set is read for each request all the same: this spares the rules from being compiled anew.
#[derive(Debug, Default)]
pub(crate) struct Compiled(Vec<(Scope, Vec<u8>, Treatment)>);

// === impl Compiled ===

impl Compiled {
    pub(crate) fn get(&mut self, scope: Scope, sealed: &[u8]) -> Option<Treatment> {
        let at = self.0.iter().position(|(known, bytes, _)| *known == scope && bytes == sealed)?;
        let found = self.0.remove(at);
        let treatment = found.2.clone();
        self.0.push(found);
        Some(treatment)
    }

    pub(crate) fn keep(&mut self, scope: Scope, sealed: &[u8], treatment: &Treatment) {
        self.0.retain(|(known, ..)| *known != scope);
        if treatment.pipeline.is_empty() {
            return;
        }
        if self.0.len() >= limits::PIPELINES_COMPILED_MAX {
            self.0.remove(0);
        }
        self.0.push((scope, sealed.to_vec(), treatment.clone()));
    }
}
