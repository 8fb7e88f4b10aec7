//! Hosts that claims of a tenant's own page are about, as the reader's machine sees them.
//!
//! | at the end of a sentence | what is looked at |
//! |---|---|
//! | `Measured: TLS, headers, security.txt of HOST, from outside (rule …).` | the host's port 443, or where the reader says |
//!
//! Always holds: a page makes nobody connect to an address that is not of the Internet; hosts are few, and each is asked for
//! two files at most; what a sentence does not name is not held against it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use claims::State;
use claims::document::Published;
use model::{Timestamp, limits};

use super::headers::{directive, hsts_seconds};
use super::{Saw, certificate, hello, security_txt};
use crate::Options;
use crate::address::Address;
use crate::report::{Step, StepReport};
use crate::site::{Answer, Leads, Site};
use crate::steps::Visit;

const MEASURED: &str = " Measured: ";
const FROM_OUTSIDE: &str = ", from outside (rule ";

/// What a sentence says is looked at of which host.
#[derive(Debug, PartialEq, Eq)]
struct Measured<'a> {
    kinds: Vec<&'a str>,
    host: &'a str,
}

/// A host that was connected to, and what was seen of it so far.
struct Seen<'a> {
    site: Site<'a>,
    tls: OnceCell<Vec<Saw>>,
    headers: OnceCell<Vec<Saw>>,
    file: OnceCell<Vec<Saw>>,
}

/// Looks at the hosts of a page's claims; `None` where it has none.
pub(crate) fn probe(visit: Visit<'_, '_>, options: &Options) -> Option<StepReport> {
    let of = |claim| Measured::of(claim).map(|measured| (claim, measured));
    let claims: Vec<(&Published, Measured<'_>)> = visit.overview.claims.iter().filter_map(of).collect();
    let mut addresses: BTreeMap<&str, Address> = BTreeMap::new();
    for (_, measured) in &claims {
        if let Ok(address) = Address::parse(&format!("https://{}", measured.host)) {
            addresses.insert(measured.host, address);
        }
    }
    let clock = visit.site.borrow().clock;
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for (host, address) in addresses.iter().take(limits::OVERVIEW_HOSTS_MAX) {
        let leads = options.connect_to.iter().find(|(known, _)| known == host).map_or(Leads::Public, |(_, at)| Leads::To(*at));
        let site = Site::of_host((address, leads), options.ca_file.as_deref(), clock).ok()?;
        seen.insert(host, Seen { site, tls: OnceCell::new(), headers: OnceCell::new(), file: OnceCell::new() });
    }
    let mut step = StepReport::new(Step::Hosts);
    let mut good = Vec::new();
    for (claim, measured) in &claims {
        let Some(seen) = seen.get_mut(measured.host) else {
            step.note(Some(&claim.id), "", format!("{} was not looked at: too many hosts", measured.host));
            continue;
        };
        for kind in &measured.kinds {
            for saw in seen.of(kind, visit.now) {
                match saw {
                    Saw::AsSaid(what) => good.push(format!("{}: {what}", measured.host)),
                    Saw::Otherwise(what) if claim.state == State::Pass => {
                        let says = format!("{}: “{}”", claim.state, claim.sentence);
                        step.disagrees(Some(&claim.id), says, format!("{}: {what}", measured.host));
                    }
                    Saw::Nothing(why) if claim.state == State::Pass => {
                        step.could_not(Some(&claim.id), format!("{}: {why}", measured.host));
                    }
                    Saw::Otherwise(what) | Saw::Nothing(what) => {
                        step.note(Some(&claim.id), claim.state.to_string(), format!("{}: {what}", measured.host));
                    }
                }
            }
        }
    }
    good.dedup();
    step.tell(good.join("; "));
    (!claims.is_empty()).then_some(step)
}

fn headers(answer: &Answer) -> Vec<Saw> {
    let value = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
    let policy = value("content-security-policy");
    let scripts = directive(&policy, "script-src").or_else(|| directive(&policy, "default-src"));
    let open = |source: &str| {
        let any = ["*", "http:", "https:", "data:", "'unsafe-eval'"].contains(&source);
        let tamed = scripts.is_some_and(|scripts| scripts.contains("'nonce-") || scripts.contains("'sha"));
        any || (source == "'unsafe-inline'" && !tamed)
    };
    let frames = directive(&policy, "frame-ancestors").is_some_and(|who| !who.split_whitespace().any(|one| one == "*"))
        || ["deny", "sameorigin"].contains(&value("x-frame-options").as_str());
    let wanted = [
        (hsts_seconds(&value("strict-transport-security")) >= limits::PROBE_HSTS_SECONDS_MIN, "no HSTS for half a year"),
        (scripts.is_some_and(|scripts| !scripts.split_whitespace().any(open)), "no policy that keeps scripts of others out"),
        (value("x-content-type-options") == "nosniff", "content types may be guessed"),
        (frames, "any site may frame it"),
    ];
    let lacks: Vec<Saw> =
        wanted.iter().filter(|(holds, _)| !holds).map(|(_, lacks)| Saw::Otherwise((*lacks).to_owned())).collect();
    if lacks.is_empty() { vec![Saw::AsSaid("headers are strict".to_owned())] } else { lacks }
}

// === impl Measured ===

impl<'a> Measured<'a> {
    fn of(claim: &'a Published) -> Option<Self> {
        let (_, measured) = claim.sentence.rsplit_once(MEASURED)?;
        let (what, _) = measured.split_once(FROM_OUTSIDE)?;
        let (kinds, host) = what.rsplit_once(" of ")?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        // A name of the Internet: of two labels at least, and no address.
        let last = host.rsplit_once('.')?.1;
        let named = host.bytes().all(is_name) && last.bytes().any(|byte| byte.is_ascii_lowercase());
        named.then(|| Self { kinds: kinds.split(", ").collect(), host })
    }
}

// === impl Seen ===

impl Seen<'_> {
    fn of(&mut self, kind: &str, now: Timestamp) -> Vec<Saw> {
        let Self { site, tls, headers, file } = self;
        match kind {
            "TLS" => tls.get_or_init(|| tls_of(site, now)),
            "headers" => headers.get_or_init(|| match site.get("/", limits::OVERVIEW_ANSWER_BYTES_MAX) {
                Ok(answer) => self::headers(&answer),
                Err(error) => vec![Saw::Nothing(error.to_string())],
            }),
            "security.txt" => file.get_or_init(|| security_txt::probe_host(site, now)),
            _ => return vec![Saw::Nothing(format!("`{kind}` is nothing that this program looks at"))],
        }
        .clone()
    }
}

