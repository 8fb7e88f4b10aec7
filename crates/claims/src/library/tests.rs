//! The shipped library against what was asked for, and broken libraries against the rules.
//!
//! `asked.txt` freezes the promises of the three documents that the library answers: `id classes minutes`, where classes are
//! S (software), D (deployment), O (organisational), I (inherited), and minutes the oldest that evidence may be; `-` where
//! nothing was asked. Where the notes that it was made from are at hand, it is held against them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;
use crate::claim::{Class, Minutes};
use crate::lint::{Standing, lint_sentence};

const ASKED: &str = include_str!("asked.txt");

/// Ids of checks that the crates of the product implement.
const CHECKS: [&str; 34] = [
    "audit.trail-verifies",
    "guard.listeners-known",
    "identity.catalog-sealed",
    "identity.guessing-drill",
    "identity.keys-digested",
    "identity.own-roles-drill",
    "identity.passphrases-hashed",
    "identity.provider-statements",
    "identity.roles-everywhere",
    "identity.second-factor-drill",
    "identity.second-factor-told",
    "identity.staff-attempts-told",
    "identity.staff-kinds-apart",
    "identity.staff-listed",
    "identity.staff-openings-counted",
    "identity.staff-with-approval",
    "identity.tenants-counted",
    "policy.wall-proved",
    "seal.data-keys-end",
    "seal.keys-per-source",
    "seal.objects-bound",
    "seal.objects-sealed",
    "server.canary-not-in-clear",
    "server.certificate-chain",
    "server.egress-verified",
    "server.headers",
    "server.page-fresh",
    "server.plaintext-refused",
    "server.routes-deny",
    "server.security-txt",
    "server.sources-apart",
    "server.tls-profile",
    "store.parts-whole",
    "store.retention-kept",
];

/// Where our answer is about something else than the question was, with the reason.
const OTHER_CLASS: [(&str, Class); 3] = [
    // Asked was which layer encrypts; ours is the program.
    ("TPL-REST-4", Class::Software),
    // Asked was for a vendor's impersonation; ours has none.
    ("TIM-EMP-2", Class::Software),
    // A firm's letter says it, and the firm is named.
    ("TPL-SDLC-8", Class::Inherited),
];

/// What no sentence says, whatever stands behind it: praise, verbs of guarantee, time that nobody can measure, things that
/// nobody defined, states that do not exist, hedges, and words whose thing is gone.
const NEVER: [&str; 7] = [
    "best leading highest battle proofed state-of-the-art strong strict safely secure securely excellent robust",
    "guarantee guarantees ensure ensures prevent prevents",
    "quickly rapidly promptly regular regularly periodically bi-annually soon timely",
    "critical select validated appropriate reasonable usage",
    "compliant certified compliance",
    "may might seek discretion generally typically",
    "ssl opentracing sans",
];

/// What is said only over a denominator.
const ABSOLUTE: [&str; 2] =
    ["all any every each never always completely entirely only alone impossible", "no none nobody nothing anybody everybody"];

struct Asked {
    id: &'static str,
    classes: &'static str,
    minutes: Option<u32>,
}

fn asked() -> Vec<Asked> {
    let read = |line: &'static str| {
        let [id, classes, minutes] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        Asked { id, classes, minutes: minutes.parse().ok() }
    };
    ASKED.lines().map(read).collect()
}

fn shipped() -> Library {
    Library::shipped().unwrap()
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_among(lists: &[&str], word: &str) -> bool {
    lists.iter().any(|list| list.split(' ').any(|one| one == word))
}

/// A file of the notes that the library was made from; they are not part of a clone.
fn notes(path: &str) -> Option<String> {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    let text = std::fs::read_to_string(&shared).ok();
    if text.is_none() {
        println!("skipped: {path} is not at hand");
    }
    text
}

/// Ids like `TPL-NET-META-1` in a text; `PAY-5/6` and `OMIT-1…10` are several.
fn ids_in(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let parts = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '-' | '/' | '…')));
    for part in parts.filter(|part| ["TIM-", "TPL-", "COM-"].iter().any(|start| part.starts_with(start))) {
        let Some((stem, numbers)) = part.rsplit_once('-') else { continue };
        let number = |text: &str| text.parse::<u32>().ok();
        let all: Vec<u32> = match (numbers.split_once('…'), numbers.split_once('/')) {
            (Some((from, to)), _) => number(from).zip(number(to)).map(|(from, to)| (from..=to).collect()).unwrap_or_default(),
            (_, Some((one, other))) => [number(one), number(other)].into_iter().flatten().collect(),
            (None, None) => number(numbers).into_iter().collect(),
        };
        ids.extend(all.into_iter().map(|number| format!("{stem}-{number}")));
    }
    ids
}

