//! What people sign of what is claimed, and the templates that they answer.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::statements::{Installation, Own};
use crate::handlers::{statements, template};

pub(super) const TABLES: [&[Route]; 2] = [STATEMENTS, TEMPLATES];

pub(super) fn router() -> Router<Arc<App>> {
    signed_statements().merge(templates())
}

routes! {
    /// What people sign of what the installation's page claims, and of what a tenant's own does.
    fn signed_statements, STATEMENTS;
    get "/v1/claims/statements" => statements::list::<Installation>, Staff;
    post "/v1/claims/statements" => statements::propose::<Installation>, Staff, r#"{"claim":"x"}"#;
    delete "/v1/claims/statements/{statement}" => statements::discard::<Installation>, Staff;
    post "/v1/claims/statements/{statement}/files" => statements::attach::<Installation>, Staff;
    get "/v1/claims/statements/{statement}/files/{digest}" => statements::file::<Installation>, Staff;
    post "/v1/claims/statements/{statement}/sign/start" => statements::start_signing::<Installation>, Staff, r#"{"role":"x"}"#;
    post "/v1/claims/statements/{statement}/sign/finish" => statements::sign::<Installation>, Staff, r#"{"role":"x","answer":{}}"#;
    post "/v1/claims/statements/{statement}/withdraw" => statements::withdraw::<Installation>, Staff, r#"{"reason":"x"}"#;
    get "/v1/tenants/{tenant}/overview/statements" => statements::list::<Own>, Role;
    post "/v1/tenants/{tenant}/overview/statements" => statements::propose::<Own>, Role, r#"{"claim":"x"}"#;
    delete "/v1/tenants/{tenant}/overview/statements/{statement}" => statements::discard::<Own>, Role;
    post "/v1/tenants/{tenant}/overview/statements/{statement}/files" => statements::attach::<Own>, Role;
    get "/v1/tenants/{tenant}/overview/statements/{statement}/files/{digest}" => statements::file::<Own>, Role;
    post "/v1/tenants/{tenant}/overview/statements/{statement}/sign/start" => statements::start_signing::<Own>, Role, r#"{"role":"x"}"#;
    post "/v1/tenants/{tenant}/overview/statements/{statement}/sign/finish" => statements::sign::<Own>, Role, r#"{"role":"x","answer":{}}"#;
    post "/v1/tenants/{tenant}/overview/statements/{statement}/withdraw" => statements::withdraw::<Own>, Role, r#"{"reason":"x"}"#;
}

routes! {
    /// Templates of the installation's page and of tenants' own, with what people answered.
    fn templates, TEMPLATES;
    get "/v1/claims/template" => template::get::<Installation>, Staff;
    put "/v1/claims/template" => template::keep::<Installation>, Staff;
    delete "/v1/claims/template" => template::discard::<Installation>, Staff;
    put "/v1/claims/template/answers" => template::answers::<Installation>, Staff, r#"{"version":"x","answers":{}}"#;
    get "/v1/claims/template/draft" => template::draft::<Installation>, Staff;
    get "/v1/tenants/{tenant}/overview/template" => template::get::<Own>, Role;
    put "/v1/tenants/{tenant}/overview/template" => template::keep::<Own>, Role;
    delete "/v1/tenants/{tenant}/overview/template" => template::discard::<Own>, Role;
    put "/v1/tenants/{tenant}/overview/template/answers" => template::answers::<Own>, Role, r#"{"version":"x","answers":{}}"#;
    get "/v1/tenants/{tenant}/overview/template/draft" => template::draft::<Own>, Role;
}
