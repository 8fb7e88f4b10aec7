//! What is wrong with the three pages, each thing by its name in the list of claims.

use std::collections::BTreeSet;

use claims::lint::{Code, Finding, Severity, Standing, lint};
use claims::template::{Answers, Audience, Customization, Filter, Page, Problem, resolve};

use super::{COMPANY, SERVICE, TEMPLATE, seed};

fn linted(name: &str) -> Option<(Page, Vec<Finding>)> {
    let page = seed(name)?;
    let findings = lint(&page, &Standing::default());
    Some((page, findings))
}

/// That the page of a company has a finding of this code for this observation, whose words have these in them.
#[track_caller]
fn check(observed: &str, code: Code, severity: Severity, words: &str) {
    let Some((_, findings)) = linted(COMPANY) else { return };
    let of: Vec<_> = findings.iter().filter(|finding| finding.concerns(observed)).collect();
    let found = of.iter().any(|f| f.code == code && f.severity == severity && f.words.contains(words));
    assert!(found, "{observed}: {of:#?}");
}

#[track_caller]
fn check_omitted(observed: &str, about: &str) {
    let Some((_, findings)) = linted(COMPANY) else { return };
    let of = findings.iter().filter(|finding| finding.concerns(observed) && finding.code == Code::Omitted);
    let told: Vec<_> = of.map(|finding| finding.wrong.as_str()).collect();
    assert!(told.iter().any(|wrong| wrong.contains(about)), "{observed}: {told:?}");
}

#[test]
fn com_xc_1_a_cloud_and_a_data_centre_of_ones_own_exclude_each_other() {
    check("COM-XC-1", Code::Exclusive, Severity::Blocks, "in the cloud");
}

#[test]
fn com_xc_2_and_com_cloud_3_nobody_chose_a_provider() {
    check("COM-XC-2", Code::Unresolved, Severity::Blocks, "|");
    check("COM-CLOUD-3", Code::Unresolved, Severity::Blocks, "|");
}

#[test]
fn com_cloud_6_other_providers_are_linked_than_named() {
    check("COM-CLOUD-6", Code::LinksAndProviders, Severity::Blocks, "AWS");
    let Some((_, findings)) = linted(COMPANY) else { return };
    let finding = findings.iter().find(|finding| finding.code == Code::LinksAndProviders).unwrap();
    assert_eq!(finding.wrong, "linked and not named: Hetzner; named and not linked: Heroku");
}

#[test]
fn com_xc_3_what_is_encrypted_at_rest_is_said_twice_and_differently() {
    check("COM-XC-3", Code::Contradiction, Severity::Reword, "in the database");
}

#[test]
fn com_xc_4_a_framework_is_used_that_nothing_says_is_followed() {
    check("COM-XC-4", Code::OrphanReference, Severity::Reword, "OWASP");
}

#[test]
fn com_xc_5_an_entry_fell_out_of_its_list() {
    check("COM-XC-5", Code::Structure, Severity::Note, "runtime protection");
}

#[test]
fn com_xc_6_and_com_contact_1_the_address_was_eaten() {
    check("COM-XC-6", Code::UnreadableMail, Severity::Blocks, "[email");
    check("COM-CONTACT-1", Code::UnreadableMail, Severity::Blocks, "[email");
}

#[test]
fn com_xc_7_passwords_are_not_encrypted() {
    check("COM-XC-7", Code::Category, Severity::Reword, "passwords");
}

#[test]
fn com_xc_8_what_the_card_industry_demands_is_not_concluded() {
    check("COM-XC-8", Code::LegalConclusion, Severity::Reword, "not subject");
}

#[test]
fn com_omit_1_to_10_what_is_not_said_is_told() {
    check_omitted("COM-OMIT-1", "security.txt");
    check_omitted("COM-OMIT-2", "how long");
    check_omitted("COM-OMIT-3", "removal");
    check_omitted("COM-OMIT-4", "penetration");
    check_omitted("COM-OMIT-5", "disclosure");
    check_omitted("COM-OMIT-6", "second factor");
    check_omitted("COM-OMIT-7", "single sign-on");
    check_omitted("COM-OMIT-8", "HIPAA");
    check_omitted("COM-OMIT-9", "SOC 2");
    for about in ["transfers", "PCI DSS", "ISO 27001"] {
        check_omitted("COM-OMIT-10", about);
    }
}

#[test]
fn what_the_company_kept_is_not_told_as_left_out() {
    let Some((_, findings)) = linted(COMPANY) else { return };
    let omitted: Vec<_> = findings.iter().filter(|finding| finding.code == Code::Omitted).collect();
    assert_eq!(omitted.len(), 12, "{omitted:#?}");
}

/// Codes of the findings in sentences that make a claim.
fn codes(findings: &[Finding], claim: &str) -> BTreeSet<&'static str> {
    findings.iter().filter(|f| f.at.is_some() && f.concerns(claim)).map(|f| f.code.as_str()).collect()
}

#[test]
fn what_the_page_of_a_log_service_cannot_keep_is_found() {
    let Some((_, findings)) = linted(SERVICE) else { return };
    for (claim, code) in [
        ("TIM-TLS-2", "lint.category"),
        ("TIM-CERT-1", "lint.dead-vocabulary"),
        ("TIM-CERT-2", "lint.superlative"),
        ("TIM-NET-1", "lint.absolute"),
        ("TIM-PHYS-2", "lint.category"),
        ("TIM-AUTH-3", "lint.superlative"),
        ("TIM-EMP-1", "lint.undefined-thing"),
        ("TIM-EMP-5", "lint.undefined-time"),
        ("TIM-IR-2", "lint.hedge"),
        ("TIM-VDP-1", "lint.undefined-time"),
        ("TIM-BB-3", "lint.hedge"),
        ("TIM-BB-13", "lint.hedge"),
    ] {
        assert!(codes(&findings, claim).contains(code), "{claim}: {:?}", codes(&findings, claim));
    }
    let blocking: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Blocks).collect();
    assert!(blocking.is_empty(), "nothing of it is unfinished: {blocking:#?}");
}

