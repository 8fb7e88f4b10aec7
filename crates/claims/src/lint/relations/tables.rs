//! Which claims exclude, contradict and belong to each other.

use super::Apart;

/// Alternatives of a template: one of both may stay.
pub(super) const EXCLUSIVE: &[Apart] = &[
    Apart {
        one: &["TPL-CLOUD-1", "TPL-CLOUD-2"],
        other: &["TPL-DC-5"],
        wrong: "no machines of one's own, and machines apart from those of others",
        instead: "keep the section that is true",
        observes: &["COM-XC-1"],
    },
    Apart {
        one: &["TPL-SSO-1"],
        other: &["TPL-SSO-2"],
        wrong: "two alternatives for single sign-on",
        instead: "keep the one that is offered, or say both in one sentence",
        observes: &[],
    },
    Apart {
        one: &["TPL-PAY-1", "TPL-PAY-3", "TPL-PAY-4"],
        other: &["TPL-PAY-5", "TPL-PAY-6", "TPL-PCI-1"],
        wrong: "payments are somebody else's, and one's own",
        instead: "keep the one that is true",
        observes: &[],
    },
];

/// Two sentences about one thing that say different things.
pub(super) const CONTRADICTIONS: &[Apart] = &[
    Apart {
        one: &["TPL-REST-1"],
        other: &["COM-NET-11"],
        wrong: "data at rest is encrypted in the database here, and by the block there",
        instead: "say once which layer encrypts what",
        observes: &["COM-XC-3"],
    },
    Apart {
        one: &["TPL-EMP-1"],
        other: &["TPL-EMP-2"],
        wrong: "nobody is let in, and then somebody is",
        instead: "say both in one sentence, with how often it happened",
        observes: &[],
    },
];

/// Entries of one list each.
pub(super) const LISTS: &[&[&str]] = &[
    &["TPL-NET-3", "TPL-NET-7", "TPL-NET-8", "TPL-NET-9"],
    &["TPL-MON-1", "TPL-MON-3", "TPL-AUDIT-1", "TPL-TRACE-1"],
    &["TPL-RASP-1", "TPL-HDR-1", "TPL-AUTO-1"],
    &["TPL-SDLC-2", "TPL-SDLC-3", "TPL-SDLC-4", "TPL-SDLC-6", "TPL-SDLC-7", "TPL-SDLC-8"],
];

/// What a publisher's mail protection leaves of an address, in lower case.
pub(super) const EATEN: &[&str] = &["[email protected]", "[email\u{a0}protected]", "email-protection", "[at]", "(at)"];

/// Names of providers, and how they are written.
pub(super) const PROVIDERS: &[(&str, &str)] = &[
    ("AWS", "aws | amazon web services"),
    ("Google Cloud Platform", "google cloud | google cloud platform | gcp"),
    ("Microsoft Azure", "azure"),
    ("Heroku", "heroku"),
    ("Hetzner", "hetzner"),
    ("OVHcloud", "ovh | ovhcloud"),
    ("Scaleway", "scaleway"),
    ("DigitalOcean", "digitalocean | digital ocean"),
    ("Oracle Cloud", "oracle cloud"),
    ("IBM Cloud", "ibm cloud"),
    ("Alibaba Cloud", "alibaba cloud"),
    ("Exoscale", "exoscale"),
    ("Fly.io", "fly io"),
    ("Render", "render"),
];

/// Frameworks of secure development, and how they are written.
pub(super) const FRAMEWORKS: &[(&str, &str)] = &[
    ("the OWASP Top 10", "owasp"),
    ("the CWE Top 25", "cwe | sans"),
    ("NIST's framework", "nist"),
    ("the CIS benchmarks", "cis"),
];

/// What a template has a word for. A page that makes none of the claims says nothing about it.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) title: &'static str,
    pub(super) ids: &'static [&'static str],
    pub(super) observes: &'static [&'static str],
}

