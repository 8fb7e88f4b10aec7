//! Where other products' clients read: the key names the source, and Timber's may be somebody, too. None takes a cookie.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, head, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::{elastic, loki, timber};

pub(super) const TABLES: [&[Route]; 3] = [LOKI, ELASTIC, TIMBER];

pub(super) fn router() -> Router<Arc<App>> {
    loki_readers().merge(elastic_readers()).merge(timber_readers())
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
    get "/loki/api/v1/index/volume_range" => loki::labels::volume_range, ReadKey;
    post "/loki/api/v1/index/volume_range" => loki::labels::volume_range, ReadKey;
    get "/loki/api/v1/detected_labels" => loki::detected::names, ReadKey;
    post "/loki/api/v1/detected_labels" => loki::detected::names, ReadKey;
    get "/loki/api/v1/detected_fields" => loki::detected::fields, ReadKey;
    post "/loki/api/v1/detected_fields" => loki::detected::fields, ReadKey;
    get "/loki/api/v1/detected_field/{name}/values" => loki::detected::values, ReadKey;
    get "/loki/api/v1/patterns" => loki::patterns, ReadKey;
    post "/loki/api/v1/patterns" => loki::patterns, ReadKey;
    get "/loki/api/v1/format_query" => loki::format_query, ReadKey;
    post "/loki/api/v1/format_query" => loki::format_query, ReadKey;
    get "/loki/api/v1/tail" => loki::tail::tail, ReadKey;
    get "/loki/api/v1/status/buildinfo" => loki::build, ReadKey;
}

routes! {
    /// Grafana's data source for Elasticsearch, and Elasticsearch's own clients.
    fn elastic_readers, ELASTIC;
    get "/_search" => elastic::reading::search, ReadKey;
    post "/_search" => elastic::reading::search, ReadKey, "{}";
    get "/{index}/_search" => elastic::reading::search, ReadKey;
    post "/{index}/_search" => elastic::reading::search, ReadKey, "{}";
    get "/_msearch" => elastic::reading::searches, ReadKey;
    post "/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/{index}/_msearch" => elastic::reading::searches, ReadKey;
    post "/{index}/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/_count" => elastic::reading::count, ReadKey;
    post "/_count" => elastic::reading::count, ReadKey, "{}";
    get "/{index}/_count" => elastic::reading::count, ReadKey;
    post "/{index}/_count" => elastic::reading::count, ReadKey, "{}";
    get "/_mapping" => elastic::reading::mapping, ReadKey;
    get "/{index}/_mapping" => elastic::reading::mapping, ReadKey;
    get "/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/_field_caps" => elastic::reading::capabilities, ReadKey;
    get "/{index}/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/{index}/_field_caps" => elastic::reading::capabilities, ReadKey;
    get "/_cluster/health" => elastic::health, SourceKey;
    get "/_cluster/health/{index}" => elastic::health, SourceKey;
    head "/{index}" => elastic::names::exists, SourceKey;
    get "/{index}" => elastic::names::describe, SourceKey;
    get "/_alias/{name}" => elastic::names::alias, SourceKey;
    get "/_refresh" => elastic::names::refresh, SourceKey;
    post "/_refresh" => elastic::names::refresh, SourceKey;
    get "/{index}/_refresh" => elastic::names::refresh, SourceKey;
    post "/{index}/_refresh" => elastic::names::refresh, SourceKey;
    get "/_nodes/http" => elastic::names::nodes, SourceKey;
    get "/_nodes/_all/http" => elastic::names::nodes, SourceKey;
}

routes! {
    /// Timber's command line, and what else asks its API.
    fn timber_readers, TIMBER;
    get "/timber/organizations" => timber::applications::organizations, ReadLogs;
    get "/timber/organizations/{id}" => timber::applications::one_organization, ReadLogs;
    get "/timber/applications" => timber::applications::applications, ReadLogs;
    get "/timber/applications/{id}" => timber::applications::one_application, ReadLogs;
    post "/timber/log_lines/search" => timber::lines::search, ReadLogs, "{}";
    get "/timber/sql_queries" => timber::queries::queries, ReadLogs;
    post "/timber/sql_queries" => timber::queries::create, ReadLogs, r#"{"body":"select 1"}"#;
    get "/timber/sql_queries/{id}" => timber::queries::one, ReadLogs;
    get "/timber/sql_queries/{id}/results" => timber::queries::results, ReadLogs;
    post "/timber/sql_queries/{id}/cancel" => timber::queries::cancel, ReadLogs;
    get "/timber/saved_views" => timber::views::views, Role;
    get "/timber/saved_views/{id}" => timber::views::view, Role;
    get "/timber/log_filters" => timber::filters::filters, Role;
    post "/timber/log_filters" => timber::filters::create, Role, "{}";
    get "/timber/log_filters/{id}" => timber::filters::filter, Role;
    put "/timber/log_filters/{id}" => timber::filters::change, Role, "{}";
    delete "/timber/log_filters/{id}" => timber::filters::remove, Role;
}
