//! What a command about a tenant has in common with others: which tenant, at which server, with whose key.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::failure::Failure;
use super::server::{Server, ServerArgs};

pub(super) const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives the key of a service account, or the token of a session";
const TENANT_HINT: &str = "--tenant (BLOCKHOUSE_TENANT) names the tenant by its id; a session has one of its own";
const ROLE_HINT: &str = "`blockhouse role list` shows the roles that there are; one of your own goes by its id";

const SECOND_FACTOR_HINT: &str = "the console sets one up under the own account; then `blockhouse login` asks for its code";

/// What a refusal means for such a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints {
    /// Which permissions it needs.
    pub(super) permission: &'static str,
    /// What shows what there is.
    pub(super) list: &'static str,
}

/// Which tenant, and at which server.
#[derive(Debug, clap::Args)]
pub(super) struct TenantArgs {
    /// The tenant, by its id. Default: the one that the session works in
    #[arg(long, env = "BLOCKHOUSE_TENANT", value_name = "ID", global = true)]
    tenant: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// A tenant at a server, which a command asks one thing after another.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) server: Server,
    id: String,
    hints: Hints,
}

#[derive(Deserialize)]
struct Me {
    tenant: Option<String>,
}

/// The one that was named, or that of whoever is signed in; a service account cannot be asked.
async fn named_or_own(named: Option<String>, server: &Server, hints: Hints) -> Result<String, Failure> {
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

/// An answer that was put together of several.
pub(super) fn raw(value: &Value) -> Result<Box<RawValue>, Failure> {
    to_raw_value(value).map_err(|error| Failure::Answer(error.to_string()))
}

/// The one with this id of those that an answer lists.
pub(super) fn one_of(answer: &RawValue, list: &str, id: &str, hint: &'static str) -> Result<Value, Failure> {
    let mut answer: Value = read(answer)?;
    let all = answer.get_mut(list).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let found = all.into_iter().find(|one| one["id"] == id);
    found.ok_or_else(|| Failure::usage(format!("{id:?} is not among them"), hint))
}

// === impl TenantArgs ===

impl TenantArgs {
    pub(super) async fn open(self, hints: Hints) -> Result<Tenant, Failure> {
        let server = self.server()?;
        self.at(server, hints).await
    }

    /// The server alone, for what is asked of no tenant.
    pub(super) fn server(&self) -> Result<Server, Failure> {
        self.server.open(KEY_HINT)
    }

    /// The tenant at a server that is open already.
    pub(super) async fn at(self, server: Server, hints: Hints) -> Result<Tenant, Failure> {
        let id = named_or_own(self.tenant, &server, hints).await?;
        Ok(Tenant { server, id, hints })
    }
}

// === impl Tenant ===

impl Tenant {
    /// Below the tenant.
    pub(super) fn path<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        [&["v1", "tenants", &self.id][..], path].concat()
    }

    pub(super) async fn call(&self, method: Method, path: &[&str], body: Option<Value>) -> Result<Box<RawValue>, Failure> {
        self.send(method, path, body.map(|body| body.to_string().into_bytes())).await
    }

    /// The same with a body that is written already.
    pub(super) async fn send(&self, method: Method, path: &[&str], body: Option<Vec<u8>>) -> Result<Box<RawValue>, Failure> {
        let called = self.server.call(method, &self.path(path), body).await;
        called.map_err(|failure| self.hints.hinted(failure))
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Box<RawValue>, Failure> {
        self.call(Method::GET, path, None).await
    }
}

// === impl Hints ===

impl Hints {
    /// What a refusal means here; other commands are about sources and their keys.
    pub(super) fn hinted(self, failure: Failure) -> Failure {
        let Failure::Refused(mut problem) = failure else { return failure };
        let hint = match problem.status {
            401 => Some(KEY_HINT),
            403 if problem.code.as_deref() == Some("step_up_required") => Some(
                "the session's last proof is too long ago to change this; `blockhouse me prove` renews it, a service account's key needs none",
            ),
            403 if problem.code.as_deref() == Some("second_factor_required") => Some(SECOND_FACTOR_HINT),
            403 => Some(self.permission),
            400 | 404 if problem.code.as_deref() == Some("role_unknown") => Some(ROLE_HINT),
            404 => Some(self.list),
            429 => Some("the same command may work a moment later"),
            _ => None,
        };
        problem.hint = problem.hint.or(hint.map(str::to_owned));
        Failure::Refused(problem)
    }
}
