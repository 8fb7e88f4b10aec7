//! An overview with a claim of every standing, for tests and for the example that is looked at.

use claims::document::{
    Attested, CheckShown, Counted, DayState, Document, LogProof, Look, Measured, NotClaimed, Overview, PublicLog, Published,
    Sealed, Signatory, Vantages,
};
use claims::{Class, Group, Speaks, State};
use model::{Day, Timestamp};
use page::{Change, Figures, Grant, GrantBars, IsolationMap, KeyDay, KeyState, KeyTimeline, Wall};

const MADE: &str = "2026-11-25T11:00:00Z";
/// 2026-11-25.
const TODAY: i32 = 20_782;
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(crate) fn overview() -> Overview {
    Overview {
        format: claims::document::FORMAT,
        publisher: "Example Logs GmbH".to_owned(),
        url: "https://logs.example/security".to_owned(),
        made: MADE.to_owned(),
        log: log(),
        claims: claims(),
        not_claimed: vec![
            not_claimed(
                "TIM-BEST-1",
                Group::Organisation,
                "Best practices",
                "A superlative has no check. Instead the page names each practice and what was found of it.",
            ),
            not_claimed(
                "TIM-DDOS-1",
                Group::Network,
                "Floods from outside",
                "Where it runs decides, and nothing here can look at that network.",
            ),
            not_claimed(
                "TPL-NET-4",
                Group::Network,
                "A bastion for administration",
                "The installation has one listener and no administrative network.",
            ),
        ],
        withheld: 2,
    }
}

fn log() -> PublicLog {
    PublicLog {
        origin: "logs.example/public".to_owned(),
        key: "logs.example/public+5bd7d3a1+AdDzLDFpUBlmAjCXG0bJxJBgVM5yz8yrLsJcWOtnmOGf".to_owned(),
        checkpoint: concat!(
            "logs.example/public\n18402\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\n",
            "— logs.example/public W9fTobk4cvGNfpN+wH8EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE=\n",
        )
        .to_owned(),
        page: Some(proof()),
    }
}

fn claims() -> Vec<Published> {
    let mut claims = standing();
    claims.extend([broken(), sealed(), signed(), documented(), follows()]);
    claims.extend([
        in_state(
            State::Stale,
            "TIM-CERT-1",
            Group::InTransit,
            "Issuer of certificates",
            "Certificates come from the authority that is named here.",
        ),
        in_state(
            State::Unknown,
            "TPL-TLS-2",
            Group::InTransit,
            "TLS profile",
            "Connections use TLS 1.3 with the suites of profile 2026-1.",
        ),
        Published {
            attested: Some(attested()),
            ..in_state(
                State::Expired,
                "TIM-EMP-7",
                Group::Organisation,
                "Confidentiality",
                "Everybody who works here has signed a promise of confidentiality.",
            )
        },
        in_state(
            State::Withdrawn,
            "TIM-PAY-1",
            Group::Compliance,
            "Card data",
            "Card numbers are kept by the payment provider alone.",
        ),
    ]);
    claims
}

fn standing() -> Vec<Published> {
    vec![
        Published {
            measured: Some(measured(vec![
                check(
                    "guard.listeners-known",
                    Vantages::Inside,
                    "Every socket that listens is a TLS listener of the inventory.",
                    &[("listening sockets", 3, Some(3))],
                ),
                check(
                    "server.plaintext-refused",
                    Vantages::Outside,
                    "Nothing that was sent in clear was answered, and the marker in it was not found.",
                    &[("listeners that refuse clear text", 3, Some(3)), ("protocols tried", 5, Some(5))],
                ),
            ])),
            denominator: Some("the kernel's table of listening sockets of this process".to_owned()),
            covers: vec!["TPL-TLS-1".to_owned()],
            ..verified(
                "TIM-TLS-1",
                Group::InTransit,
                "Encryption in transit",
                "All connections to and from this service use TLS.",
            )
        },
        verified(
            "TIM-REST-4",
            Group::AtRest,
            "Rotation of keys",
            "Data keys rotate every 24 hours, and each source has its own.",
        ),
        verified("TIM-REST-1", Group::AtRest, "Encryption at rest", "Everything that is stored is encrypted with AES-256."),
        verified(
            "TIM-SEP-1",
            Group::Isolation,
            "Sources apart",
            "One operation reads one source, and a key of one source opens no other.",
        ),
        verified(
            "TIM-APIKEY-1",
            Group::ApiKeys,
            "Keys for everything",
            "Every route that is not on the public list asks for a key or a session.",
        ),
        verified("TPL-2FA-1", Group::Users, "Second factor", "People can protect their account with a second factor."),
        verified(
            "TIM-EMP-3",
            Group::StaffAccess,
            "Access with approval",
            "Staff read a tenant's data only while an approval that the tenant signed lasts.",
        ),
    ]
}

