//! A source: how long it keeps records, how much may come in, what is done to
//! records before they are written, its keys, and what it refuses.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::{keys, pipeline, quota, refusals, tenants, treatment};

pub(super) const TABLES: [&[Route]; 1] = [SOURCE];

pub(super) fn router() -> Router<Arc<App>> {
    source()
}

routes! {
    /// One source.
    fn source, SOURCE;
    get "/v1/sources/{source}" => tenants::source, Role;
    patch "/v1/sources/{source}" => tenants::configure_source, Role, r#"{"retention_days":30}"#;
    get "/v1/sources/{source}/redaction" => treatment::redaction, Role;
    put "/v1/sources/{source}/redaction" => treatment::set_redaction, Role, "{}";
    get "/v1/sources/{source}/recognition" => treatment::recognition, Role;
    put "/v1/sources/{source}/recognition" => treatment::set_recognition, Role, "{}";
    get "/v1/sources/{source}/filters" => treatment::filters, Role;
    put "/v1/sources/{source}/filters" => treatment::set_filters, Role, r#"{"filters":[]}"#;
    get "/v1/sources/{source}/pipeline" => pipeline::pipeline, Role;
    put "/v1/sources/{source}/pipeline" => pipeline::set_pipeline, Role, r#"{"rules":[]}"#;
    post "/v1/sources/{source}/pipeline/trial" => pipeline::try_pipeline, Role, r#"{"rules":[]}"#;
    get "/v1/sources/{source}/quota" => quota::of_source, Role;
    put "/v1/sources/{source}/quota" => quota::set_of_source, Role, "{}";
    get "/v1/sources/{source}/refusals" => refusals::refusals, Role;
    get "/v1/sources/{source}/keys" => keys::keys, Role;
    post "/v1/sources/{source}/keys" => keys::create, Role, r#"{"kind":"read","name":"x"}"#;
    post "/v1/sources/{source}/keys/{key}/rotate" => keys::rotate, Role;
    post "/v1/sources/{source}/keys/{key}/shared-key" => keys::shared_key, Role;
    delete "/v1/sources/{source}/keys/{key}" => keys::revoke, Role;
}