pub(super) const TOPICS: &[Topic] = &[
    missing("how to report, as security.txt", &["TPL-SECTXT-1"], &["COM-OMIT-1"]),
    missing("how long data is kept", &["TPL-RETENTION-1", "TPL-RETENTION-2", "TPL-RETENTION-3"], &["COM-OMIT-2"]),
    missing("the removal of data on request", &["TPL-ERASE-1"], &["COM-OMIT-3"]),
    missing("penetration tests", &["TPL-SDLC-8"], &["COM-OMIT-4"]),
    missing("the disclosure of vulnerabilities", DISCLOSURE, &["COM-OMIT-5"]),
    missing("a second factor for users", &["TPL-2FA-1", "TPL-2FA-2"], &["COM-OMIT-6"]),
    missing("single sign-on", &["TPL-SSO-1", "TPL-SSO-2"], &["COM-OMIT-7"]),
    missing("HIPAA", &["TPL-HIPAA-1", "TPL-HIPAA-2", "TPL-HIPAA-3"], &["COM-OMIT-8"]),
    missing("a SOC 2 report", &["TPL-SOC2-1", "TPL-SOC2-2"], &["COM-OMIT-9"]),
    missing("the basis of transfers to the United States", &["TPL-PS-1"], &["COM-OMIT-10"]),
    missing("PCI DSS", &["TPL-PCI-1", "TPL-PCI-2", "TPL-PCI-3"], &["COM-OMIT-10"]),
    missing("ISO 27001", &["TPL-ISO-1"], &["COM-OMIT-10"]),
    missing("how to reach whoever is responsible", &["TPL-CONTACT-1", "TIM-VDP-2", "TIM-CONTACT-2"], &[]),
    missing("who is responsible for security", &["TPL-TEAM-1", "TPL-TEAM-2", "TPL-TEAM-3"], &[]),
    missing("where it runs", &["TPL-CLOUD-1", "TPL-CLOUD-3", "COM-CLOUD-3", "TPL-DC-1", "COM-DC-1", "TIM-PHYS-1"], &[]),
    missing("the network", &["TPL-NET-1", "TPL-NET-2", "TPL-NET-3", "TPL-NET-7", "TIM-NET-1", "TIM-NET-2"], &[]),
    missing("attacks that overload", &["TPL-DDOS-1"], &[]),
    missing("encryption in transit", &["TPL-TLS-1", "TIM-TLS-1", "COM-NET-10"], &[]),
    missing("encryption at rest", &["TPL-REST-1", "TIM-REST-1", "COM-NET-11"], &[]),
    missing("backups", &["TPL-BACKUP-1", "TPL-BACKUP-2", "TPL-BACKUP-4"], &[]),
    missing("monitoring", &["TPL-MON-1", "TPL-MON-3", "TPL-AUDIT-1"], &[]),
    missing("protection at run time", &["TPL-RASP-1", "TPL-HDR-1", "TPL-AUTO-1"], &[]),
    missing("development", &["TPL-SDLC-1", "TPL-SDLC-3", "TIM-SDLC-1", "TIM-SDLC-2"], &[]),
    missing("guessed passwords", &["TPL-ATO-1"], &[]),
    missing("roles", &["TPL-RBAC-1", "TPL-RBAC-2"], &[]),
    missing("the GDPR", &["TPL-GDPR-1"], &[]),
    missing("payments", &["TPL-PAY-1", "TPL-PAY-5"], &[]),
    missing("access by staff", &["TPL-EMP-1", "TIM-EMP-1", "TIM-EMP-3", "TIM-DATA-1"], &[]),
];

const DISCLOSURE: &[&str] = &["TPL-VDP-1", "TPL-VDP-6", "TPL-VDP-8", "TIM-VDP-1", "TIM-VDP-3", "TIM-BB-1"];

const fn missing(title: &'static str, ids: &'static [&'static str], observes: &'static [&'static str]) -> Topic {
    Topic { title, ids, observes }
}
