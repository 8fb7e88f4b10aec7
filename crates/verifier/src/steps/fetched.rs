//! The page and the signed overview, as bytes.

use std::io;

use model::limits;

use crate::report::{Step, StepReport};
use crate::site::{Answer, Site};

#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) page: Answer,
    pub(crate) html: String,
    pub(crate) signed: Vec<u8>,
}

pub(crate) fn fetch(site: &mut Site<'_>) -> (StepReport, Option<Fetched>) {
    let mut step = StepReport::new(Step::Fetched);
    let (page, signed) = (site.address.page.clone(), site.address.signed());
    let page = take(site, &page, limits::OVERVIEW_PAGE_BYTES_MAX);
    let signed = take(site, &signed, limits::OVERVIEW_SIGNED_BYTES_MAX);
    match (page, signed) {
        (Ok(page), Ok(signed)) => {
            step.tell(format!("{} bytes of page, {} bytes signed, over TLS 1.3", page.body.len(), signed.body.len()));
            let html = String::from_utf8_lossy(&page.body).into_owned();
            (step, Some(Fetched { page, html, signed: signed.body }))
        }
        (page, signed) => {
            step.tell("the page cannot be looked at");
            [page.err(), signed.err()].into_iter().flatten().for_each(|why| step.could_not(None, why));
            (step, None)
        }
    }
}

fn take(site: &mut Site<'_>, path: &str, bytes_max: usize) -> Result<Answer, String> {
    let answer = site.get(path, bytes_max).map_err(|error| format!("{path}: {}", reason(&error)))?;
    if answer.status == 200 { Ok(answer) } else { Err(format!("{path}: status {}", answer.status)) }
}

/// An error's own words, where a library wraps them.
fn reason(error: &io::Error) -> String {
    error.get_ref().map_or_else(|| error.to_string(), ToString::to_string)
}
