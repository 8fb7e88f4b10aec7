//! Problems of saved views, of short links, of alerts and of where they tell.

use axum::http::StatusCode;
use identity::{AlertError, DestinationError, LinkError, SaveViewError};
use search::SeriesError;
use watch::{LinkedError, RuleError, ViewError};

use super::Problem;

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        let code = match error {
            ViewError::Query => "query_too_long",
            ViewError::Columns => "columns_invalid",
            ViewError::Time => "time_invalid",
            ViewError::Field => "field_invalid",
            ViewError::Percentile => "percentile_invalid",
        };
        Self::new(UNPROCESSABLE, code, error.to_string())
    }
}

impl From<SaveViewError> for Problem {
    fn from(error: SaveViewError) -> Self {
        let (status, code) = match error {
            SaveViewError::View(error) => return error.into(),
            SaveViewError::Catalog(error) => return error.into(),
            SaveViewError::NoView => (NOT_FOUND, "not_found"),
            SaveViewError::NoSource => (UNPROCESSABLE, "source_unknown"),
            SaveViewError::TooMany => (CONFLICT, "too_many"),
            SaveViewError::NoKeeper => (StatusCode::FORBIDDEN, "keeper_missing"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<LinkedError> for Problem {
    fn from(error: LinkedError) -> Self {
        let code = match error {
            LinkedError::View(error) => return error.into(),
            LinkedError::Zone => "zone_invalid",
            LinkedError::Record(_) => "record_invalid",
            LinkedError::TooLong => "link_too_long",
        };
        Self::new(UNPROCESSABLE, code, error.to_string())
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        let (status, code) = match error {
            LinkError::Linked(error) => return error.into(),
            LinkError::Catalog(error) => return error.into(),
            LinkError::NoLink => (NOT_FOUND, "not_found"),
            LinkError::NoSource => (UNPROCESSABLE, "source_unknown"),
            LinkError::TooMany => (CONFLICT, "too_many"),
            LinkError::NoKeeper => (StatusCode::FORBIDDEN, "keeper_missing"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        let code = match error {
            RuleError::Query => "query_too_long",
            RuleError::Window => "window_invalid",
            RuleError::Threshold | RuleError::Always => "threshold_invalid",
        };
        Self::new(UNPROCESSABLE, code, error.to_string())
    }
}

impl From<AlertError> for Problem {
    fn from(error: AlertError) -> Self {
        let (status, code) = match error {
            AlertError::Rule(error) => return error.into(),
            AlertError::Catalog(error) => return error.into(),
            AlertError::NoAlert => (NOT_FOUND, "not_found"),
            AlertError::NoSource => (UNPROCESSABLE, "source_unknown"),
            AlertError::TooMany => (CONFLICT, "too_many"),
            AlertError::Destinations => (UNPROCESSABLE, "destinations_invalid"),
            AlertError::NoKeeper => (StatusCode::FORBIDDEN, "keeper_missing"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<DestinationError> for Problem {
    fn from(error: DestinationError) -> Self {
        let (status, code) = match error {
            DestinationError::Catalog(error) => return error.into(),
            DestinationError::NoDestination => (NOT_FOUND, "not_found"),
            DestinationError::TooMany => (CONFLICT, "too_many"),
            DestinationError::NoMember => (UNPROCESSABLE, "user_unknown"),
            DestinationError::TooManyAsked => {
                return Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", error.to_string()).retry_after(600);
            }
            DestinationError::NoSecret => (CONFLICT, "secret_missing"),
            DestinationError::WrongCode => (UNPROCESSABLE, "code_wrong"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<SeriesError> for Problem {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::Scan(error) => error.into(),
            SeriesError::Memory => Self::new(UNPROCESSABLE, "query_memory", error.to_string()),
        }
    }
}