fn tls_of(site: &mut Site<'_>, now: Timestamp) -> Vec<Saw> {
    let mut saw = hello::probe_old(site);
    // A verified handshake comes before whatever is answered.
    match site.get("/", limits::OVERVIEW_ANSWER_BYTES_MAX) {
        Err(error) if site.certificates().is_empty() => saw.push(Saw::Nothing(error.to_string())),
        Ok(_) | Err(_) => saw.extend(certificate::probe(site.certificates(), now)),
    }
    saw
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tail: &str, expected: Option<(&[&str], &str)>) {
        let text = format!("Old TLS is refused.{tail}");
        let claim: Published = serde_json::from_value(serde_json::json!({
            "id": "acme.OWN-EDGE", "covers": [], "group": "network", "title": "t", "sentence": text, "sentenceDigest": "",
            "speaks": "deployment", "class": "deployment", "state": "PASS", "since": "", "denominator": null, "control": "c",
            "falsifier": "f", "limits": "l", "frameworks": [], "measured": null, "attested": null, "days": [],
        }))
        .unwrap();
        let found = Measured::of(&claim);
        assert_eq!(found, expected.map(|(kinds, host)| Measured { kinds: kinds.to_vec(), host }), "{tail}");
    }

    #[test]
    fn only_names_of_the_internet_are_looked_at() {
        check(" Measured: TLS, headers of app.acme.com, from outside (rule 00aa).", Some((&["TLS", "headers"], "app.acme.com")));
        for host in ["10.0.0.1", "localhost", "app.acme.com:22", "a/b.com", "[::1]", "App.acme.com"] {
            check(&format!(" Measured: TLS of {host}, from outside (rule 00aa)."), None);
        }
        check(" Measured: at least 1 matching records in its logs of the last 60 minutes, looked at hourly (rule 00aa).", None);
        check("", None);
    }

    #[test]
    fn a_host_without_strict_headers_is_told() {
        let answer = |headers: &[(&str, &str)]| Answer {
            status: 200,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        let good = [
            ("strict-transport-security", "max-age=31536000"),
            ("content-security-policy", "default-src 'self'"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ];
        assert!(matches!(headers(&answer(&good)).as_slice(), [Saw::AsSaid(_)]));
        for missing in 0..good.len() {
            let rest: Vec<_> = good.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, one)| *one).collect();
            assert!(matches!(headers(&answer(&rest)).as_slice(), [Saw::Otherwise(_)]), "{}", good[missing].0);
        }
    }
}
