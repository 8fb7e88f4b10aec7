//! The routes of Timber's API.

use super::Needs;

pub(super) static TIMBER: [(&str, &str, Needs, &str); 17] = [
    ("GET", "/timber/organizations", Needs::Reads, ""),
    ("GET", "/timber/organizations/{id}", Needs::Reads, ""),
    ("GET", "/timber/applications", Needs::Reads, ""),
    ("GET", "/timber/applications/{id}", Needs::Reads, ""),
    ("POST", "/timber/log_lines/search", Needs::Reads, "{}"),
    ("GET", "/timber/sql_queries", Needs::Reads, ""),
    ("POST", "/timber/sql_queries", Needs::Reads, r#"{"body":"select 1"}"#),
    ("GET", "/timber/sql_queries/{id}", Needs::Reads, ""),
    ("GET", "/timber/sql_queries/{id}/results", Needs::Reads, ""),
    ("POST", "/timber/sql_queries/{id}/cancel", Needs::Reads, ""),
    ("GET", "/timber/saved_views", Needs::OwnTenant, ""),
    ("GET", "/timber/saved_views/{id}", Needs::OwnTenant, ""),
    ("GET", "/timber/log_filters", Needs::OwnTenant, ""),
    ("POST", "/timber/log_filters", Needs::OwnTenant, "{}"),
    ("GET", "/timber/log_filters/{id}", Needs::OwnTenant, ""),
    ("PUT", "/timber/log_filters/{id}", Needs::OwnTenant, "{}"),
    ("DELETE", "/timber/log_filters/{id}", Needs::OwnTenant, ""),
];
