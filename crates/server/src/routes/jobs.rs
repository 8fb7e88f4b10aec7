//! Long work: what is begun of it, how far it is, and its end.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::jobs;

pub(super) const TABLES: [&[Route]; 1] = [JOBS];

pub(super) fn router() -> Router<Arc<App>> {
    long_work()
}

routes! {
    /// Imports, and all jobs of a tenant.
    fn long_work, JOBS;
    post "/v1/sources/{source}/imports" => jobs::import, Role, r#"{"name":"x","bytes":1}"#;
    get "/v1/tenants/{tenant}/jobs" => jobs::jobs, Role;
    get "/v1/jobs/{job}" => jobs::job, Role;
    put "/v1/jobs/{job}/content" => jobs::content, Role;
    post "/v1/jobs/{job}/cancel" => jobs::cancel, Role;
}
