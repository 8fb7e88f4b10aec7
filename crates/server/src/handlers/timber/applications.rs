//! `/timber/organizations` and `/timber/applications`: the tenant, and its sources that may be read, under the names that Timber had.

use axum::response::Response;
use identity::{Read, Source, Tenant};
use serde_json::{Value, json};

use super::asked::Asked;
use super::{answered, data};
use crate::problem::Problem;

/// How a line is shown where nobody chose, in the words of Timber's command line.
pub(super) const LINE_FORMAT: &str = "{{ date }} {{ level }} {{ message }}";

/// `GET /timber/organizations`: there is one.
pub(crate) async fn organizations(asked: Asked) -> Response {
    answered(asked.run(|asked, _| Ok(data(&json!([organization(&asked.reach::<Read>()?.tenant)])))).await)
}

/// `GET /timber/organizations/{id}`
pub(crate) async fn one_organization(asked: Asked) -> Response {
    let found = asked.run(|asked, _| {
        let reach = asked.reach::<Read>()?;
        let named = Some(&reach.tenant).filter(|tenant| tenant.id.to_string() == asked.id());
        Ok(data(&organization(named.ok_or_else(Problem::not_found)?)))
    });
    answered(found.await)
}

/// `GET /timber/applications`
pub(crate) async fn applications(asked: Asked) -> Response {
    let found = asked.run(|asked, _| {
        let reach = asked.reach::<Read>()?;
        Ok(data(&reach.sources.iter().map(application).collect()))
    });
    answered(found.await)
}

/// `GET /timber/applications/{id}`
pub(crate) async fn one_application(asked: Asked) -> Response {
    let found = asked.run(|asked, _| {
        let reach = asked.reach::<Read>()?;
        let named = reach.sources.iter().find(|source| source.id.to_string() == asked.id());
        Ok(data(&application(named.ok_or_else(Problem::not_found)?)))
    });
    answered(found.await)
}

fn organization(tenant: &Tenant) -> Value {
    let (name, created_at) = (tenant.name.as_str(), tenant.created_at.to_string());
    json!({
        "id": tenant.id.to_string(),
        "name": name,
        "slug": slug(name),
        "inserted_at": created_at,
        "updated_at": created_at,
    })
}

fn application(source: &Source) -> Value {
    let (name, created_at) = (source.name.as_str(), source.created_at.to_string());
    json!({
        "id": source.id.to_string(),
        "organization_id": source.tenant.to_string(),
        "name": name,
        "slug": slug(name),
        "environment": null,
        "source_type": null,
        "tags": [],
        "log_line_format": LINE_FORMAT,
        "inserted_at": created_at,
        "updated_at": created_at,
    })
}

/// A name as it would stand in an address. It names nothing here.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_words() {
        assert_eq!(slug("  Web, production (EU) "), "web-production-eu");
        assert_eq!(slug("Größe"), "größe");
        assert_eq!(slug("---"), "");
    }
}
