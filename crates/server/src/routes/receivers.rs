//! Where logs come in: every route of every receiver. None takes a cookie.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, head, post, put};

use super::{Needs, Route};
use crate::app::App;
use crate::handlers::{datadog, elastic, export, frames, hec, journal, loki};

pub(super) const TABLES: [&[Route]; 4] = [RECEIVERS, AGENTS, ELASTIC, ELASTIC_OF_SOURCE];

pub(super) fn router() -> Router<Arc<App>> {
    receivers().merge(agents()).merge(elastic()).merge(elastic_of_source())
}

routes! {
    /// Timber, OpenTelemetry, Loki and journald.
    fn receivers, RECEIVERS;
    post "/" => frames::to_key, WriteKey;
    post "/frames" => frames::to_key, WriteKey;
    post "/sources/{source}/frames" => frames::to_source, WriteKey;
    post "/upload" => journal::upload, WriteKey;
    post "/sources/{source}/frames/upload" => journal::upload, WriteKey;
    post "/loki/api/v1/push" => loki::push, WriteKey;
    get "/ready" => loki::ready, Nothing;
    post "/v1/logs" => export::http, WriteKey;
    post "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => export::grpc::export, WriteKey;
}

routes! {
    /// Splunk and Datadog.
    fn agents, AGENTS;
    post "/services/collector" => hec::event, WriteKey;
    post "/services/collector/event" => hec::event, WriteKey;
    post "/services/collector/event/1.0" => hec::event, WriteKey;
    post "/services/collector/raw" => hec::raw, WriteKey;
    post "/services/collector/raw/1.0" => hec::raw, WriteKey;
    post "/services/collector/ack" => hec::ack, WriteKey;
    get "/services/collector/health" => hec::health, Nothing;
    get "/services/collector/health/1.0" => hec::health, Nothing;
    post "/api/v2/logs" => datadog::logs, WriteKey;
    get "/api/v1/validate" => datadog::validate, WriteKey;
    post "/v1/input" => datadog::logs, WriteKey;
}

routes! {
    /// Clients of Elasticsearch and OpenSearch; the key names the source.
    fn elastic, ELASTIC;
    post "/_bulk" => elastic::bulk, WriteKey;
    put "/_bulk" => elastic::bulk, WriteKey;
    post "/frames/_bulk" => elastic::bulk, WriteKey;
    put "/frames/_bulk" => elastic::bulk, WriteKey;
    post "/{index}/_bulk" => elastic::bulk, WriteKey;
    put "/{index}/_bulk" => elastic::bulk, WriteKey;
    post "/{index}/_doc" => elastic::document, WriteKey;
    post "/{index}/_doc/{id}" => elastic::document, WriteKey;
    put "/{index}/_doc/{id}" => elastic::document, WriteKey;
    post "/{index}/_create/{id}" => elastic::document, WriteKey;
    put "/{index}/_create/{id}" => elastic::document, WriteKey;
    get "/_license" => elastic::license, WriteKey;
    get "/_xpack" => elastic::features, WriteKey;
    get "/_index_template/{name}" => elastic::index_template, WriteKey;
    put "/_index_template/{name}" => elastic::put, WriteKey;
    get "/_component_template/{name}" => elastic::component_template, WriteKey;
    put "/_component_template/{name}" => elastic::put, WriteKey;
    get "/_template/{name}" => elastic::template, WriteKey;
    put "/_template/{name}" => elastic::put, WriteKey;
    get "/_ilm/policy/{name}" => elastic::lifecycle_policy, WriteKey;
    put "/_ilm/policy/{name}" => elastic::put, WriteKey;
    get "/_ingest/pipeline/{name}" => elastic::pipeline, WriteKey;
    put "/_ingest/pipeline/{name}" => elastic::put, WriteKey;
    get "/_data_stream/{name}" => elastic::data_stream, WriteKey;
    put "/_data_stream/{name}" => elastic::put, WriteKey;
    put "/{index}" => elastic::names::create, WriteKey;
    put "/{index}/_alias/{name}" => elastic::put, WriteKey;
}

routes! {
    /// The same below a source's address, as clients of Timber are pointed to it.
    fn elastic_of_source, ELASTIC_OF_SOURCE;
    get "/sources/{source}/frames" => elastic::info, SourceKey;
    get "/sources/{source}/frames/" => elastic::info, SourceKey;
    post "/sources/{source}/frames/_bulk" => elastic::bulk, WriteKey;
    put "/sources/{source}/frames/_bulk" => elastic::bulk, WriteKey;
    post "/sources/{source}/frames/{index}/_bulk" => elastic::bulk, WriteKey;
    put "/sources/{source}/frames/{index}/_bulk" => elastic::bulk, WriteKey;
    post "/sources/{source}/frames/{index}/_doc" => elastic::document, WriteKey;
    post "/sources/{source}/frames/{index}/_doc/{id}" => elastic::document, WriteKey;
    put "/sources/{source}/frames/{index}/_doc/{id}" => elastic::document, WriteKey;
    post "/sources/{source}/frames/{index}/_create/{id}" => elastic::document, WriteKey;
    put "/sources/{source}/frames/{index}/_create/{id}" => elastic::document, WriteKey;
    get "/sources/{source}/frames/_license" => elastic::license, WriteKey;
    get "/sources/{source}/frames/_xpack" => elastic::features, WriteKey;
    get "/sources/{source}/frames/_cluster/health" => elastic::health, SourceKey;
    get "/sources/{source}/frames/_cluster/health/{index}" => elastic::health, SourceKey;
    head "/sources/{source}/frames/{index}" => elastic::names::exists, SourceKey;
    get "/sources/{source}/frames/{index}" => elastic::names::describe, SourceKey;
    put "/sources/{source}/frames/{index}" => elastic::names::create, WriteKey;
    get "/sources/{source}/frames/_alias/{name}" => elastic::names::alias, SourceKey;
    put "/sources/{source}/frames/{index}/_alias/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_refresh" => elastic::names::refresh, SourceKey;
    post "/sources/{source}/frames/_refresh" => elastic::names::refresh, SourceKey;
    get "/sources/{source}/frames/{index}/_refresh" => elastic::names::refresh, SourceKey;
    post "/sources/{source}/frames/{index}/_refresh" => elastic::names::refresh, SourceKey;
    get "/sources/{source}/frames/_nodes/http" => elastic::names::nodes, SourceKey;
    get "/sources/{source}/frames/_nodes/_all/http" => elastic::names::nodes, SourceKey;
    get "/sources/{source}/frames/_index_template/{name}" => elastic::index_template, WriteKey;
    put "/sources/{source}/frames/_index_template/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_component_template/{name}" => elastic::component_template, WriteKey;
    put "/sources/{source}/frames/_component_template/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_template/{name}" => elastic::template, WriteKey;
    put "/sources/{source}/frames/_template/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_ilm/policy/{name}" => elastic::lifecycle_policy, WriteKey;
    put "/sources/{source}/frames/_ilm/policy/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_ingest/pipeline/{name}" => elastic::pipeline, WriteKey;
    put "/sources/{source}/frames/_ingest/pipeline/{name}" => elastic::put, WriteKey;
    get "/sources/{source}/frames/_data_stream/{name}" => elastic::data_stream, WriteKey;
    put "/sources/{source}/frames/_data_stream/{name}" => elastic::put, WriteKey;
}
