//! Where other products' clients read: the key names the source, and Timber's may be somebody, too. None takes a cookie.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::{elastic, loki, timber};

pub(super) const TABLES: [&[Route]; 4] = [LOKI, ELASTIC, TIMBER, ELASTIC_BESIDE_TIMBER];

pub(super) fn router() -> Router<Arc<App>> {
    loki_readers().merge(elastic_readers()).merge(timber_readers()).merge(elastic_beside_timber())
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
    get "/_mapping" => elastic::reading::mapping, ReadKey;
    get "/{index}/_mapping" => elastic::reading::mapping, ReadKey;
    get "/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/_field_caps" => elastic::reading::capabilities, ReadKey;
    get "/{index}/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/{index}/_field_caps" => elastic::reading::capabilities, ReadKey;
    get "/_cluster/health" => elastic::health, SourceKey;
}

routes! {
    /// Timber's command line, and what else asks its API.
    fn timber_readers, TIMBER;
    get "/organizations" => timber::applications::organizations, ReadLogs;
    get "/organizations/{id}" => timber::applications::one_organization, ReadLogs;
    get "/applications" => timber::applications::applications, ReadLogs;
    get "/applications/{id}" => timber::applications::one_application, ReadLogs;
    post "/log_lines/search" => timber::lines::search, ReadLogs, "{}";
    get "/sql_queries" => timber::queries::queries, ReadLogs;
    post "/sql_queries" => timber::queries::create, ReadLogs, r#"{"body":"select 1"}"#;
    get "/sql_queries/{id}" => timber::queries::one, ReadLogs;
    get "/sql_queries/{id}/results" => timber::queries::results, ReadLogs;
    post "/sql_queries/{id}/cancel" => timber::queries::cancel, ReadLogs;
    get "/saved_views" => timber::views::views, Role;
    get "/saved_views/{id}" => timber::views::view, Role;
    get "/log_filters" => timber::filters::filters, Role;
    post "/log_filters" => timber::filters::create, Role, "{}";
    get "/log_filters/{id}" => timber::filters::filter, Role;
    put "/log_filters/{id}" => timber::filters::change, Role, "{}";
    delete "/log_filters/{id}" => timber::filters::remove, Role;
}

routes! {
    /// Indexes of clients of Elasticsearch whose names are those of Timber's calls.
    fn elastic_beside_timber, ELASTIC_BESIDE_TIMBER;
    post "/organizations/_bulk" => elastic::bulk, WriteKey;
    put "/organizations/_bulk" => elastic::bulk, WriteKey;
    get "/organizations/_search" => elastic::reading::search, ReadKey;
    post "/organizations/_search" => elastic::reading::search, ReadKey, "{}";
    get "/organizations/_msearch" => elastic::reading::searches, ReadKey;
    post "/organizations/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/organizations/_mapping" => elastic::reading::mapping, ReadKey;
    get "/organizations/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/organizations/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/applications/_bulk" => elastic::bulk, WriteKey;
    put "/applications/_bulk" => elastic::bulk, WriteKey;
    get "/applications/_search" => elastic::reading::search, ReadKey;
    post "/applications/_search" => elastic::reading::search, ReadKey, "{}";
    get "/applications/_msearch" => elastic::reading::searches, ReadKey;
    post "/applications/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/applications/_mapping" => elastic::reading::mapping, ReadKey;
    get "/applications/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/applications/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/saved_views/_bulk" => elastic::bulk, WriteKey;
    put "/saved_views/_bulk" => elastic::bulk, WriteKey;
    get "/saved_views/_search" => elastic::reading::search, ReadKey;
    post "/saved_views/_search" => elastic::reading::search, ReadKey, "{}";
    get "/saved_views/_msearch" => elastic::reading::searches, ReadKey;
    post "/saved_views/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/saved_views/_mapping" => elastic::reading::mapping, ReadKey;
    get "/saved_views/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/saved_views/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/sql_queries/_bulk" => elastic::bulk, WriteKey;
    put "/sql_queries/_bulk" => elastic::bulk, WriteKey;
    get "/sql_queries/_search" => elastic::reading::search, ReadKey;
    post "/sql_queries/_search" => elastic::reading::search, ReadKey, "{}";
    get "/sql_queries/_msearch" => elastic::reading::searches, ReadKey;
    post "/sql_queries/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/sql_queries/_mapping" => elastic::reading::mapping, ReadKey;
    get "/sql_queries/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/sql_queries/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/log_filters/_bulk" => elastic::bulk, WriteKey;
    put "/log_filters/_bulk" => elastic::bulk, WriteKey;
    get "/log_filters/_search" => elastic::reading::search, ReadKey;
    post "/log_filters/_search" => elastic::reading::search, ReadKey, "{}";
    get "/log_filters/_msearch" => elastic::reading::searches, ReadKey;
    post "/log_filters/_msearch" => elastic::reading::searches, ReadKey, "{}\n{}\n";
    get "/log_filters/_mapping" => elastic::reading::mapping, ReadKey;
    get "/log_filters/_field_caps" => elastic::reading::capabilities, ReadKey;
    post "/log_filters/_field_caps" => elastic::reading::capabilities, ReadKey;
}
