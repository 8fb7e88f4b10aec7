//! Requests that a tenant does not want: they come to nothing, and it learns that somebody asked.

use audit::{Deed, Event};

use super::{AccessError, AccessRequest};
use crate::Identity;

// === impl AccessRequest ===

impl AccessRequest {
    /// As the trail tells it.
    pub(super) fn asked(&self) -> Event {
        Event::StaffAccessRequested {
            access: self.told(),
            reason: format!("{}: {}", self.reason.as_str(), self.explanation),
            ticket: self.ticket.clone(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Writes down a request that the tenant does not allow, outside of the transaction that came to nothing.
    pub(super) fn tell_unwanted(
        &self,
        asked: Result<AccessRequest, AccessError>,
        request: &AccessRequest,
        deed: &Deed,
    ) -> Result<AccessRequest, AccessError> {
        if let Err(AccessError::Never) = &asked {
            self.note_refused(&deed.clone().of_source(request.scope), request.asked(), "access_never")?;
        }
        asked
    }
}
