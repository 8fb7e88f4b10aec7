//! What a command about a tenant has in common with others: which tenant, at which server, with whose key.

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::server::Server;

pub(super) const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives the key of a service account, or the token of a session";
const TENANT_HINT: &str = "--tenant (BLOCKHOUSE_TENANT) names the tenant by its id; a session has one of its own";

/// What a refusal means for such a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints {
    /// Which permissions it needs.
    pub(super) permission: &'static str,
    /// What shows what there is.
    pub(super) list: &'static str,
}

#[derive(Deserialize)]
struct Me {
    tenant: Option<String>,
}

/// The one that was named, or that of whoever is signed in; a service account cannot be asked.
pub(super) async fn named_or_own(named: Option<String>, server: &Server, hints: Hints) -> Result<String, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let missing = || Failure::usage("which tenant is missing", TENANT_HINT);
    match server.call(Method::GET, &["v1", "me"], None).await {
        Ok(me) => read::<Me>(&me)?.tenant.ok_or_else(missing),
        Err(Failure::Refused(problem)) if problem.code.as_deref() == Some("sign_in_required") => Err(missing()),
        Err(failure) => Err(hints.hinted(failure)),
    }
}

pub(super) fn read<'a, T: Deserialize<'a>>(answer: &'a RawValue) -> Result<T, Failure> {
    serde_json::from_str(answer.get()).map_err(|error| Failure::Answer(error.to_string()))
}

// === impl Hints ===

impl Hints {
    /// What a refusal means here; other commands are about sources and their keys.
    pub(super) fn hinted(self, failure: Failure) -> Failure {
        let Failure::Refused(mut problem) = failure else { return failure };
        let hint = match problem.status {
            401 => Some(KEY_HINT),
            403 if problem.code.as_deref() == Some("step_up_required") => {
                Some("the session's last sign-in is too long ago to change this; sign in again, or use a service account's key")
            }
            403 => Some(self.permission),
            404 => Some(self.list),
            429 => Some("the same command may work a moment later"),
            _ => None,
        };
        problem.hint = problem.hint.or(hint.map(str::to_owned));
        Failure::Refused(problem)
    }
}