#[test]
fn what_the_template_leaves_open_blocks() {
    let Some((page, findings)) = linted(TEMPLATE) else { return };
    let of = |code| findings.iter().filter(move |finding: &&Finding| finding.code == code).count();
    let open = page.sentences().map(|sentence| sentence.choices.len() + sentence.placeholders.len()).sum::<usize>();
    let blocking = findings.iter().filter(|f| f.code == Code::Unresolved && f.severity == Severity::Blocks).count();
    assert_eq!((blocking, open), (18, 18));
    assert_eq!(of(Code::Exclusive), 3, "infrastructure, single sign-on, payment");
    assert_eq!(of(Code::Omitted), 0, "the template leaves nothing out that it has");
    for (claim, code) in [
        ("TPL-TRACE-1", "lint.dead-vocabulary"),
        ("TPL-PS-1", "lint.dead-vocabulary"),
        ("TPL-SDLC-1", "lint.dead-vocabulary"),
        ("TPL-HDR-2", "lint.dead-vocabulary"),
        ("TPL-SOC2-1", "lint.category"),
        ("TPL-GDPR-1", "lint.category"),
        ("TPL-HIPAA-1", "lint.category"),
        ("TPL-SDLC-8", "lint.undefined-time"),
        ("TPL-RETENTION-1", "lint.undefined-thing"),
        ("TPL-BACKUP-3", "lint.guarantee"),
        ("TPL-EMP-1", "lint.contradiction"),
        ("TPL-NET-4", "lint.unresolved"),
    ] {
        assert!(codes(&findings, claim).contains(code), "{claim}: {:?}", codes(&findings, claim));
    }
}

#[test]
fn the_template_is_filtered_by_its_guidance() {
    let Some(page) = seed(TEMPLATE) else { return };
    let titles = |audience, customization| {
        let filter = Filter { audience, customization };
        page.filtered(filter).map(|(_, section)| section.id.clone()).collect::<BTreeSet<_>>()
    };
    let all = titles(None, None);
    assert_eq!(all.len(), page.sections.len());
    let everyone = titles(Some(Audience::Everyone), None);
    assert!(everyone.contains("data-encryption") && !everyone.contains("dedicated-security-team"));
    let growing = titles(Some(Audience::Growing), None);
    assert!(growing.contains("gdpr") && !growing.contains("ddos-protection"), "{growing:?}");
    let untouched = titles(None, Some(Customization::None));
    assert!(untouched.contains("ddos-protection") && !untouched.contains("compliance") && !untouched.contains("hipaa"));
    let unread = page.sections.iter().enumerate().filter(|(place, section)| {
        section.level == 2 && (page.customization(*place).is_none() || page.audience(*place).is_none())
    });
    let unread: Vec<_> = unread.map(|(_, section)| section.id.as_str()).collect();
    assert_eq!(unread, ["overview"], "only the first section names no audience");
}

#[test]
fn the_template_resolves_only_when_everything_is_answered() {
    let Some(page) = seed(TEMPLATE) else { return };
    let problems = resolve(&page, &Answers::default()).unwrap_err();
    let count = |is: fn(&Problem) -> bool| problems.iter().filter(|problem| is(problem)).count();
    assert_eq!(count(|problem| matches!(problem, Problem::Unresolved { .. })), 4);
    assert_eq!(count(|problem| matches!(problem, Problem::NoDomain { .. })), 14);
    assert_eq!(count(|problem| matches!(problem, Problem::Refused { .. })), 3, "{problems:#?}");

    let answers = Answers::from_json(ANSWERS.as_bytes()).unwrap();
    let draft = resolve(&page, &answers).unwrap();
    let text = draft.to_markdown();
    assert!(text.contains("built on AWS Outposts and Google Cloud Platform."), "{text}");
    assert!(text.contains("[SOC 2 Type 2](") && text.contains("https%3A%2F%2Flogs.example"), "{text}");
    assert!(!text.contains("DOMAIN") && !text.contains("__") && !text.contains(" | "), "{text}");
    let claims: BTreeSet<_> = draft.sections.iter().flat_map(|s| &s.sentences).flat_map(|s| &s.claims).collect();
    assert!(claims.contains(&"TPL-SSO-1".to_owned()) && !claims.contains(&"TPL-SSO-2".to_owned()));
    let without: Vec<_> = draft.sections.iter().flat_map(|s| &s.sentences).filter(|one| one.claims.is_empty()).collect();
    assert!(without.is_empty(), "{without:#?}");
    let dropped = resolve(&page, &Answers { choices: [].into(), ..answers }).unwrap_err();
    assert!(dropped.iter().all(|problem| matches!(problem, Problem::Unresolved { .. })), "{dropped:#?}");
}

const ANSWERS: &str = r#"{
  "domain": "logs.example",
  "choices": {
    "cloud-infrastructure/3#1": ["AWS Outposts", "Google Cloud Platform"],
    "151:14": "yearly",
    "soc2/1#1": "2",
    "payment-information/1#1": "Stripe"
  },
  "deleted": [
    "data-center-security", "cloud-infrastructure/8", "cloud-infrastructure/9", "single-sign-on/2", "pci-compliance",
    "payment-information/3", "payment-information/4"
  ]
}"#;