// --- what was asked for ---

#[test]
fn every_promise_that_was_asked_for_is_answered_by_one_entry_and_no_other_is_ours_by_another_name() {
    let (library, asked) = (shipped(), asked());
    assert_eq!(asked.len(), 216);
    let ids: BTreeSet<&str> = asked.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), asked.len());
    let missing: Vec<_> = ids.iter().filter(|id| library.find(id).is_none()).collect();
    assert!(missing.is_empty(), "not answered: {missing:?}");
    let answered = library.claims().flat_map(Claim::ids);
    let own: Vec<_> = answered.filter(|id| !ids.contains(id)).collect();
    assert!(own.iter().all(|id| id.starts_with("BH-")), "neither asked for nor ours: {own:?}");
}

#[test]
fn the_frozen_list_is_that_of_the_notes() {
    let Some(notes) = notes("claims/claims.md") else { return };
    let tables = notes.split_once("### 1.1 ").unwrap().1.split_once("### 1.17").unwrap().0;
    let first_cells = tables.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.split(" | ").next());
    let found: BTreeSet<String> = first_cells.flat_map(ids_in).collect();
    let frozen: BTreeSet<String> = asked().iter().map(|one| one.id.to_owned()).collect();
    assert_eq!(found, frozen);
}

#[test]
fn every_sentence_of_the_seeds_has_its_entries() {
    let Some(coverage) = notes("claims/coverage.md") else { return };
    let library = shipped();
    let ids = ids_in(&coverage);
    assert!(ids.len() > 200);
    let missing: Vec<_> = ids.iter().filter(|id| library.find(id).is_none()).collect();
    assert!(missing.is_empty(), "not answered: {missing:?}");
}

#[test]
fn an_entry_is_of_the_class_that_was_asked_for() {
    let library = shipped();
    for Asked { id, classes, .. } in asked() {
        let claim = library.find(id).unwrap();
        let letter = match claim.class {
            Class::Software => 'S',
            Class::Deployment => 'D',
            Class::Organisational => 'O',
            Class::Inherited => 'I',
        };
        let excused = OTHER_CLASS.contains(&(id, claim.class));
        assert!(classes == "-" || classes.contains(letter) || excused, "{id} is {:?}, asked was {classes}", claim.class);
    }
}

#[test]
fn evidence_lives_no_longer_than_was_asked() {
    let library = shipped();
    for Asked { id, minutes, .. } in asked() {
        let lives = match &library.find(id).unwrap().disposition {
            Disposition::Checked { budget: Minutes(minutes), .. } => *minutes,
            Disposition::Attested { max_days, .. } | Disposition::Documented { max_days } => max_days.get() * 24 * 60,
            _ => continue,
        };
        let most = minutes.unwrap_or(365 * 24 * 60);
        assert!(0 < lives && lives <= most, "{id} lives {lives} minutes, asked was {most}");
    }
}

// --- what an entry says ---

#[test]
fn sentences_say_nothing_that_cannot_be_measured() {
    for claim in shipped().claims() {
        let said: Vec<_> = words(&claim.sentence).into_iter().filter(|word| is_among(&NEVER, word)).collect();
        assert!(said.is_empty(), "{}: {said:?} in `{}`", claim.id, claim.sentence);
        assert!(!claim.sentence.contains("as soon as") && !claim.sentence.contains(['[', '|', '…']), "{}", claim.id);
    }
}

#[test]
fn an_absolute_has_a_denominator() {
    for claim in shipped().claims().filter(|claim| claim.denominator.is_none()) {
        let said: Vec<_> = words(&claim.sentence).into_iter().filter(|word| is_among(&ABSOLUTE, word)).collect();
        assert!(said.is_empty(), "{}: {said:?} in `{}`", claim.id, claim.sentence);
    }
}

