//! `/timber/log_filters`: what of a source's records is dropped. A filter is of one source, and its id is made of both names.

use axum::body::Body;
use axum::response::Response;
use identity::{ConfigureSource, DropFilter, Permit, SetTreatmentError, ViewSource};
use model::{DisplayName, Scope, SourceId, TenantId, limits};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::me::display_name;
use super::asked::{Asked, hold_organization, none, several, sources};
use super::{answered, data, made};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    organization_id: Option<String>,
    name: Option<String>,
    #[serde(rename = "match")]
    contains: Option<String>,
    /// Of one source.
    #[serde(alias = "application_ids")]
    source_ids: Option<Vec<String>>,
}

/// What an id names.
struct Named {
    source: SourceId,
    name: DisplayName,
}

/// `GET /timber/log_filters`: those of every source that may be seen.
pub(crate) async fn filters(asked: Asked) -> Response {
    let found = asked.run(|asked, identity| {
        let mut all = Vec::new();
        for source in asked.reach::<ViewSource>()?.sources {
            let permit: Permit<ViewSource> = asked.source_permit(source.id)?;
            let filters = identity.treatment(permit.scope())?.filters;
            all.extend(filters.iter().map(|filter| shown(permit.scope(), filter)));
        }
        Ok(data(&Value::Array(all)))
    });
    answered(found.await)
}

/// `GET /timber/log_filters/{id}`
pub(crate) async fn filter(asked: Asked) -> Response {
    let found = asked.run(|asked, identity| {
        asked.reach::<ViewSource>()?;
        let named = Named::parse(asked.id())?;
        let permit: Permit<ViewSource> = asked.source_permit(named.source)?;
        let filters = identity.treatment(permit.scope())?.filters;
        Ok(data(&shown(permit.scope(), filters.iter().find(|filter| named.is(filter)).ok_or_else(Problem::not_found)?)))
    });
    answered(found.await)
}

/// `POST /timber/log_filters`
pub(crate) async fn create(asked: Asked, body: Body) -> Response {
    let created = async {
        let tenant = configures(&asked).await?;
        let form: Form = asked.form(body, limits::FORM_BYTES_MAX).await?;
        hold_organization(form.organization_id.as_ref(), tenant)?;
        let source = form.source()?.ok_or_else(none)?;
        let filter = DropFilter::new(
            display_name(form.name.as_deref().unwrap_or_default())?,
            form.contains.as_deref().unwrap_or_default(),
        );
        let filter = filter.map_err(SetTreatmentError::from)?;
        let change = move |asked: &Asked, permit: &Permit<ConfigureSource>| {
            let added = filter.clone();
            let add = |filters: Vec<DropFilter>| Some(filters.into_iter().chain([added]).collect());
            asked.app.identity.change_filters(permit.scope(), add, permit.deed())?;
            Ok(made(&shown(permit.scope(), &filter)))
        };
        changed(&asked, source, change).await
    };
    answered(created.await)
}

/// `PUT /timber/log_filters/{id}`: what the body does not name stays.
pub(crate) async fn change(asked: Asked, body: Body) -> Response {
    let changed = async {
        let tenant = configures(&asked).await?;
        let named = Named::parse(asked.id())?;
        let form: Form = asked.form(body, limits::FORM_BYTES_MAX).await?;
        hold_organization(form.organization_id.as_ref(), tenant)?;
        if form.source_ids.is_some() && form.source()?.ok_or_else(disabled)? != named.source {
            return Err(several());
        }
        let name = form.name.as_deref().map_or_else(|| Ok(named.name.clone()), display_name)?;
        let source = named.source;
        changed(&asked, source, move |asked, permit| replaced(asked, permit, &named, (name, form.contains.as_deref()))).await
    };
    answered(changed.await)
}

