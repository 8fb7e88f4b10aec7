//! The check of a host: its TLS, its headers, its security.txt, as a stranger sees them.
//!
//! | kind | what is held against it |
//! |---|---|
//! | TLS | an old version is agreed to, or neither 1.2 nor 1.3; the certificate is not verified or soon ends |
//! | headers | HSTS below half a year; no content policy or one that lets any script in; content types guessed; framed by all |
//! | security.txt | not there, without a contact, without one end, or ended (RFC 9116) |
//!
//! Always holds: a host that is not shown to be its tenant's is not looked at.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::limits::{PROBE_CERTIFICATE_DAYS_MIN, PROBE_FILE_BYTES_MAX, PROBE_HEADERS_MAX, PROBE_HSTS_SECONDS_MIN};
use model::{Check, Observation, TenantId, Timestamp, Vantage};

use super::bound::ProbeKind;
use super::host::Host;
use super::outside::{LookError, Probes, SecurityTxt, ShownHosts, TlsSeen};

const DAY_SECONDS: i64 = 86_400;

pub(crate) struct ProbeCheck {
    name: &'static str,
    tenant: TenantId,
    host: Host,
    kinds: BTreeSet<ProbeKind>,
    shown: Arc<dyn ShownHosts>,
    probes: Arc<dyn Probes>,
}

/// A host of which one thing is not as it should be.
struct Twin {
    tls: TlsSeen,
    headers: Vec<(String, String)>,
    file: SecurityTxt,
}

/// What is wrong, in words for everybody.
type Faults = Vec<&'static str>;

// === impl ProbeCheck ===

impl ProbeCheck {
    pub(crate) fn new(
        name: &'static str,
        (tenant, host): (TenantId, Host),
        kinds: BTreeSet<ProbeKind>,
        shown: Arc<dyn ShownHosts>,
        probes: Arc<dyn Probes>,
    ) -> Self {
        Self { name, tenant, host, kinds, shown, probes }
    }

    fn look_at(&self, probes: &dyn Probes, kinds: &BTreeSet<ProbeKind>, now: Timestamp) -> Observation {
        let (mut good, mut faults, mut failed) = (0, Faults::new(), Vec::new());
        for kind in kinds {
            let found = match kind {
                ProbeKind::Tls => probes.tls(&self.host).map(|seen| tls(&seen, now)),
                ProbeKind::Headers => probes.headers(&self.host).map(|headers| self::headers(&headers)),
                ProbeKind::SecurityTxt => probes.security_txt(&self.host).map(|file| security_txt(&file, now)),
            };
            match found {
                Ok(found) if found.is_empty() => good += 1,
                Ok(found) => faults.extend(found),
                Err(error) => failed.push(format!("{}: {error}", kind.as_str())),
            }
        }
        let whole = kinds.len() as u64;
        let observation = match (faults.is_empty(), failed.is_empty()) {
            (false, _) => Observation::broken(faults.join("; ")),
            (true, false) => Observation::not_run("the host could not be looked at"),
            (true, true) => Observation::held("what was probed is as it should be"),
        };
        observation.counting("probes of the host", good, Some(whole)).with_details(failed)
    }
}

impl Check for ProbeCheck {
    fn id(&self) -> &'static str {
        self.name
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        if self.shown.is_shown(self.tenant, &self.host, now) {
            self.look_at(&*self.probes, &self.kinds, now)
        } else {
            Observation::not_run("the host does not show that it belongs to the owner of this page")
        }
    }

    /// Of each kind that is looked at, hosts with one fault each.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let twins = self.kinds.iter().flat_map(|kind| Twin::of(*kind, now).into_iter().map(|twin| (*kind, twin)));
        Observation::of_twins(twins.map(|(kind, twin)| self.look_at(&twin, &BTreeSet::from([kind]), now)))
    }
}

fn tls(seen: &TlsSeen, now: Timestamp) -> Faults {
    let ends_soon = seen.ends < now.plus_seconds(PROBE_CERTIFICATE_DAYS_MIN * DAY_SECONDS);
    // Without a handshake nothing is known of the certificate.
    faults([
        (!seen.old_versions.is_empty(), "a TLS version below 1.2 is agreed to"),
        (!seen.is_current, "neither TLS 1.2 nor 1.3 is agreed to"),
        (seen.is_current && !seen.is_verified, "the certificate does not lead to a known authority, or is for another name"),
        (seen.is_current && ends_soon, "the certificate ends within a week"),
    ])
}

fn headers(headers: &[(String, String)]) -> Faults {
    if headers.len() > PROBE_HEADERS_MAX {
        return vec!["too many headers"];
    }
    // Of a header that is there twice, neither counts: browsers do not agree on which.
    let value = |name: &str| {
        let mut all = headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_lowercase());
        all.next().filter(|_| all.next().is_none())
    };
    let hsts = value("strict-transport-security").is_some_and(|value| {
        let seconds = directives(&value).find_map(|one| one.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
        seconds.is_some_and(|seconds| seconds >= PROBE_HSTS_SECONDS_MIN)
    });
    let policy = value("content-security-policy").unwrap_or_default();
    let of = |name: &str| directives(&policy).find_map(|one| one.strip_prefix(name).filter(|rest| rest.starts_with(' ')));
    let scripts = of("script-src").or_else(|| of("default-src"));
    let closed = scripts.is_some_and(|sources| {
        let any = ["*", "http:", "https:", "data:", "'unsafe-eval'"];
        let inline = |one: &str| one == "'unsafe-inline'" && !sources.contains("'nonce-") && !sources.contains("'sha");
        !sources.split_ascii_whitespace().any(|one| any.contains(&one) || inline(one))
    });
    let frames = of("frame-ancestors").is_some_and(|sources| !sources.split_ascii_whitespace().any(|one| one == "*"))
        || value("x-frame-options").is_some_and(|value| ["deny", "sameorigin"].contains(&value.trim()));
    faults([
        (!hsts, "Strict-Transport-Security is not there, or for less than half a year"),
        (!closed, "Content-Security-Policy is not there, or lets any script run"),
        (value("x-content-type-options").is_none_or(|value| value.trim() != "nosniff"), "content types may be guessed"),
        (!frames, "any site may frame it"),
    ])
}

