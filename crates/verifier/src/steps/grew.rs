//! Whether the public log only grew: since the last visit, and since the page was made.

use audit::{Checkpoint, Verifier};
use model::limits;

use super::Visit;
use crate::report::{Step, StepReport};
use crate::tiles::Tiles;

/// Where the public log is served, as C2SP tlog-tiles.
const LOG: &str = "/log/";

/// The log as it is now.
pub(crate) struct Log<'a> {
    pub(crate) tiles: Tiles<'a>,
    /// Its newest checkpoint, as it was signed.
    pub(crate) note: String,
}

/// `None` where no log could be opened. `earlier` is the checkpoint of the last visit.
pub(crate) fn check<'a>(visit: Visit<'a, '_>, earlier: Option<&str>) -> (StepReport, Option<Log<'a>>) {
    let mut step = StepReport::new(Step::Grew);
    let page = match visit.checkpoint() {
        Ok(page) => page,
        Err(why) => {
            step.disagrees(None, "a signed checkpoint of the public log", why);
            return (step, None);
        }
    };
    let (newest, note) = newest(visit, &page, &mut step);
    let fetch = move |path: &str| fetch(visit, path);
    let tiles = match Tiles::open(Box::new(fetch), &newest) {
        Ok(tiles) => tiles,
        Err(error @ crate::tiles::TileError::Missing { .. }) => {
            step.could_not(None, error.to_string());
            return (step, None);
        }
        Err(error) => {
            step.disagrees(None, format!("a log of {} entries", newest.size), error.to_string());
            return (step, None);
        }
    };
    extends(&tiles, (&page, "when the page was made"), &mut step);
    match earlier {
        None => {
            step.note(None, "", format!("first visit: the log has {} entries, and may not lose one from now on", newest.size))
        }
        Some(earlier) => since_last_visit(&tiles, (earlier, visit.verifier), &mut step),
    }
    step.tell(format!("{} entries, signed", newest.size));
    (step, Some(Log { tiles, note }))
}

/// The checkpoint that the log shows now, or the page's where it shows none.
fn newest(visit: Visit<'_, '_>, page: &Checkpoint, step: &mut StepReport) -> (Checkpoint, String) {
    let of_page = || (page.clone(), visit.overview.log.checkpoint.clone());
    let note = match fetch(visit, "checkpoint").map(String::from_utf8) {
        Ok(Ok(note)) => note,
        Ok(Err(_)) => {
            step.disagrees(None, "a checkpoint", "what the log shows as its checkpoint is no text");
            return of_page();
        }
        Err(why) => {
            step.could_not(None, format!("the log's own checkpoint: {why}"));
            return of_page();
        }
    };
    match Checkpoint::open(&note, visit.verifier) {
        Ok(newest) if newest.origin == page.origin => (newest, note),
        Ok(newest) => {
            step.disagrees(None, format!("the log is {}", page.origin), format!("what is served is {}", newest.origin));
            of_page()
        }
        Err(error) => {
            step.disagrees(None, "a signed checkpoint", format!("the log's own checkpoint does not count: {error}"));
            of_page()
        }
    }
}

fn since_last_visit(tiles: &Tiles<'_>, (note, verifier): (&str, &Verifier), step: &mut StepReport) {
    match Checkpoint::open(note, verifier) {
        Ok(earlier) => extends(tiles, (&earlier, "at the last visit"), step),
        Err(error) => step.could_not(None, format!("the checkpoint of the last visit does not count under this key: {error}")),
    }
}

fn extends(tiles: &Tiles<'_>, (earlier, when): (&Checkpoint, &str), step: &mut StepReport) {
    let (had, has) = (earlier.size, tiles.size());
    if had > has {
        step.disagrees(None, format!("the log has {has} entries"), format!("it had {had} {when}: it was cut or rolled back"));
        return;
    }
    match tiles.begins_with(earlier) {
        Ok(true) => {}
        Ok(false) => {
            let saw = format!("the first {had} are not those it had {when}: it was rewritten");
            step.disagrees(None, format!("the log has {has} entries"), saw);
        }
        Err(error) => step.could_not(None, error.to_string()),
    }
}

fn fetch(visit: Visit<'_, '_>, path: &str) -> Result<Vec<u8>, String> {
    let answer = visit.site.borrow_mut().get(&format!("{LOG}{path}"), limits::OVERVIEW_BUNDLE_BYTES_MAX);
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("status {}", answer.status)) }
}
