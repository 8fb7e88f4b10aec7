//! Every sentence makes the claims that the list of claims says, and no other.

use std::collections::{BTreeMap, BTreeSet};

use claims::lint::{Standing, lint};
use claims::matching::{Match, match_guidance, match_page};
use claims::template::{Page, Section};

use super::{COMPANY, SERVICE, TEMPLATE, file, seed};

/// How the list calls a section, and its titles in the page; where it counts from one again, the next title begins.
const NAMES: &[(&str, &[&str])] = &[
    ("Encrypted VPCs", &["Encrypted VPCs"]),
    ("Data at rest", &["Data At-Rest"]),
    ("Logical separation", &["Logical data separation"]),
    ("Access to your account", &["Access to your account"]),
    ("Direct access to data", &["Direct access to your data"]),
    ("Software life-cycle", &["Software Development Life-Cycle"]),
    ("Disclosure, paragraph 1", &["Vulnerability Disclosure and Reward Program"]),
    ("Disclosure, paragraph 2", &["Vulnerability Disclosure and Reward Program"]),
    ("Disclosure, paragraph 3", &["Vulnerability Disclosure and Reward Program"]),
    ("Disclosure, paragraph 4", &["Vulnerability Disclosure and Reward Program"]),
    ("Restrictions", &["Vulnerability Disclosure and Reward Program"]),
    ("Trusting", &["Trusting Timber"]),
    ("Dedicated team", &["Dedicated Security Team"]),
    ("Data centre", &["Data center security"]),
    ("Network", &["Network level security monitoring and protection"]),
    ("DDoS", &["DDoS protection"]),
    ("Encryption", &["Data encryption"]),
    ("Retention and removal", &["Data retention and removal"]),
    ("Continuity", &["Business continuity and disaster recovery"]),
    ("Monitoring", &["Application security monitoring"]),
    ("Protection", &["Application security protection"]),
    ("Coverage / exclusions", &["Coverage", "Exclusions"]),
    ("Accepted / not included", &["Accepted vulnerabilities are the following", "This bug bounty program does NOT include"]),
    ("Two-factor", &["2-factor authentication"]),
    ("Account takeover", &["Account takeover protection"]),
    ("Account takeover / roles", &["Account takeover protection", "Role-based access control"]),
    ("Roles", &["Role-based access control"]),
    ("Compliance (intro)", &["Compliance"]),
    ("SOC 2", &["SOC2"]),
    ("Privacy Shield", &["EU-U.S. and Swiss-U.S. Privacy Shield"]),
    ("PCI", &["PCI Compliance"]),
    ("Payment", &["Payment information"]),
];

/// What the list says of one page: by section's title and sentence's number, and by title for guidance (number 0).
type Listed = BTreeMap<(String, usize), BTreeSet<String>>;

fn listed(page: usize) -> Option<Listed> {
    let text = String::from_utf8(file("claims/coverage.md")?).unwrap();
    let part = text.split("### 8.").nth(page + 1).unwrap();
    let mut listed = Listed::new();
    for row in part.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| section")) {
        let (name, entries) = row.trim_matches('|').split_once('|').unwrap();
        let name = name.trim();
        if name == "(absent)" {
            continue;
        }
        let titles = NAMES.iter().find(|(called, _)| *called == name).map_or(vec![name], |(_, titles)| titles.to_vec());
        let (mut title, mut last) = (0, 0);
        for entry in entries.split('·').map(str::trim) {
            let (number, ids) = entry.split_once(' ').unwrap();
            let ids: BTreeSet<String> = ids.split(',').map(|id| id.trim().to_owned()).filter(|id| id != "–").collect();
            let numbers: Vec<usize> = number.split('–').map(|one| one.trim_start_matches('S').parse().unwrap_or(0)).collect();
            let (first, end) = (numbers[0], *numbers.last().unwrap());
            if first != 0 && first <= last {
                title += 1;
            }
            last = end.max(last * usize::from(first == 0));
            for number in first..=end {
                assert!(listed.insert((titles[title].to_lowercase(), number), ids.clone()).is_none(), "{name} {number}");
            }
        }
    }
    Some(listed)
}

fn section<'a>(page: &'a Page, title: &str) -> (usize, &'a Section) {
    let found = page.sections.iter().enumerate().find(|(_, section)| section.title.to_lowercase() == title);
    found.unwrap_or_else(|| panic!("no section `{title}`"))
}

fn check(name: &str, number: usize, sentences: usize) {
    let (Some(page), Some(listed)) = (seed(name), listed(number)) else { return };
    let matched = match_page(&page);
    let findings = lint(&page, &Standing::default());
    assert_eq!(matched.len(), sentences, "sentences of {name}");
    let mut seen = 0;
    for ((title, number), expected) in &listed {
        let (place, section) = section(&page, title);
        if *number == 0 {
            let asked: Vec<_> = page.ancestors(place).flat_map(|section| match_guidance(&section.guidance)).collect();
            assert!(expected.iter().all(|id| asked.contains(&id.as_str())), "{title}: {expected:?} in {asked:?}");
            continue;
        }
        let id = format!("{}/{number}", section.id);
        let one = matched.iter().find(|one| one.sentence.id == id).unwrap_or_else(|| panic!("no sentence {id}"));
        let told = findings.iter().filter(|finding| finding.touches(one.sentence.at)).flat_map(|finding| &finding.claims);
        let mut ids: BTreeSet<&str> = one.claims().iter().copied().collect();
        // Observations about the page are made by the linter; promises are matched.
        ids.extend(told.map(String::as_str).filter(|id| id.starts_with("COM-") && expected.contains(*id)));
        let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        assert_eq!(ids, expected, "{name}, {id}: {}", one.sentence.text);
        assert_eq!(one.found == Match::LeadIn, expected.is_empty(), "{id}");
        seen += 1;
    }
    assert_eq!(seen, sentences, "sentences of {name} in the list");
}

#[test]
fn every_sentence_of_the_page_of_a_log_service_makes_its_claims() {
    check(SERVICE, 0, 58);
}

#[test]
fn every_sentence_of_the_template_makes_its_claims() {
    check(TEMPLATE, 1, 112);
}

#[test]
fn every_sentence_of_the_page_of_a_company_makes_its_claims() {
    check(COMPANY, 2, 57);
}