fn directives(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim)
}

fn security_txt(file: &SecurityTxt, now: Timestamp) -> Faults {
    let bytes = match file {
        SecurityTxt::There(bytes) if bytes.len() <= PROBE_FILE_BYTES_MAX => bytes,
        SecurityTxt::There(_) | SecurityTxt::NotThere => return vec!["there is no security.txt"],
    };
    let text = String::from_utf8_lossy(bytes);
    let fields = || text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim()));
    let values = |name: &'static str| fields().filter(move |(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let has_contact =
        values("Contact").any(|value| ["mailto:", "https://", "tel:"].iter().any(|scheme| value.starts_with(scheme)));
    let ends: Vec<_> = values("Expires").map(Timestamp::parse).collect();
    let ends = match ends.as_slice() {
        [Ok(ends)] => Some(*ends),
        _ => None,
    };
    faults([
        (!has_contact, "security.txt names no contact"),
        (ends.is_none(), "security.txt does not say when it ends"),
        (ends.is_some_and(|ends| ends <= now), "security.txt has ended"),
    ])
}

fn faults<const N: usize>(found: [(bool, &'static str); N]) -> Faults {
    found.into_iter().filter(|(is_fault, _)| *is_fault).map(|(_, fault)| fault).collect()
}

// === impl Twin ===

impl Twin {
    /// Hosts that are in order but for one thing.
    fn of(kind: ProbeKind, now: Timestamp) -> Vec<Self> {
        match kind {
            ProbeKind::Tls => {
                let good = || Self::good(now).tls;
                let old = TlsSeen { old_versions: vec!["1.0"], ..good() };
                let ended = TlsSeen { ends: now, ..good() };
                let all = [old, ended, TlsSeen { is_current: false, ..good() }, TlsSeen { is_verified: false, ..good() }];
                all.map(|tls| Self { tls, ..Self::good(now) }).into()
            }
            ProbeKind::Headers => {
                let lacking = |lacks: usize| {
                    let mut twin = Self::good(now);
                    twin.headers.remove(lacks);
                    twin
                };
                (0..Self::good(now).headers.len()).map(lacking).collect()
            }
            ProbeKind::SecurityTxt => {
                let ended = SecurityTxt::There(format!("Contact: mailto:a@b.invalid\nExpires: {now}\n").into_bytes());
                let silent = SecurityTxt::There(format!("Expires: {}\n", now.plus_seconds(DAY_SECONDS)).into_bytes());
                [ended, silent, SecurityTxt::NotThere].map(|file| Self { file, ..Self::good(now) }).into()
            }
        }
    }

    /// One without a fault.
    fn good(now: Timestamp) -> Self {
        let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let ends = now.plus_seconds(30 * DAY_SECONDS);
        Self {
            tls: TlsSeen { old_versions: Vec::new(), is_current: true, is_verified: true, ends },
            headers: [
                ("strict-transport-security", "max-age=31536000; includeSubDomains"),
                ("content-security-policy", "default-src 'self'"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
            ]
            .map(header)
            .into(),
            file: SecurityTxt::There(format!("Contact: mailto:a@b.invalid\nExpires: {ends}\n").into_bytes()),
        }
    }
}

impl Probes for Twin {
    fn tls(&self, _: &Host) -> Result<TlsSeen, LookError> {
        Ok(self.tls.clone())
    }

    fn headers(&self, _: &Host) -> Result<Vec<(String, String)>, LookError> {
        Ok(self.headers.clone())
    }

    fn security_txt(&self, _: &Host) -> Result<SecurityTxt, LookError> {
        Ok(self.file.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);

    #[test]
    fn a_host_in_order_has_no_fault_and_each_twin_has_one() {
        let good = Twin::good(NOW);
        assert_eq!((tls(&good.tls, NOW), headers(&good.headers), security_txt(&good.file, NOW)), (vec![], vec![], vec![]));
        for kind in ProbeKind::ALL {
            for twin in Twin::of(kind, NOW) {
                let all = [tls(&twin.tls, NOW), headers(&twin.headers), security_txt(&twin.file, NOW)].concat();
                assert_eq!(all.len(), 1, "{all:?}");
            }
        }
    }

    fn policy(value: &str, closed: bool) {
        let mut headers = Twin::good(NOW).headers;
        headers[1].1 = value.to_owned();
        assert_eq!(self::headers(&headers).is_empty(), closed, "{value}");
    }

    #[test]
    fn a_policy_that_lets_any_script_run_is_none() {
        policy("default-src 'none'; script-src 'self'; frame-ancestors 'none'", true);
        policy("default-src *; script-src 'self'", true);
        policy("script-src 'unsafe-inline' 'nonce-abc'", true);
        policy("default-src 'self' 'unsafe-inline'", false);
        policy("default-src 'self'; script-src https:", false);
        policy("img-src 'self'", false);
        policy("default-srcs 'self'", false);
    }

    #[test]
    fn a_header_that_is_there_twice_does_not_count() {
        let mut headers = Twin::good(NOW).headers;
        headers.push(("Content-Security-Policy".to_owned(), "default-src *".to_owned()));
        assert_eq!(self::headers(&headers).len(), 1);
    }
}
