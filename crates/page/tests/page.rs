//! The page from outside: what it shows of an overview, and what it never does.

mod sample;

use std::collections::BTreeSet;

use claims::document::{Overview, Published};
use claims::{Class, Group, State};
use model::{Timestamp, limits};
use page::{Change, Figures};
use serde_json::Value;

/// The line of the tick.
const TICK: &str = "M2.5 8.5l3.5 3.5L13.5 4";

type Spoil = fn(&mut Published);

const TAGS: &[&str] = &[
    "!DOCTYPE",
    "html",
    "head",
    "meta",
    "title",
    "link",
    "body",
    "a",
    "header",
    "div",
    "svg",
    "path",
    "h1",
    "h2",
    "h3",
    "h4",
    "bdi",
    "p",
    "time",
    "ul",
    "li",
    "b",
    "s",
    "nav",
    "span",
    "main",
    "section",
    "article",
    "code",
    "blockquote",
    "figure",
    "figcaption",
    "details",
    "summary",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "desc",
    "text",
    "rect",
    "pre",
    "footer",
];
const ATTRIBUTES: &[&str] = &[
    "html",
    "lang",
    "charset",
    "name",
    "content",
    "rel",
    "type",
    "title",
    "href",
    "class",
    "id",
    "width",
    "height",
    "viewBox",
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "role",
    "d",
    "datetime",
    "x",
    "y",
    "rx",
    "scope",
    "tabindex",
];
const VOID: &[&str] = &["!DOCTYPE", "meta", "link"];

// --- what comes first ---

#[test]
fn a_failing_claim_comes_first_and_is_not_folded() {
    let page = page::html(&sample::overview(), &sample::figures());
    let main = page.split_once("<main").expect("a main part").1;
    let (before, found) = main.split_once("Not as promised.").expect("what was found");
    assert!(!before.contains("<details"), "nothing is folded before it");
    assert!(before.contains("claim-bh-durable-1") && !before.contains("Verified"));
    assert!(found.contains("Verified"));
}

#[test]
fn that_nothing_is_failing_is_said_with_its_whole() {
    let mut overview = sample::overview();
    overview.claims.retain(|one| one.state == State::Pass);
    let whole = overview.claims.len();
    assert!(page::html(&overview, &Figures::default()).contains(&format!("0 of {whole} sentences are failing.")));
}