#[test]
fn the_linter_finds_nothing_in_a_sentence_that_has_its_denominator() {
    let library = shipped();
    let lint = |claim: &Claim| {
        let standing = claim.denominator.iter().fold(Standing::default(), |standing, _| standing.with_counted(&claim.id));
        (claim.id.clone(), lint_sentence(&claim.sentence, &[&claim.id], &standing))
    };
    let found: Vec<_> = library.claims().map(lint).filter(|(_, findings)| !findings.is_empty()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn how_it_is_known_fits_who_can_know_it() {
    for claim in shipped().claims() {
        let fits = match &claim.disposition {
            Disposition::Checked { .. } => matches!(claim.class, Class::Software | Class::Deployment),
            Disposition::Attested { .. } => claim.class == Class::Organisational,
            Disposition::Documented { .. } => claim.class == Class::Inherited,
            Disposition::NotYet { missing } => missing.ends_with('.') && !claim.evidence.is_empty(),
            Disposition::BuildRule { rule } => rule.ends_with('.'),
            Disposition::Refused { reason } => reason.contains("Instead"),
            Disposition::Derived { .. } | Disposition::Description => true,
        };
        assert!(fits, "{}: {:?} by {:?}", claim.id, claim.class, claim.disposition);
    }
}

#[test]
fn an_entry_says_how_it_is_kept_how_it_would_be_found_broken_and_what_it_does_not_say() {
    let mut sentences = BTreeSet::new();
    for claim in shipped().claims().filter(|claim| claim.disposition.kind() != Kind::Refused) {
        for text in [&claim.title, &claim.sentence, &claim.control, &claim.falsifier, &claim.limits] {
            assert!(!text.trim().is_empty(), "{} is silent", claim.id);
        }
        assert!(claim.sentence.ends_with('.') && !claim.title.ends_with('.'), "{}", claim.id);
        assert!(sentences.insert(claim.sentence.clone()), "{} repeats another's sentence", claim.id);
    }
}

#[test]
fn no_sentence_is_one_of_the_seeds() {
    const RUN: usize = 5;
    let seeds = ["timber-security.md", "security-overview-template.md", "security-page-of-a-company.txt"];
    for seed in seeds.into_iter().filter_map(|seed| notes(&format!("seeds/{seed}"))) {
        let theirs = words(&seed);
        let theirs: BTreeSet<&[String]> = theirs.windows(RUN).collect();
        for claim in shipped().claims() {
            let ours = words(&claim.sentence);
            let same: Vec<_> = ours.windows(RUN).filter(|run| theirs.contains(run)).collect();
            assert!(same.is_empty(), "{} has {same:?}", claim.id);
        }
    }
}

#[test]
fn checks_that_are_named_exist_and_each_stands_behind_a_claim() {
    let library = shipped();
    let named: BTreeSet<&str> = library.claims().flat_map(Claim::checks).map(String::as_str).collect();
    assert_eq!(named, BTreeSet::from(CHECKS));
}

#[test]
fn what_is_said_of_a_control_names_frameworks() {
    for claim in shipped().claims().filter(|claim| matches!(claim.disposition.kind(), Kind::Checked | Kind::Documented)) {
        let counted = claim.id == "TIM-SCALE-1";
        assert!(counted || claim.frameworks.len() >= 3, "{} names {:?}", claim.id, claim.frameworks);
    }
    let trail = shipped().find("TIM-EMP-4").unwrap().frameworks.clone();
    assert!(["PCI 10.2.1.2", "PCI 10.5.1"].iter().all(|control| trail.iter().any(|named| named == control)));
}

// --- slots ---

#[test]
fn each_slot_is_used_and_with_all_values_each_sentence_can_be_read() {
    let library = shipped();
    let used: BTreeSet<_> = library.claims().flat_map(Claim::slots).filter_map(Slot::from_name).collect();
    assert_eq!(used, BTreeSet::from(Slot::ALL));
    let values: BTreeMap<_, _> = Slot::ALL.map(|slot| (slot, "24".to_owned())).into();
    for claim in library.claims() {
        let sentence = claim.render(&values).unwrap();
        assert!(!sentence.contains(['{', '}']), "{sentence}");
    }
}

#[test]
fn a_value_is_put_in_as_it_is_and_a_missing_one_is_named() {
    let library = shipped();
    let rotation = library.find("TIM-REST-4").unwrap();
    let missing = rotation.render(&BTreeMap::new()).unwrap_err();
    assert_eq!((missing.claim.as_str(), missing.slot.as_str()), ("TIM-REST-4", "key_hours"));
    assert!(rotation.render(&BTreeMap::from([(Slot::KeyHours, String::new())])).is_err());
    let rendered = rotation.render(&BTreeMap::from([(Slot::KeyHours, "{storage}".to_owned())])).unwrap();
    assert!(rendered.contains("nothing after {storage} hours"), "{rendered}");
}

// --- what is not claimed ---

#[test]
fn whatever_is_not_published_is_told_with_its_reason() {
    let library = shipped();
    let published = BTreeSet::from(["TIM-EMP-3", "TIM-TLS-1"]);
    let absent = library.not_claimed(&published);
    let counts = library.counts();
    assert_eq!(absent.len() + published.len() + counts[&Kind::BuildRule] + counts[&Kind::Description], library.claims().len());
    let reason = |id: &str| absent.iter().find(|one| one.id == id).map(|one| one.reason.as_str());
    assert_eq!(reason("TIM-TLS-1"), None);
    assert_eq!(reason("TPL-EMP-1"), Some("It rests on what is not said here: TIM-EMP-4."));
    assert!(reason("TIM-BEST-1").unwrap().contains("Instead"));
    assert!(reason("TPL-BACKUP-2").unwrap().ends_with("backups, and the drill."));
    assert!(absent.iter().all(|one| one.reason.ends_with(['.', ')'])));
}

#[test]
fn the_parts_of_the_page_hold_the_whole_library_and_none_is_empty() {
    let library = shipped();
    let sizes: Vec<_> = Group::ALL.map(|group| library.by_group(group).count()).to_vec();
    assert!(sizes.iter().all(|&size| size > 0), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), library.claims().len());
    assert_eq!(library.counts().values().sum::<usize>(), library.claims().len());
}

// --- broken libraries ---

fn entry(id: &str, sentence: &str, disposition: &str) -> String {
    format!(
        "[[claim]]\nid = \"{id}\"\ngroup = \"page\"\ntitle = \"t\"\nsentence = \"{sentence}\"\nspeaks = \"product\"\n\
         class = \"software\"\ncontrol = \"c\"\nfalsifier = \"f\"\ndisposition = {{ {disposition} }}\nlimits = \"l\"\n"
    )
}

fn check(entries: &[String]) -> Result<Library, LibraryError> {
    Library::from_files([("test.toml", entries.concat().as_str())])
}

#[test]
fn a_broken_library_is_refused_by_name() {
    let checked = "kind = \"checked\", checks = [\"a.b\"], budget = 60";
    let fine = entry("A-1", "It is so.", checked);
    assert_eq!(check(std::slice::from_ref(&fine)).unwrap().claims().len(), 1);

    let id = || "B-1".to_owned();
    let refused = |entry: String| check(&[fine.clone(), entry]).map(|_| ()).unwrap_err();
    assert_eq!(refused(fine.clone()), LibraryError::Twice { id: "A-1".to_owned() });
    assert!(matches!(refused("[[claim]]\nid = 1\n".to_owned()), LibraryError::Syntax { .. }));
    assert!(matches!(refused(fine.replace("A-1", "B-1") + "surprise = 1\n"), LibraryError::Syntax { .. }));
    let none = entry("B-1", "It is so.", "kind = \"checked\", checks = [], budget = 60");
    assert_eq!(refused(none), LibraryError::NoCheck { id: id() });
    assert_eq!(refused(entry("B-1", "", checked)), LibraryError::Sentence { id: id() });
    let said = entry("B-1", "It is so.", "kind = \"refused\", reason = \"r\"");
    assert_eq!(refused(said), LibraryError::Sentence { id: id() });
    for slot in ["key_days", "", "key_hours"] {
        let result = check(&[entry("B-1", &format!("For {{{slot}}} hours."), checked)]).map(|_| ());
        let no_slot = Err(LibraryError::NoSlot { id: id(), slot: slot.to_owned() });
        assert_eq!(result, if slot == "key_hours" { Ok(()) } else { no_slot });
    }
    let derived = |of: &str| entry("B-1", "It is so.", &format!("kind = \"derived\", from = [\"{of}\"]"));
    assert_eq!(refused(derived("C-1")), LibraryError::DerivedFromNothing { id: id(), of: "C-1".to_owned() });
    assert_eq!(refused(derived("B-1")), LibraryError::DerivedFromNoFact { id: id(), of: "B-1".to_owned() });
    check(&[fine.clone(), derived("A-1")]).unwrap();
    let control = entry("B-1", "It is so.", checked) + "frameworks = [\"SOC2 CC6\"]\n";
    assert_eq!(refused(control), LibraryError::NoControl { id: id(), control: "SOC2 CC6".to_owned() });
    let family = "[[family]]\nids = [\"A\"]\ncontrols = [\"PCI four\"]\n".to_owned();
    assert_eq!(refused(family), LibraryError::NoControl { id: "A-1".to_owned(), control: "PCI four".to_owned() });
}
