//! Where other products' clients read: the key names the source. None takes a cookie.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::loki;

pub(super) const TABLES: [&[Route]; 1] = [LOKI];

pub(super) fn router() -> Router<Arc<App>> {
    loki_readers()
}

routes! {
    /// Grafana's data source for Loki, logcli and others.
    fn loki_readers, LOKI;
    get "/loki/api/v1/query_range" => loki::ask::query_range, ReadKey;
    post "/loki/api/v1/query_range" => loki::ask::query_range, ReadKey;
    get "/loki/api/v1/query" => loki::ask::query, ReadKey;
    post "/loki/api/v1/query" => loki::ask::query, ReadKey;
    get "/loki/api/v1/labels" => loki::labels::names, ReadKey;
    post "/loki/api/v1/labels" => loki::labels::names, ReadKey;
    get "/loki/api/v1/label/{name}/values" => loki::labels::values, ReadKey;
    get "/loki/api/v1/series" => loki::labels::series, ReadKey;
    post "/loki/api/v1/series" => loki::labels::series, ReadKey;
    get "/loki/api/v1/index/stats" => loki::labels::stats, ReadKey;
    post "/loki/api/v1/index/stats" => loki::labels::stats, ReadKey;
    get "/loki/api/v1/index/volume" => loki::labels::volume, ReadKey;
    post "/loki/api/v1/index/volume" => loki::labels::volume, ReadKey;
    get "/loki/api/v1/tail" => loki::tail::tail, ReadKey;
    get "/loki/api/v1/status/buildinfo" => loki::build, ReadKey;
}
