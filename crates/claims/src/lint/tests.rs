//! Linting pages of our own.

use super::*;

/// A page of sentences that can be kept, each with a claim behind it.
const CLEAN: &str = "\
# Security of the log service

## Contact

Write to us at [security@logs.example](mailto:security@logs.example).
How to report is in our [security.txt](https://logs.example/.well-known/security.txt).

## Cloud infrastructure

Our service is built on Hetzner.
You can read more about its practices here:

- [Hetzner](https://www.hetzner.com/legal/privacy-policy)

## Data encryption

In transit: data that is sent to or from our 4 listeners is encrypted in transit with TLS 1.3.
At rest: AES-256-GCM protects all data at rest.
Keys rotate every 24 hours.

## Retention

We keep usage data, which means requests by address and hour, for 90 days.
You can ask for its removal on request.

## Staff

Account access needs your written approval, given before it, and ends after 60 minutes.

## Backups

Backups are encrypted. We restore a backup every 7 days into a machine of its own.

## Development

- Developers finish a training each year; 9 of 9 did in 2026.
- Penetration tests: by a named firm, in May 2026.
";

fn page(text: &str) -> Page {
    Page::read(text.as_bytes()).unwrap()
}

fn found(text: &str, standing: &Standing) -> Vec<Finding> {
    lint(&page(text), standing).into_iter().filter(|finding| finding.code != Code::Omitted).collect()
}

/// That a page of one sentence has a finding of this code, at these words.
#[track_caller]
fn check(sentence: &str, code: Code, words: &str) {
    let found = found(&format!("# Page\n\n{sentence}\n"), &Standing::default());
    assert!(found.iter().any(|f| f.code == code && f.words == words && f.at.is_some()), "{sentence}: {found:#?}");
}

#[track_caller]
fn check_not(sentence: &str, code: Code) {
    let found = found(&format!("# Page\n\n{sentence}\n"), &Standing::default());
    assert!(!found.iter().any(|finding| finding.code == code), "{sentence}: {found:#?}");
}

#[test]
fn nothing_is_found_on_a_clean_page() {
    let standing = Standing::default().with_counted("TIM-REST-1").with_counted("TPL-SDLC-2");
    let mut found = found(CLEAN, &standing);
    // Defined in the same sentence: a person sees that, a list of words does not.
    found.retain(|finding| finding.words != "usage data" && finding.words != "each");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_absolute_needs_an_inventory_and_an_outcome_a_drill() {
    check("AES-256 protects all data at rest.", Code::Absolute, "all");
    let code = |ids: &[&str], standing: &Standing| {
        let text = "We ensure that all backups are encrypted.";
        lint_sentence(text, ids, standing).into_iter().map(|(range, code, _)| (&text[range], code)).collect::<Vec<_>>()
    };
    let none = Standing::default();
    let (all, ensure) = (("all", Code::Absolute), ("ensure", Code::Guarantee));
    assert_eq!(code(&["TPL-BACKUP-4"], &none), [all, ensure]);
    assert_eq!(code(&["TPL-BACKUP-4"], &none.clone().with_counted("TPL-BACKUP-4")), [ensure]);
    assert_eq!(code(&["TPL-BACKUP-4"], &none.clone().with_drilled("TPL-BACKUP-4")), [all]);
    assert_eq!(code(&[], &none.with_counted("TPL-BACKUP-4").with_drilled("TPL-BACKUP-4")), [all, ensure]);
}

#[test]
fn only_what_is_checked_stands_behind_strong_words() {
    let library = |disposition: &str| {
        let text = format!(
            "[[claim]]\nid = \"A-1\"\ncovers = [\"B-1\"]\ngroup = \"backups\"\ntitle = \"t\"\nsentence = \"s\"\n\
             speaks = \"deployment\"\nclass = \"software\"\ndenominator = \"backups\"\ncontrol = \"c\"\nfalsifier = \"f\"\n\
             limits = \"l\"\nevidence = [\"drill\"]\n{disposition}\n"
        );
        Standing::of(&Library::from_files([("a.toml", text.as_str())]).unwrap())
    };
    let checked = library("disposition = { kind = \"checked\", checks = [\"a.b\"], budget = 60 }");
    assert!(lint_sentence("We ensure all.", &["B-1"], &checked).is_empty());
    let attested = library("disposition = { kind = \"attested\", max-days = 90, quorum = 1 }");
    let codes: Vec<_> = lint_sentence("We ensure all.", &["A-1"], &attested).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, [Code::Guarantee], "people count, and drill nothing");
    let not_yet = library("disposition = { kind = \"not-yet\", missing = \"m\" }");
    assert_eq!(lint_sentence("We ensure all.", &["B-1"], &not_yet).len(), 2);
}

#[test]
fn words_that_cannot_be_kept_are_found_where_they_stand() {
    check("Our **best-in-class** servers.", Code::Superlative, "best-in-class");
    check("We answer [as soon as possible](x).", Code::UndefinedTime, "as soon as");
    check("Tests are bi-annual.", Code::UndefinedTime, "bi-annual");
    check("We follow best practices.", Code::UndefinedThing, "best practices");
    check("We prevent leaks.", Code::Guarantee, "prevent");
    check("We may delete it.", Code::Hedge, "may");
    check("Passwords are encrypted.", Code::Category, "Passwords");
    check("We have a SOC 2 certification.", Code::Category, "SOC 2");
    check("We are GDPR compliant.", Code::Category, "GDPR");
    check("So we are not subject to PCI.", Code::LegalConclusion, "not subject");
    check_not("Passwords are never encrypted but hashed with Argon2id.", Code::Category);
    check_not("It was signed on May 1.", Code::Hedge);
    check_not("An HMAC, as SHA-256, is over encrypted data.", Code::Category);
}

#[test]
fn a_name_that_died_is_told_with_its_date() {
    for (text, words, since) in [
        ("We follow the Privacy Shield.", "Privacy Shield", "2020-07-16"),
        ("We use OpenTracing.", "OpenTracing", "2022-01-31"),
        ("The SANS Top 25 is known.", "SANS Top 25", "2019-09"),
        ("Find our key on Keybase.", "Keybase", "2020-05"),
        ("We use SSL.", "SSL", "2015-06"),
        ("We hold ISO/IEC 27001:2013.", "ISO/IEC 27001:2013", "2025-10-31"),
        ("We follow PCI DSS 4.0.", "PCI DSS 4.0", "2024-12-31"),
        ("See [our grade](https://www.sqreen.io/scan).", "[our grade](https://www.sqreen.io/scan)", "2021-04"),
    ] {
        check(text, Code::DeadVocabulary, words);
        let found = found(text, &Standing::default());
        assert!(found.iter().any(|finding| finding.wrong.ends_with(since)), "{found:#?}");
    }
    check_not("See our SSL Labs report.", Code::DeadVocabulary);
    check_not("We follow PCI DSS 4.0.1.", Code::DeadVocabulary);
}

#[test]
fn what_a_template_leaves_blocks() {
    let blocks = |text: &str, code: Code| {
        let found = found(text, &Standing::default());
        assert!(found.iter().any(|f| f.code == code && f.severity == Severity::Blocks), "{text}: {found:#?}");
    };
    blocks("Keys lie in [Utah | Ohio].", Code::Unresolved);
    blocks("Keys lie in Utah | Ohio.\n\n# A", Code::Unresolved);
    blocks("# A\n\nSee docs.DOMAIN for it.", Code::Unresolved);
    blocks("# A\n\n- one\n-\n", Code::EmptyBullet);
    blocks("# A\n\nOne.\n<!-- two", Code::CommentLeak);
    blocks("Recommended for: every company.", Code::CommentLeak);
    blocks("# Contact\n\nReach out to us at [email protected]", Code::UnreadableMail);
    blocks("# Contact\n\nReach out [here](/cdn-cgi/l/email-protection#a1).", Code::UnreadableMail);
    check_not("We run a bastion host.", Code::Unresolved);
    check("We run a bastion host or VPN.", Code::Unresolved, "bastion host or VPN");
}

#[test]
fn providers_are_linked_as_they_are_named() {
    let page = |named: &str, links: &str| {
        let text = format!("# Cloud\n\nOur service is built on {named}.\nYou can read more about their practices here:\n{links}");
        found(&text, &Standing::default()).into_iter().find(|f| f.code == Code::LinksAndProviders).map(|f| f.wrong)
    };
    assert_eq!(page("Amazon Web Services", "- [AWS](a)\n"), None);
    assert_eq!(page("Little Cloud", "- Little Cloud\n"), None, "a name that no list has");
    let unlinked = page("AWS and Heroku", "- AWS\n");
    assert_eq!(unlinked.as_deref(), Some("linked and not named: none; named and not linked: Heroku"));
    let both = page("AWS and Azure", "- AWS\n- Other Cloud\n");
    assert_eq!(both.as_deref(), Some("linked and not named: Other Cloud; named and not linked: Microsoft Azure"));
}

#[test]
fn a_list_that_is_announced_follows_and_entries_stay_in_it() {
    check("We do this:", Code::Structure, "We do this:");
    check_not("We do this:\n\n- one", Code::Structure);
    check_not("We do this: one.", Code::Structure);
}

#[test]
fn contradictions_are_told_with_both_places() {
    let text = "# A\n\nThis prevents any employee from user data.\n\nBut exceptions are made for support.\n";
    let found = found(text, &Standing::default());
    let finding = found.iter().find(|finding| finding.code == Code::Contradiction).unwrap();
    assert_eq!((finding.at.unwrap().line, finding.also[0].line), (3, 5));
    assert_eq!(finding.claims, ["TPL-EMP-1", "TPL-EMP-2"]);
}

#[test]
fn a_sentence_without_a_claim_is_told() {
    check("The sky is blue.", Code::Unmatched, "The sky is blue.");
}

#[test]
fn findings_stop_at_their_limit_and_say_so() {
    let text = format!("# A\n\n{}", "- The best-in-class DOMAIN never fails fast.\n".repeat(1_500));
    let found = lint(&page(&text), &Standing::default());
    assert_eq!(found.len(), FINDINGS_MAX + 1);
    let last = found.last().unwrap();
    assert_eq!((last.code, last.severity), (Code::TooMany, Severity::Blocks));
}

#[test]
fn codes_are_written_alike_in_code_and_in_json() {
    let text = serde_json::to_string(&found("We may.", &Standing::default())).unwrap();
    assert!(text.contains("\"code\":\"lint.hedge\"") && text.contains("\"severity\":\"reword\""), "{text}");
    for finding in lint(&page("We may ensure all."), &Standing::default()) {
        assert_eq!(serde_json::to_value(finding.code).unwrap(), finding.code.as_str());
    }
}

/// A page made of the library's own sentences has nothing that stops it.
#[test]
fn the_library_says_nothing_that_blocks() {
    let Ok(library) = Library::shipped() else { return };
    let sentences: Vec<_> = library.claims().map(|claim| claim.sentence.as_str()).filter(|text| !text.is_empty()).collect();
    let text = format!("# A\n\n{}", sentences.iter().map(|sentence| format!("- {sentence}\n")).collect::<String>());
    let found = lint(&page(&text), &Standing::of(&library));
    let blocking: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Blocks).collect();
    assert!(blocking.is_empty(), "{blocking:#?}");
}
