//! What a stranger sees of the server, beside what the page says of the same.
//!
//! Always holds: a probe asks for nothing that is not refused or public, sends no credential, and stores nothing; only a
//! sentence that the page shows as true can be contradicted.

pub(crate) mod certificate;
pub(crate) mod headers;
pub(crate) mod hello;
pub(crate) mod hosts;
pub(crate) mod plain;
pub(crate) mod routes;
pub(crate) mod security_txt;

use claims::State;

use crate::report::{Step, StepReport};
use crate::steps::Visit;

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Saw {
    AsSaid(String),
    Otherwise(String),
    Nothing(String),
}

/// One probe, and the claims that it speaks about.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) step: Step,
    pub(crate) claims: &'static [&'static str],
    pub(crate) saw: Vec<Saw>,
}

// === impl Probe ===

impl Probe {
    /// Beside what the page says of the same claims.
    pub(crate) fn beside(self, visit: Visit<'_, '_>) -> StepReport {
        let mut step = StepReport::new(self.step);
        let claims: Vec<_> = self.claims.iter().filter_map(|id| visit.claim(id)).collect();
        let standing = claims.iter().any(|claim| claim.state == State::Pass);
        for saw in &self.saw {
            match saw {
                Saw::AsSaid(_) => {}
                Saw::Otherwise(what) => {
                    for claim in &claims {
                        let says = format!("{}: “{}”", claim.state, claim.sentence);
                        if claim.state == State::Pass {
                            step.disagrees(Some(&claim.id), says, what);
                        } else {
                            step.note(Some(&claim.id), says, what);
                        }
                    }
                    if claims.is_empty() {
                        step.note(None, "nothing about this", what);
                    }
                }
                Saw::Nothing(why) if standing => step.could_not(None, why),
                Saw::Nothing(why) => step.note(None, "", why),
            }
        }
        let as_said = self.saw.iter().filter_map(|saw| if let Saw::AsSaid(what) = saw { Some(what.as_str()) } else { None });
        let about = if claims.is_empty() { " (the page claims nothing about it)" } else { "" };
        step.tell(format!("{}{about}", as_said.collect::<Vec<_>>().join("; ")));
        step
    }
}

/// Everything that is probed, in the order of the report.
pub(crate) fn all(visit: Visit<'_, '_>, page: &crate::site::Answer) -> Vec<StepReport> {
    let chain = visit.site.borrow().certificates().to_vec();
    let allows_tls12 = visit.overview.claims.iter().any(|claim| claim.sentence.contains("TLS 1.2 and TLS 1.3"));
    let floor = if allows_tls12 { hello::Floor::Tls12 } else { hello::Floor::Tls13 };
    let mut site = visit.site.borrow_mut();
    let probes = vec![
        Probe { step: Step::OldTls, claims: &["TPL-TLS-2", "TIM-TLS-1"], saw: hello::probe(&site, floor) },
        Probe { step: Step::Certificate, claims: &["TIM-TLS-2"], saw: certificate::probe(&chain, visit.now) },
        Probe { step: Step::PlainText, claims: &["TIM-TLS-3", "TIM-TLS-1"], saw: plain::probe(&site) },
        Probe { step: Step::Headers, claims: &["TPL-HDR-1"], saw: headers::probe(&mut site, page) },
        Probe { step: Step::Routes, claims: &["TIM-APIKEY-1"], saw: routes::probe(&mut site) },
        Probe { step: Step::SecurityTxt, claims: &["TPL-SECTXT-1"], saw: security_txt::probe(&mut site, visit.now) },
    ];
    drop(site);
    probes.into_iter().map(|probe| probe.beside(visit)).collect()
}
