//! `blockhouse claims library`: the sentences of the library, to start from.

use reqwest::Method;
use serde_json::Value;

use super::{Common, KEY_HINT, ask};
use crate::client::failure::Failure;
use crate::client::output::Output;
use crate::client::table;

pub(super) async fn run(
    (group, class): (Option<String>, Option<String>),
    common: &Common,
    output: &mut Output,
) -> Result<(), Failure> {
    let server = common.server.open(KEY_HINT)?;
    let parameters: Vec<_> =
        [("group", group), ("class", class)].into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let answer = ask(&server, server.request(Method::GET, &["v1", "claims", "library"], &parameters)).await?;
    if common.json {
        return output.line(&answer.to_string());
    }
    let row = |one: &Value| ["id", "class", "group", "sentence"].map(|name| one[name].clone()).to_vec();
    let rows: Vec<Vec<Value>> = answer["claims"].as_array().map(|all| all.iter().map(row).collect()).unwrap_or_default();
    table::print(&["claim", "class", "group", "sentence"], &rows, output)
}