#[test]
fn every_claim_is_counted_once_and_there_is_no_score() {
    let overview = sample::overview();
    let page = page::html(&overview, &Figures::default());
    let tally = between(&page, r#"<ul class="tally""#, "</ul>");
    let whole = overview.claims.len();
    let counted = tally.split("<b>").filter_map(|part| part.split_once(&format!(" of {whole}</b>"))?.0.parse::<usize>().ok());
    assert_eq!(counted.sum::<usize>(), whole);
    assert!(tally.contains("3</b> of the library not claimed here") && tally.contains("2</b> with details kept back"));
    assert!(!page.contains('%') && !page.contains("score of"));
}

#[test]
fn what_is_not_claimed_is_there_with_its_reason() {
    let overview = sample::overview();
    let page = page::html(&overview, &Figures::default());
    for one in &overview.not_claimed {
        assert!(page.contains(&one.id) && page.contains(&one.reason), "{}", one.id);
    }
    assert!(page.contains("The publisher keeps back the details of 2 claims."));
}

// --- what a claim is shown as ---

#[test]
fn statements_have_no_tick_no_strip_and_no_evidence() {
    let overview = sample::overview();
    let page = page::html(&overview, &Figures::default());
    let statements = overview.claims.iter().filter(|one| one.attested.is_some());
    let mut seen = 0;
    for one in statements {
        let card = card(&page, one);
        for absent in [TICK, "class=\"strip\"", "/evidence/", "Verified"] {
            assert!(!card.contains(absent), "{}: {absent}", one.id);
        }
        assert!(card.contains("Ada Beispiel") && card.contains("Head of engineering") && card.contains("statement"));
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn a_tick_needs_a_fresh_result_whose_looks_held_and_whose_twins_were_found() {
    let good = || sample::verified("A", Group::AtRest, "A", "A.");
    let spoilt: [(&str, Spoil); 7] = [
        ("a look is broken", |one| first_check(one).look.verdict = "broken".to_owned()),
        ("a look could not be taken", |one| first_check(one).look.verdict = "not-run".to_owned()),
        ("the twin was not found", |one| first_check(one).twin = "held".to_owned()),
        ("there is no check", |one| one.measured.iter_mut().for_each(|measured| measured.checks.clear())),
        ("it is old", |one| one.measured.iter_mut().for_each(|measured| measured.budget_minutes = 17)),
        ("its time is none", |one| one.measured.iter_mut().for_each(|measured| measured.at = "yesterday".to_owned())),
        ("there is no result", |one| one.measured = None),
    ];
    assert!(shown(&good()).contains(TICK));
    for (reason, spoil) in spoilt {
        let mut one = good();
        spoil(&mut one);
        assert!(!shown(&one).contains(TICK), "{reason}");
    }
    for state in State::ALL {
        assert_eq!(shown(&Published { state, ..good() }).contains(TICK), state == State::Pass, "{state}");
    }
}

#[test]
fn what_only_people_can_say_is_not_verified_when_nobody_signed_it() {
    let one = sample::verified("A", Group::Organisation, "A", "A.");
    let card = shown(&Published { class: Class::Organisational, measured: None, ..one });
    assert!(card.contains("Nobody has signed it here.") && !card.contains(TICK) && !card.contains("class=\"strip\""));
}

#[test]
fn only_a_sentence_that_stands_is_plain() {
    for state in State::ALL {
        let card = shown(&sample::in_state(state, "A", Group::AtRest, "A", "The sentence."));
        let plain = card.contains(r#"<p class="sentence"><bdi>The sentence.</bdi></p>"#);
        assert_eq!(plain, state == State::Pass, "{state}");
    }
}

#[test]
fn every_count_shows_its_whole() {
    let overview = sample::overview();
    let page = page::html(&overview, &Figures::default());
    let claims = overview.claims.iter().filter(|one| one.attested.is_none());
    let measured = claims.filter_map(|one| Some((one, one.measured.as_ref()?)));
    for (one, measured) in measured {
        for count in measured.checks.iter().flat_map(|check| &check.look.counts) {
            let whole = count.whole.map(|whole| format!(" of {}", grouped(whole))).unwrap_or_default();
            let told = format!("<b>{}{whole}</b> <bdi>{}</bdi>", grouped(count.counted), count.what);
            assert!(card(&page, one).contains(&told), "{told}");
        }
    }
}

#[test]
fn a_count_without_a_whole_is_only_told() {
    let mut one = sample::verified("A", Group::AtRest, "A", "A.");
    first_check(&mut one).look.counts.iter_mut().for_each(|count| count.whole = None);
    assert!(shown(&one).contains("<b>18,402</b> <bdi>data keys within their day</bdi>"));
}

#[test]
fn a_claim_shows_what_it_does_not_say_without_being_unfolded() {
    let card = shown(&sample::verified("A", Group::AtRest, "A", "A."));
    let before = card.split_once("<details").expect("something folded").0;
    assert!(before.contains("Does not say who holds the other end of a connection."));
    for part in ["What would show it to be untrue", "From inside", "Nobody looked from outside.", "SOC2 CC6.1", "and found it."] {
        assert!(card.contains(part), "{part}");
    }
}

#[test]
fn of_a_sealed_failure_nothing_that_was_found_leaves_in_any_form() {
    let mut overview = sample::overview();
    let sealed = overview.claims.iter_mut().find(|one| one.state == State::SealedFail).expect("a sealed one");
    // The document should hold none of it. If it does, the page still keeps it back.
    let told =
        sample::check("canary-check", claims::document::Vantages::Outside, "canary-summary", &[("canary-count", 1, Some(2))]);
    sealed.measured = Some(sample::measured(vec![told]));
    sealed.control = "canary-control".to_owned();
    let id = sealed.id.clone();
    let made = [
        page::html(&overview, &Figures::default()),
        page::claim_html(&overview, &id, &sample::changes()).expect("its page"),
        page::feed(&overview, &sample::changes()),
        page::badge(&overview),
        page::oscal_component_definition(&overview).to_string(),
        page::oscal_assessment_results(&overview).to_string(),
    ];
    assert!(made.iter().all(|text| !text.contains("canary-")));
    let page = &made[0];
    assert!(page.contains("Failing, details kept back") && page.contains("2026-12-01 21:15 UTC"));
}

// --- what the page never does ---

#[test]
fn no_page_has_a_script_a_style_of_its_own_or_a_handler() {
    let overview = sample::overview();
    check_markup(&page::html(&overview, &sample::figures()));
    for one in &overview.claims {
        check_markup(&page::claim_html(&overview, &one.id, &sample::changes()).expect("its page"));
    }
}

#[test]
fn hostile_text_is_text_wherever_it_stands() {
    let long = format!("{}{}", "<b>".repeat(1_000), "W".repeat(7_000));
    for hostile in
        ["<script>alert(1)</script>", "\" onload=\"alert(1)", "' style='x", "</style></svg><img src=x>", "{{7*7}}&lt;", &long]
    {
        let text = page::html(&everywhere(hostile), &Figures::default());
        check_markup(&text);
        let (overview, changes) = (everywhere(hostile), changes_of(hostile));
        check_markup(&page::claim_html(&overview, hostile, &changes).expect("its page"));
        for xml in [page::feed(&overview, &changes), page::badge(&overview)] {
            assert!(!xml.contains("<script") && !xml.contains("<img") && !xml.contains("<b>"), "{xml}");
        }
    }
}

#[test]
fn what_turns_or_hides_text_is_spelt_out() {
    let text = page::html(&everywhere("safe\u{202e}evil\u{200b}\u{0}"), &Figures::default());
    assert!(text.contains("safe[U+202E]evil[U+200B][U+0000]"));
    assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{0}']));
    let results = page::oscal_assessment_results(&everywhere("safe\u{202e}evil")).to_string();
    assert!(!results.contains('\u{202e}'));
}

#[test]
fn links_stay_on_this_host_whatever_ids_say() {
    let overview = everywhere("//evil.example/../x");
    let page = page::html(&overview, &Figures::default());
    for href in page.split("href=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)) {
        assert!(href.starts_with('#') || (href.starts_with("/security") && !href.contains("/..")), "{href}");
    }
}

#[test]
fn each_id_of_an_element_is_there_once_and_each_reference_is_found() {
    let page = page::html(&sample::overview(), &sample::figures());
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    let hrefs = page.split("href=\"#").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    let labels = page.split("aria-labelledby=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    for reference in hrefs.chain(labels.flat_map(str::split_whitespace)) {
        assert!(unique.contains(reference), "{reference}");
    }
}

#[test]
fn an_overview_of_nothing_is_a_page() {
    let overview = nothing();
    check_markup(&page::html(&overview, &Figures::default()));
    assert!(page::html(&overview, &Figures::default()).contains("Nothing is claimed here."));
    assert_eq!(page::claim_html(&overview, "A", &[]), None);
    assert!(page::badge(&overview).contains("0 of 0 verified"));
    assert!(page::feed(&overview, &[]).contains("</feed>"));
}

#[test]
fn the_style_sheet_loads_nothing() {
    for word in ["url(", "@import", "@font-face", "expression"] {
        assert!(!page::STYLE.contains(word), "{word}");
    }
}

// --- history, feed, badge ---

#[test]
fn the_history_of_a_claim_has_its_changes_and_no_others() {
    let page = page::claim_html(&sample::overview(), "BH-DURABLE-1", &sample::changes()).expect("its page");
    assert!(page.contains("2 times, 1 day 6 h together."));
    assert!(page.contains("first published") && page.contains("it held again") && page.contains("not yet"));
    assert!(!page.contains("2026-11-24 21:15"), "the change of another claim");
}

#[test]
fn a_feed_tells_each_change_once_and_keeps_its_ids() {
    let (overview, changes) = (sample::overview(), sample::changes());
    let ids =
        |feed: &str| -> Vec<String> { feed.split("<id>").skip(1).map(|part| between(part, "", "</id>").to_owned()).collect() };
    let first = page::feed(&overview, &changes);
    let later = page::feed(&Overview { made: "2026-11-25T12:00:00Z".to_owned(), ..overview.clone() }, &changes);
    assert_eq!(ids(&first), ids(&later));
    assert_eq!(ids(&first).iter().collect::<BTreeSet<_>>().len(), changes.len() + 1);
    assert!(first.contains("<updated>2026-11-25T08:02:00Z</updated>"));
    let elsewhere = page::feed(&Overview { url: "https://other.example/security".to_owned(), ..overview }, &changes);
    assert!(ids(&elsewhere).iter().all(|id| !ids(&first).contains(id)));
}

#[test]
fn a_feed_is_bounded_and_keeps_the_newest() {
    let at = |n: i64| Timestamp::from_nanos(0).plus_seconds(n);
    let change = |n| Change { at: at(n), ..sample::changes().remove(0) };
    let changes: Vec<Change> = (0..1_000).map(change).collect();
    let feed = page::feed(&sample::overview(), &changes);
    assert_eq!(feed.matches("<entry>").count(), limits::FEED_ENTRIES_MAX);
    assert!(feed.contains(&at(999).to_string()) && !feed.contains(&format!(">{}<", at(0))));
}

#[test]
fn a_badge_counts_and_does_not_judge() {
    let badge = page::badge(&sample::overview());
    assert!(badge.contains("7 of 16 verified, 2 failing, 2 not measured, 2 ended, 3 stated"));
    assert!(!badge.to_lowercase().contains("secure"));
    assert!(!badge.contains("<style") && !badge.contains("style="));
}

// --- OSCAL ---

#[test]
fn ids_in_oscal_are_unique_of_version_5_and_every_reference_is_found() {
    let overview = sample::overview();
    for document in [page::oscal_component_definition(&overview), page::oscal_assessment_results(&overview)] {
        let mut strings = Vec::new();
        collect(&document, "", &mut strings);
        let ids: Vec<&str> = strings.iter().filter(|(key, _)| key == "uuid").map(|(_, id)| id.as_str()).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes().get(14) == Some(&b'5')));
        let references = strings.iter().filter_map(|(key, text)| match key.as_str() {
            "observation-uuid" => Some(text.as_str()),
            "source" | "href" => text.strip_prefix('#'),
            _ => None,
        });
        for reference in references {
            assert!(unique.contains(reference), "{reference}");
        }
    }
}

#[test]
fn a_finding_is_satisfied_only_where_the_page_shows_its_sentence_as_standing() {
    let overview = sample::overview();
    let results = page::oscal_assessment_results(&overview);
    let findings = results["assessment-results"]["results"][0]["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), overview.claims.len());
    for (finding, one) in findings.iter().zip(&overview.claims) {
        assert_eq!(finding["target"]["target-id"], one.id);
        assert_eq!(finding["target"]["status"]["state"] == "satisfied", one.state == State::Pass, "{}", one.id);
    }
}

#[test]
fn documents_change_their_id_with_their_time_and_things_in_them_do_not() {
    let now = sample::overview();
    let later = Overview { made: "2026-11-25T12:00:00Z".to_owned(), ..now.clone() };
    let id = |overview: &Overview| page::oscal_assessment_results(overview)["assessment-results"]["uuid"].clone();
    let finding = |overview: &Overview| {
        page::oscal_assessment_results(overview)["assessment-results"]["results"][0]["findings"][0]["uuid"].clone()
    };
    assert_ne!(id(&now), id(&later));
    assert_eq!(finding(&now), finding(&later));
}

#[test]
fn oscal_has_no_empty_lists_and_no_empty_text() {
    for overview in [sample::overview(), nothing(), everywhere(""), everywhere(" \n ")] {
        for document in [page::oscal_component_definition(&overview), page::oscal_assessment_results(&overview)] {
            check_not_empty(&document);
        }
    }
}

// --- what the tests share ---

/// The markup of one claim on a page of its own.
fn shown(one: &Published) -> String {
    let mut overview = nothing();
    overview.claims.push(one.clone());
    card(&page::html(&overview, &Figures::default()), one).to_owned()
}

fn card<'a>(page: &'a str, one: &Published) -> &'a str {
    let start = format!("<article id=\"claim-{}\"", one.id.to_ascii_lowercase());
    between(page, &start, "</article>")
}

/// What stands between the first `start` and the `end` after it, or nothing.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(found, _)| found)
}

