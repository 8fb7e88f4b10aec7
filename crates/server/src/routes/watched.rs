//! Saved views, short links, alerts, and where alerts tell what changed.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::{alerts, destinations, links, views};

pub(super) const TABLES: [&[Route]; 4] = [VIEWS, LINKS, ALERTS, DESTINATIONS];

pub(super) fn router() -> Router<Arc<App>> {
    saved_views().merge(short_links()).merge(alerts_of_tenant()).merge(alert_destinations())
}

routes! {
    /// Questions that people saved.
    fn saved_views, VIEWS;
    get "/v1/tenants/{tenant}/views" => views::views, Role;
    post "/v1/tenants/{tenant}/views" => views::create, Role, r#"{"name":"x","source":"0000000000000000"}"#;
    get "/v1/tenants/{tenant}/views/{view}" => views::view, Role;
    put "/v1/tenants/{tenant}/views/{view}" => views::change, Role, r#"{"name":"x","source":"0000000000000000"}"#;
    delete "/v1/tenants/{tenant}/views/{view}" => views::remove, Role;
}

routes! {
    /// Looks that people pass on.
    fn short_links, LINKS;
    get "/v1/tenants/{tenant}/links" => links::links, Role;
    post "/v1/tenants/{tenant}/links" => links::create, Role, r#"{"source":"0000000000000000"}"#;
    get "/v1/tenants/{tenant}/links/{link}" => links::link, Role;
    delete "/v1/tenants/{tenant}/links/{link}" => links::remove, Role;
}

routes! {
    /// What is counted each minute.
    fn alerts_of_tenant, ALERTS;
    get "/v1/tenants/{tenant}/alerts" => alerts::alerts, Role;
    post "/v1/tenants/{tenant}/alerts" => alerts::create, Role, r#"{"name":"x","source":"0000000000000000","comparison":"at_least","threshold":1,"window_minutes":5}"#;
    post "/v1/tenants/{tenant}/alerts/preview" => alerts::preview, Role, r#"{"source":"0000000000000000","comparison":"at_least","threshold":1,"window_minutes":5}"#;
    get "/v1/tenants/{tenant}/alerts/{alert}" => alerts::alert, Role;
    put "/v1/tenants/{tenant}/alerts/{alert}" => alerts::change, Role, r#"{"name":"x","source":"0000000000000000","comparison":"at_least","threshold":1,"window_minutes":5}"#;
    delete "/v1/tenants/{tenant}/alerts/{alert}" => alerts::remove, Role;
    get "/v1/tenants/{tenant}/alerts/{alert}/history" => alerts::history, Role;
    post "/v1/tenants/{tenant}/alerts/{alert}/test" => alerts::test, Role;
}

routes! {
    /// Members' addresses and webhooks.
    fn alert_destinations, DESTINATIONS;
    get "/v1/tenants/{tenant}/alert-destinations" => destinations::destinations, Role;
    post "/v1/tenants/{tenant}/alert-destinations" => destinations::create, Role, r#"{"name":"x","kind":"webhook","url":"https://localhost:1/"}"#;
    delete "/v1/tenants/{tenant}/alert-destinations/{destination}" => destinations::remove, Role;
    post "/v1/tenants/{tenant}/alert-destinations/{destination}/rotate" => destinations::rotate, Role;
    post "/v1/tenants/{tenant}/alert-destinations/{destination}/confirm" => destinations::confirm, Role, r#"{"code":"x"}"#;
    post "/v1/tenants/{tenant}/alert-destinations/{destination}/test" => destinations::test, Role;
}
