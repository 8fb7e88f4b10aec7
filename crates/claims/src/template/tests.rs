//! Reading and resolving, with words of our own.

use proptest::prelude::*;

use super::*;
use crate::lint::{Code, exercise};

const OURS: &str = "\
# Ours

<!--- __Recommended for:__ Every company, except if you (ever) hold nothing.
__Explanation:__ A [link](https://a.example/x_(y) and a > b. --->
<!-- __Customization:__ Minor customization. Delete the lines you do not use. -->

Backups lie in [Utah | Ohio | …]. They're kept 30 days, e.g. Mondays.
- See [report [1 | 2]](https://DOMAIN/r?at=https%3A%2F%2FDOMAIN) now
  and later.
- *.DOMAIN
-

**Where**

1. blog.DOMAIN or DOMAIN/docs, write to a@DOMAIN or to DOMAIN.
2. [A | B] \\[not | this\\] and [unclosed | bracket
";

fn page(text: &str) -> Page {
    Page::read(text.as_bytes()).unwrap()
}

fn texts(page: &Page) -> Vec<&str> {
    page.sentences().map(|sentence| sentence.text.as_str()).collect()
}

#[test]
fn a_template_is_sections_sentences_and_bullets_without_its_comments() {
    let page = page(OURS);
    let titles: Vec<_> = page.sections.iter().map(|s| (s.id.as_str(), s.title.as_str(), s.level, s.parent)).collect();
    assert_eq!(titles, [("ours", "Ours", 1, None), ("where", "Where", 7, Some(0))]);
    assert_eq!(page.path(1), "Ours / Where");
    assert_eq!(
        texts(&page),
        [
            "Backups lie in [Utah | Ohio | …].",
            "They're kept 30 days, e.g. Mondays.",
            "See report [1 | 2] now and later.",
            "*.DOMAIN",
            "blog.DOMAIN or DOMAIN/docs, write to a@DOMAIN or to DOMAIN.",
            "[A | B] [not | this] and [unclosed | bracket",
        ]
    );
    let kinds: Vec<_> = page.sentences().map(|sentence| (sentence.kind, sentence.block)).collect();
    let bullet = |block| (Kind::Bullet, block);
    assert_eq!(kinds, [(Kind::Prose, 0), (Kind::Prose, 0), bullet(1), bullet(2), bullet(0), bullet(1)]);
    assert_eq!(page.flaws.iter().map(|flaw| (flaw.what, flaw.at.line)).collect::<Vec<_>>(), [(FlawKind::EmptyBullet, 11)]);
}

#[test]
fn guidance_is_read_though_its_marks_do_not_balance() {
    let page = page(OURS);
    let guidance = &page.sections[0].guidance;
    assert_eq!(guidance.audience, Some(Audience::Everyone));
    assert_eq!(guidance.condition.as_deref(), Some("except if you (ever) hold nothing"));
    assert_eq!(guidance.customization, Some(Customization::Low));
    assert_eq!(guidance.pick, Pick::WhatIsUsed);
    assert_eq!(guidance.explanation, "A [link](https://a.example/x_(y) and a > b.");
    assert_eq!(page.audience(1), Some(Audience::Everyone), "what lies within has the same readers");
}

#[test]
fn the_rungs_of_both_ladders_are_read_from_their_words() {
    let rungs = |recommended: &str, customization: &str| {
        let text = format!("# A\n<!--- __Recommended for:__ {recommended} __Customization:__ {customization} --->\n");
        let guidance = page(&text).sections[0].guidance.clone();
        (guidance.audience, guidance.customization, guidance.pick)
    };
    assert_eq!(
        rungs(">Series A/Series B", "No customization."),
        (Some(Audience::Growing), Some(Customization::None), Pick::Everything)
    );
    assert_eq!(
        rungs(">Series B", "Highly customizable"),
        (Some(Audience::Established), Some(Customization::High), Pick::Everything)
    );
    let one = "Medium customization. Delete the paragraph that isn’t relevant.";
    assert_eq!(rungs("All shops", one), (Some(Audience::Everyone), Some(Customization::Medium), Pick::OneOf));
    assert_eq!(rungs("whoever", "somehow"), (None, None, Pick::Everything));
    assert!(Audience::Everyone < Audience::Growing && Customization::Low < Customization::Medium);
}

#[test]
fn choices_know_their_options_and_where_they_stand() {
    let page = page(OURS);
    let choices: Vec<_> = page.sentences().flat_map(|sentence| &sentence.choices).collect();
    let told: Vec<_> = choices.iter().map(|c| (c.id.as_str(), c.options.join(","), c.range, c.place)).collect();
    assert_eq!(
        told,
        [
            ("ours/1#1", "Utah,Ohio".to_owned(), Options::OpenEnded, Place::Text),
            ("ours/3#1", "1,2".to_owned(), Options::Closed, Place::LinkText),
            ("where/2#1", "A,B".to_owned(), Options::Closed, Place::Text),
        ]
    );
    assert_eq!((choices[0].at.line, choices[0].at.column, page.slice(choices[0].at)), (7, 16, "[Utah | Ohio | …]"));
}

#[test]
fn placeholders_have_their_shapes() {
    let page = page(&format!("{OURS}SUBDOMAIN and DOMAINS are words.\n"));
    let found: Vec<_> = page.sentences().flat_map(|sentence| &sentence.placeholders).collect();
    let shapes: Vec<_> = found.iter().map(|placeholder| placeholder.shape).collect();
    use Shape::{Bare, Mail, Path, Query, SubHost, Wildcard};
    assert_eq!(shapes, [Path, Query, Wildcard, SubHost, Path, Mail, Bare]);
    assert!(found.iter().all(|placeholder| page.slice(placeholder.at) == "DOMAIN"));
}

#[test]
fn a_published_page_is_read_from_its_plain_text() {
    let text = "Security\n\n\nOverview\n\n\nWe do this. We do that.\n\nKeys\n\n  • one\n  • two\n    more\n\nThe end of it";
    let page = Page::read_as(text.as_bytes(), Format::Plain).unwrap();
    let titles: Vec<_> = page.sections.iter().map(|section| (section.title.as_str(), section.level)).collect();
    assert_eq!(titles, [("Security", 2), ("Overview", 2), ("Keys", 3), ("The end of it", 2)]);
    assert_eq!(texts(&page), ["We do this.", "We do that.", "one", "two more"]);
    assert_eq!(Format::guess(text), Format::Plain);
    assert_eq!(Format::guess(OURS), Format::Markdown);
}

#[test]
fn a_front_matter_is_not_a_part_of_the_page() {
    let page = page("---\ndescription: \"ours: all\"\n---\n\n# A\n\nText.\n");
    assert_eq!((texts(&page), page.sections.len(), page.sections[0].at.line), (vec!["Text."], 1, 5));
}

#[test]
fn a_comment_that_does_not_end_hides_the_rest_and_is_told() {
    let page = page("# A\n\nOne.\n\n<!-- two\n\nThree.\n");
    assert_eq!(texts(&page), ["One."]);
    assert_eq!(page.flaws[0].what, FlawKind::UnclosedComment);
    let problems = resolve(&page, &Answers::default()).unwrap_err();
    assert!(matches!(problems[..], [Problem::Flawed { .. }]), "{problems:?}");
}

#[test]
fn what_is_too_large_is_refused_with_its_line() {
    use model::limits::{PAGE_BYTES_MAX, PAGE_SECTIONS_MAX, PAGE_SENTENCES_MAX, SENTENCE_BYTES_MAX};
    let refused = |text: String| Page::read(text.as_bytes()).unwrap_err();
    assert!(matches!(refused("a".repeat(PAGE_BYTES_MAX + 1)), ReadError::TooLong { .. }));
    assert!(matches!(refused("# A\n".repeat(PAGE_SECTIONS_MAX + 1)), ReadError::TooManySections { line: 513, .. }));
    assert!(matches!(refused("- a\n".repeat(PAGE_SENTENCES_MAX + 1)), ReadError::TooManySentences { line: 2_049, .. }));
    assert!(matches!(refused(format!("\n{}", "a".repeat(SENTENCE_BYTES_MAX + 1))), ReadError::SentenceTooLong { line: 2, .. }));
    assert!(matches!(Page::read(b"ab\xff"), Err(ReadError::NotText { at: 2 })));
}

// === resolve ===

const SMALL: &str =
    "# Keys\n\nKeys lie in [Utah | Ohio].\nSee [report [1 | 2]](https://DOMAIN/r).\n\n- one\n- two\n\n## Other\n\nMore.\n";

fn answers(json: &str) -> Answers {
    Answers::from_json(json.as_bytes()).unwrap()
}

const GOOD: &str = r#"{"domain": "a.example", "choices": {"keys/1#1": "Utah", "4:13": "2"}}"#;

#[test]
fn a_draft_is_made_of_what_was_answered() {
    let draft = resolve(&page(SMALL), &answers(GOOD)).unwrap();
    let text = "# Keys\n\nKeys lie in Utah. See [report 2](https://a.example/r).\n\n- one\n- two\n\n## Other\n\nMore.\n\n";
    assert_eq!(draft.to_markdown(), text);
    assert_eq!(Page::read(text.as_bytes()).unwrap().sentences().count(), 5, "a draft is a page");
}

#[test]
fn what_was_deleted_or_reworded_is_so_in_the_draft() {
    let mut answers = answers(GOOD);
    answers.deleted = ["other", "keys/3", "keys/4"].map(str::to_owned).into();
    answers.reworded = [("keys/1".to_owned(), "Backups are encrypted. So are keys.".to_owned())].into();
    let draft = resolve(&page(SMALL), &answers).unwrap();
    let text = "# Keys\n\nBackups are encrypted. So are keys. See [report 2](https://a.example/r).\n\n";
    assert_eq!(draft.to_markdown(), text);
    assert_eq!(draft.sections[0].sentences[0].claims, ["TPL-BACKUP-4"]);
}

#[test]
fn nothing_is_made_while_anything_is_open() {
    let problems = |json: &str| resolve(&page(SMALL), &answers(json)).unwrap_err();
    let [Problem::Unresolved { choice, options, at }, Problem::NoDomain { .. }] =
        &problems(r#"{"choices": {"keys/1#1": "Utah"}}"#)[..]
    else {
        panic!("one choice and the domain are open")
    };
    assert_eq!((choice.as_str(), options.join(","), at.line), ("keys/2#1", "1,2".to_owned(), 4));
    let given = |choice: &str, domain: &str, more: &str| {
        problems(&format!(r#"{{"domain": "{domain}", "choices": {{"keys/1#1": {choice}, "keys/2#1": "2"}}{more}}}"#))
    };
    assert!(matches!(&given(r#""Iowa""#, "a.example", "")[..], [Problem::NotAnOption { .. }, ..]));
    assert!(matches!(&given(r#"["Utah", "Ohio"]"#, "a.example", "")[..], [Problem::OneOnly { given: 2, .. }, ..]));
    for domain in ["", "example", "a..example", "-a.example", "A.example", "1.2.3.4", "a.example/x", "a b.example"] {
        assert!(matches!(&given(r#""Utah""#, domain, "")[..], [Problem::NotADomain { .. }, ..]), "{domain}");
    }
    let unknown = given(r#""Utah""#, "a.example", r#", "deleted": ["kyes/1"], "reworded": {"keys/9": "x"}"#);
    assert!(matches!(&unknown[..], [Problem::Unknown { .. }, Problem::Unknown { .. }]), "{unknown:?}");
    for words in ["", "a\\nb"] {
        let own = given(r#""Utah""#, "a.example", &format!(r#", "reworded": {{"keys/1": "{words}"}}"#));
        assert!(own.iter().any(|problem| matches!(problem, Problem::NotASentence { .. })), "{own:?}");
    }
    let bullet = resolve(&page("# A\n\n- one\n-\n"), &Answers::default()).unwrap_err();
    assert!(matches!(bullet[..], [Problem::Flawed { .. }]), "{bullet:?}");
    let all = resolve(&page(SMALL), &answers(r#"{"deleted": ["keys"]}"#)).unwrap_err();
    assert_eq!(all, [Problem::Nothing]);
}

#[test]
fn own_words_cannot_bring_back_what_was_resolved() {
    let refused = |words: &str, code: Code| {
        let mut answers = answers(GOOD);
        answers.reworded = [("keys/1".to_owned(), words.to_owned())].into();
        let problems = resolve(&page(SMALL), &answers).unwrap_err();
        let found = problems.iter().any(|problem| matches!(problem, Problem::Refused { finding } if finding.code == code));
        assert!(found, "{words}: {problems:?}");
    };
    refused("Keys lie at DOMAIN.", Code::Unresolved);
    refused("Keys lie in [Utah | Ohio].", Code::Unresolved);
    refused("Keys lie in Utah | Ohio.", Code::Unresolved);
    refused("Keys lie in Utah, Ohio, …", Code::Unresolved);
    refused("Write to us at [email protected].", Code::UnreadableMail);
    refused("<!-- hidden from here on", Code::CommentLeak);
    refused("Explanation: This section tells where keys lie.", Code::CommentLeak);
}

#[test]
fn answers_are_read_strictly() {
    assert!(matches!(Answers::from_json(b"{\"domains\": \"a\"}"), Err(AnswersError::Shape(_))));
    let long = vec![b' '; model::limits::ANSWERS_BYTES_MAX + 1];
    assert!(matches!(Answers::from_json(&long), Err(AnswersError::TooLong { .. })));
    let answers = answers(r#"{"filter": {"audience": "growing", "customization": "low"}}"#);
    assert_eq!(answers.filter, Filter { audience: Some(Audience::Growing), customization: Some(Customization::Low) });
}

// === any bytes ===

/// Pieces that a template is made of, and that nest badly.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "# A\n",
        "## B\n",
        "**C**\n",
        "- ",
        "-\n",
        "* *",
        "\n",
        "\n\n",
        "[",
        "]",
        "(",
        ")",
        " | ",
        "…",
        "DOMAIN",
        "a@DOMAIN",
        "%2FDOMAIN?",
        "<!--- __Explanation:__ ",
        " --->",
        "<!--",
        "-->",
        "\\",
        "`",
        "__",
        "É",
        "日本",
        "’",
        "'",
        ". A",
        "e.g.",
        "U.S.",
        ": ",
        "---\n",
        "1. ",
        "all data ",
        "encrypted passwords ",
        "built on ",
        "service ",
        "read more practices here:",
        "\r\n",
        "\t",
        "\u{a0}",
        "|",
        "•",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_linted_and_every_place_lies_in_it(text in pieces()) {
        exercise(text.as_bytes()).unwrap();
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = exercise(&bytes);
    }

    #[test]
    fn a_draft_is_never_left_open(text in pieces(), domain in prop::option::of(Just("a.example".to_owned()))) {
        let page = page(&text);
        let choices = page.sentences().flat_map(|sentence| &sentence.choices);
        let first = |choice: &Choice| choice.options.first().map(|option| (choice.id.clone(), Chosen::One(option.clone())));
        let answers = Answers { domain, choices: choices.filter_map(first).collect(), ..Answers::default() };
        if let Ok(draft) = resolve(&page, &answers) {
            let again = Page::read_as(draft.to_markdown().as_bytes(), Format::Markdown).unwrap();
            prop_assert!(again.flaws.is_empty(), "{:?}", again.flaws);
            prop_assert!(again.sentences().all(|one| one.choices.is_empty() && one.placeholders.is_empty()));
        }
    }
}