pub(crate) fn verified(id: &str, group: Group, title: &str, sentence: &str) -> Published {
    let checks = vec![check(
        "seal.data-keys-end",
        Vantages::Inside,
        "No data key sealed anything outside its UTC day.",
        &[("data keys within their day", 18_402, Some(18_402)), ("sources with a key of today", 14, Some(14))],
    )];
    Published {
        id: id.to_owned(),
        covers: Vec::new(),
        group,
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        sentence_digest: DIGEST.to_owned(),
        speaks: Speaks::Deployment,
        class: Class::Software,
        state: State::Pass,
        since: "2026-09-10T08:00:00Z".to_owned(),
        denominator: None,
        control: "The server can only be given listeners that speak TLS; there is no setting for clear text.".to_owned(),
        falsifier: "A socket that listens and is not in the inventory, or an answer to bytes in clear.".to_owned(),
        limits: "Does not say who holds the other end of a connection.".to_owned(),
        frameworks: ["SOC2 CC6.1", "ISO27001 A.8.24", "GDPR 32(1)(a)", "HIPAA 164.312(e)(1)"].map(str::to_owned).to_vec(),
        measured: Some(measured(checks)),
        sealed: None,
        embargo_hours: None,
        attested: None,
        days: days(None),
    }
}

pub(crate) fn in_state(state: State, id: &str, group: Group, title: &str, sentence: &str) -> Published {
    let mut one = Published { state, days: days(Some(state)), ..verified(id, group, title, sentence) };
    if let Some(measured) = &mut one.measured {
        measured.reason = format!("For this sample it is {state}.");
    }
    one
}

fn broken() -> Published {
    let mut checks = vec![check(
        "store.parts-whole",
        Vantages::Inside,
        "One part did not match its digest.",
        &[("parts that verify", 36, Some(37))],
    )];
    if let Some(first) = checks.first_mut() {
        first.look.verdict = "broken".to_owned();
    }
    let one = in_state(
        State::Fail,
        "BH-DURABLE-1",
        Group::Retention,
        "Nothing is lost",
        "Whatever was acknowledged is there until its retention ends.",
    );
    let measured = Measured { reason: "A look from inside found it broken.".to_owned(), ..measured(checks) };
    Published { since: "2026-11-25T08:02:00Z".to_owned(), measured: Some(measured), ..one }
}

fn sealed() -> Published {
    let one = in_state(State::SealedFail, "TIM-SEP-2", Group::Isolation, "No question across sources", "");
    let sealed = Sealed {
        since: "2026-11-24T21:15:00Z".to_owned(),
        until: "2026-12-01T21:15:00Z".to_owned(),
        commitment: "dGhlIGxlYWYgaGFzaCBvdmVyIGEgc2VjcmV0IGFuZCBtb3JlLg==".to_owned(),
        proof: proof(),
    };
    Published { since: "2026-11-24T21:15:00Z".to_owned(), sealed: Some(sealed), embargo_hours: Some(168), measured: None, ..one }
}

fn signed() -> Published {
    Published {
        class: Class::Organisational,
        speaks: Speaks::Organisation,
        measured: None,
        attested: Some(attested()),
        ..verified("TIM-DEV-2", Group::Development, "Reviews", "Every change is read by a second person before it is released.")
    }
}

fn documented() -> Published {
    let document = Document {
        issuer: "Example Certification Ltd".to_owned(),
        id: "ISMS-2026-0117".to_owned(),
        scope: "data centres FRA-1 and FRA-2".to_owned(),
        valid_until: "2027-06-30T00:00:00Z".to_owned(),
    };
    Published {
        class: Class::Inherited,
        speaks: Speaks::ThirdParty,
        measured: None,
        attested: Some(Attested { document: Some(document), ..attested() }),
        ..verified("TIM-DC-1", Group::Infrastructure, "Data centre", "The data centre is certified to ISO 27001.")
    }
}

fn follows() -> Published {
    Published {
        measured: None,
        days: Vec::new(),
        ..verified("TPL-OVERVIEW-1", Group::Page, "This page", "This page shows as true only what was found to be.")
    }
}

fn attested() -> Attested {
    let by = |name: &str, role: &str| Signatory {
        name: name.to_owned(),
        role: role.to_owned(),
        at: "2026-09-10T08:00:00Z".to_owned(),
    };
    Attested {
        id: "0123456789abcdef".to_owned(),
        attestation: DIGEST.to_owned(),
        by: vec![by("Ada Beispiel", "Head of engineering"), by("Noor Voorbeeld", "Security officer")],
        needed: 2,
        from: "2026-09-10T00:00:00Z".to_owned(),
        until: "2027-03-10T00:00:00Z".to_owned(),
        document: None,
        attachments: vec![DIGEST.to_owned()],
        not_before_checkpoint: "logs.example/public\n17011\nR2JtcGxhY2Vob2xkZXJwbGFjZWhvbGRlcnBsYWNlaG8=\n".to_owned(),
        proof: proof(),
    }
}

