use std::fmt;

use crate::{SourceId, TenantId};

/// Exactly one source of one tenant: what an operation on logs, a data key and an object are bound to.
///
/// There is no type for two sources, so that one operation cannot span them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    pub tenant: TenantId,
    pub source: SourceId,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.source)
    }
}