fn first_check(one: &mut Published) -> &mut claims::document::CheckShown {
    one.measured.as_mut().and_then(|measured| measured.checks.first_mut()).expect("the sample has a check")
}

fn grouped(n: u64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

fn nothing() -> Overview {
    Overview { claims: Vec::new(), not_claimed: Vec::new(), withheld: 0, ..sample::overview() }
}

/// The sample with this text in place of all text that is not a time, a state or the page's address.
fn everywhere(text: &str) -> Overview {
    let mut document = serde_json::to_value(sample::overview()).expect("an overview is JSON");
    put(&mut document, "", text);
    serde_json::from_value(document).expect("still an overview")
}

fn put(value: &mut Value, key: &str, text: &str) {
    const KEPT: [&str; 13] =
        ["url", "made", "group", "speaks", "class", "state", "since", "at", "vantage", "from", "until", "day", "worst"];
    match value {
        Value::String(old) if !KEPT.contains(&key) => text.clone_into(old),
        Value::Array(list) => list.iter_mut().for_each(|one| put(one, key, text)),
        Value::Object(map) => map.iter_mut().for_each(|(key, one)| put(one, key, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn changes_of(text: &str) -> Vec<Change> {
    let changed =
        |change: Change| Change { claim: text.to_owned(), title: text.to_owned(), statement: Some(text.to_owned()), ..change };
    sample::changes().into_iter().map(changed).collect()
}

/// Every tag and attribute is one that we write, and every element is closed where it was opened.
fn check_markup(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag)) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
            continue;
        }
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(TAGS.contains(&name), "<{tag}>");
        while !rest.is_empty() {
            let (attribute, value) = rest.split_once("=\"").unwrap_or((rest, "\""));
            assert!(ATTRIBUTES.contains(&attribute), "{attribute} in <{tag}>");
            rest = value.split_once('"').map_or("", |(_, rest)| rest).trim_start();
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn collect(value: &Value, key: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((key.to_owned(), text.clone())),
        Value::Array(list) => list.iter().for_each(|one| collect(one, key, found)),
        Value::Object(map) => map.iter().for_each(|(key, one)| collect(one, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_not_empty(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.is_empty() && text.trim() == text, "{text:?}"),
        Value::Array(list) => {
            assert!(!list.is_empty());
            list.iter().for_each(check_not_empty);
        }
        Value::Object(map) => map.values().for_each(check_not_empty),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
