//! The numbers by state as a small image for other pages.
//!
//! Always holds: it counts and does not judge; what is failing is on it whenever anything is.

use claims::document::Overview;
use maud::html;

use crate::standing::{Standing, tally};
use crate::text::spelt_out;

const HEIGHT: usize = 20;
/// Units that a character of 11 takes; the image is stretched to it wherever the font differs.
const CHARACTER: usize = 6;
const MARGIN: usize = 8;
const LABEL: &str = "promises";
/// What the standings are summed up as, in this order.
const WORDS: [&str; 5] = ["verified", "failing", "not measured", "ended", "stated"];

#[must_use]
pub fn badge(overview: &Overview) -> String {
    let whole = overview.claims.len();
    let counts = tally(overview);
    let sum = |told: &str| counts.iter().filter(|(standing, _)| word(*standing) == told).map(|(_, n)| n).sum::<usize>();
    let others = WORDS.into_iter().skip(1).map(|told| (sum(told), told)).filter(|(n, _)| *n > 0);
    let told: String = others.map(|(n, told)| format!(", {n} {told}")).collect();
    let told = format!("{} of {whole} verified{told}", sum("verified"));
    let failing = counts.iter().any(|(standing, _)| standing.is_failing());
    let (label, width) = (room(LABEL), room(LABEL) + room(&told));
    // Words say it; the darker or redder ground only helps to find it.
    let ground = if failing { "#B3261E" } else { "#55625A" };
    let image = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(HEIGHT) viewBox={ "0 0 " (width) " " (HEIGHT) }
            role="img" aria-label={ (LABEL) ": " (told) } {
            title { (LABEL) ": " (told) }
            path fill="#17201B" d={ "M0 0h" (label) "v" (HEIGHT) "H0z" } {}
            path fill=(ground) d={ "M" (label) " 0H" (width) "v" (HEIGHT) "H" (label) "z" } {}
            g fill="#FFFFFF" font-family="IBM Plex Sans, Verdana, sans-serif" font-size="11" {
                text x=(MARGIN) y="14" textLength=(label - 2 * MARGIN) { (LABEL) }
                text x=(label + MARGIN) y="14" textLength=(width - label - 2 * MARGIN) { (told) }
            }
        }
    };
    spelt_out(image.into_string())
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "verified",
        Standing::Failing | Standing::Sealed => "failing",
        Standing::Unmeasured | Standing::Stale => "not measured",
        Standing::Ended | Standing::Withdrawn | Standing::NotClaimed => "ended",
        Standing::Follows | Standing::Signed | Standing::Documented => "stated",
    }
}

fn room(text: &str) -> usize {
    text.chars().count() * CHARACTER + 2 * MARGIN
}