/// `DELETE /timber/log_filters/{id}`: the filter that is no more.
pub(crate) async fn remove(asked: Asked) -> Response {
    let removed = async {
        configures(&asked).await?;
        let named = Named::parse(asked.id())?;
        let source = named.source;
        let remove = move |asked: &Asked, permit: &Permit<ConfigureSource>| {
            let mut removed = None;
            let change = |mut filters: Vec<DropFilter>| {
                let at = filters.iter().position(|filter| named.is(filter))?;
                removed = Some(filters.remove(at));
                Some(filters)
            };
            asked.app.identity.change_filters(permit.scope(), change, permit.deed())?;
            Ok(data(&removed.map_or(Value::Null, |filter| shown(permit.scope(), &filter))))
        };
        changed(&asked, source, remove).await
    };
    answered(removed.await)
}

/// The tenant of somebody who may configure any source of it. Whoever may none is told that before anything else.
async fn configures(asked: &Asked) -> Result<TenantId, Problem> {
    asked.run(|asked, _| Ok(asked.reach::<ConfigureSource>()?.whose.tenant)).await
}

async fn changed(
    asked: &Asked,
    source: SourceId,
    change: impl FnOnce(&Asked, &Permit<ConfigureSource>) -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    asked.run(move |asked, _| change(asked, &asked.source_permit(source)?)).await
}

fn replaced(
    asked: &Asked,
    permit: &Permit<ConfigureSource>,
    named: &Named,
    (name, contains): (DisplayName, Option<&str>),
) -> Result<Response, Problem> {
    // A text is refused before the old one is known.
    let replacement = contains.map(|contains| DropFilter::new(name.clone(), contains)).transpose();
    let replacement = replacement.map_err(SetTreatmentError::from)?;
    let mut new = None;
    let change = |mut filters: Vec<DropFilter>| {
        let place = filters.iter_mut().find(|filter| named.is(filter))?;
        let filter = replacement.or_else(|| DropFilter::new(name, place.contains()).ok())?;
        *place = new.insert(filter).clone();
        Some(filters)
    };
    asked.app.identity.change_filters(permit.scope(), change, permit.deed())?;
    Ok(data(&new.map_or(Value::Null, |filter| shown(permit.scope(), &filter))))
}

fn disabled() -> Problem {
    let detail = "a filter without a source is none here: delete it, and add it again when it is wanted";
    Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "source_missing", detail)
}

fn shown(scope: Scope, filter: &DropFilter) -> Value {
    json!({
        "id": Named { source: scope.source, name: filter.name().clone() }.to_string(),
        "organization_id": scope.tenant.to_string(),
        "name": filter.name().as_str(),
        "match": filter.contains(),
        "source_ids": [scope.source.to_string()],
    })
}

// === impl Form ===

impl Form {
    fn source(&self) -> Result<Option<SourceId>, Problem> {
        let named = sources(self.source_ids.as_ref())?;
        if named.len() > 1 { Err(several()) } else { Ok(named.first().copied()) }
    }
}

// === impl Named ===

impl Named {
    /// One that cannot exist is not found, as one that may not be seen.
    fn parse(text: &str) -> Result<Self, Problem> {
        let read = || {
            let (source, name) = text.split_once('-')?;
            let digits = name.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            let name = String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?;
            Some(Self { source: SourceId::parse(source).ok()?, name: DisplayName::parse(&name).ok()? })
        };
        read().filter(|named| named.to_string() == text).ok_or_else(Problem::not_found)
    }

    fn is(&self, filter: &DropFilter) -> bool {
        *filter.name() == self.name
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-", self.source)?;
        self.name.as_str().bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_a_source_and_a_filter_of_it() {
        let id = "0123456789abcdef-67726fc39f6520312f32";
        let named = Named::parse(id).unwrap();
        assert_eq!((named.name.as_str(), named.to_string().as_str()), ("große 1/2", id));
        for text in ["", "0123456789abcdef", "x-67"] {
            assert!(Named::parse(text).is_err(), "{text}");
        }
        for name in ["", "6", "zz", "+6", "6A", "ff", "0a"] {
            assert!(Named::parse(&format!("0123456789abcdef-{name}")).is_err(), "{name}");
        }
    }
}