pub(crate) fn measured(checks: Vec<CheckShown>) -> Measured {
    Measured {
        at: "2026-11-25T10:42:00Z".to_owned(),
        budget_minutes: 60,
        reason: "Every look held.".to_owned(),
        checks,
        statement: DIGEST.to_owned(),
        proof: proof(),
    }
}

/// In a log of 18 402 entries; the path of this one has 12 hashes.
fn proof() -> LogProof {
    let proof = (0..12).map(|i| format!("{}h3JwbGFjZWhvbGRlcnBsYWNlaG9sZGVycGxhY2Vob2w=", char::from(b'a' + i))).collect();
    LogProof { entry: 18_399, leaf: "bGVhZg==".to_owned(), proof }
}

pub(crate) fn check(id: &str, vantage: Vantages, summary: &str, counts: &[(&str, u64, Option<u64>)]) -> CheckShown {
    let counts =
        counts.iter().map(|(what, counted, whole)| Counted { what: (*what).to_owned(), counted: *counted, whole: *whole });
    CheckShown {
        check: id.to_owned(),
        vantage,
        look: Look { verdict: "held".to_owned(), summary: summary.to_owned(), counts: counts.collect() },
        twin: "broken".to_owned(),
    }
}

/// 90 days: two weeks before the first measurement, one failure, and today.
fn days(today: Option<State>) -> Vec<DayState> {
    let state = |i: i32| match i {
        0..14 => None,
        52 => Some(State::Fail),
        53 => Some(State::Unknown),
        89 => today.or(Some(State::Pass)),
        _ => Some(State::Pass),
    };
    (0..90).map(|i| DayState { day: Day::from_number(TODAY - 89 + i).to_string(), worst: state(i) }).collect()
}

fn not_claimed(id: &str, group: Group, title: &str, reason: &str) -> NotClaimed {
    NotClaimed { id: id.to_owned(), group, title: title.to_owned(), reason: reason.to_owned() }
}

pub(crate) fn figures() -> Figures {
    let key = |i: i32| KeyDay {
        day: Day::from_number(TODAY - i),
        state: match i {
            0 => KeyState::Sealing,
            1..24 => KeyState::Ended,
            _ => KeyState::Destroyed,
        },
    };
    let sources = [30, 30, 12, 3].map(|days| (0..days).map(key).collect()).to_vec();
    let wall = |what: &str, tried, refused| Wall { what: what.to_owned(), tried, refused };
    let walls = vec![
        wall("search with another source's key", 12, 12),
        wall("SQL that names two sources", 4, 4),
        wall("live tail with another source's key", 12, 12),
        wall("an object moved to another source", 32, 31),
        wall("fields and histogram", 0, 0),
    ];
    let to = Timestamp::parse(MADE).unwrap_or_default();
    let from = to.plus_seconds(-90 * 86_400);
    let grant = |day: i64, hours: i64, readings| Grant {
        from: from.plus_seconds(day * 86_400),
        to: from.plus_seconds(day * 86_400 + hours * 3_600),
        readings,
    };
    Figures {
        keys: Some(KeyTimeline { sources, whole: 14 }),
        isolation: Some(IsolationMap { walls }),
        grants: Some(GrantBars { from, to, grants: vec![grant(20, 4, 6), grant(61, 48, 131)] }),
    }
}

pub(crate) fn changes() -> Vec<Change> {
    let change = |claim: &str, at: &str, from, to| Change {
        claim: claim.to_owned(),
        title: "Nothing is lost".to_owned(),
        at: Timestamp::parse(at).unwrap_or_default(),
        from,
        to,
        statement: Some(DIGEST.to_owned()),
    };
    vec![
        change("BH-DURABLE-1", "2026-09-10T08:00:00Z", None, State::Pass),
        change("BH-DURABLE-1", "2026-10-18T02:10:00Z", Some(State::Pass), State::Fail),
        change("BH-DURABLE-1", "2026-10-18T04:00:00Z", Some(State::Fail), State::Unknown),
        change("BH-DURABLE-1", "2026-10-19T05:30:00Z", Some(State::Unknown), State::Pass),
        change("BH-DURABLE-1", "2026-11-25T08:02:00Z", Some(State::Pass), State::Fail),
        change("TIM-SEP-2", "2026-11-24T21:15:00Z", Some(State::Pass), State::SealedFail),
    ]
}
