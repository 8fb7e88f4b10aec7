//! Which controls of which framework a claim speaks to, by families of ids, so that no entry repeats its family's list.
//!
//! | framework | written |
//! |---|---|
//! | SOC 2, trust services criteria of 2017 as of 2022 | `SOC2 CC6.1` |
//! | ISO/IEC 27001:2022, annex A | `ISO27001 A.8.24` |
//! | Regulation (EU) 2016/679 | `GDPR 32(1)(a)` |
//! | HIPAA Security Rule and its notices, 45 CFR | `HIPAA 164.312(e)(2)(ii)` |
//! | PCI DSS 4.0.1 | `PCI 4.2.1.1` |
//!
//! To speak to a control is not to fulfil it: a framework asks for more than one sentence.

use serde::Deserialize;

/// Claims whose ids begin alike, and the controls they speak to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    /// Ids, or what stands before a hyphen of them: `TIM-TLS` is each `TIM-TLS-…`.
    ids: Vec<String>,
    controls: Vec<String>,
}

// === impl Family ===

impl Family {
    /// The controls of an id: those of the families that name it most closely.
    pub(crate) fn controls<'a>(families: &'a [Self], id: &str) -> impl Iterator<Item = &'a str> {
        let closest = families.iter().filter_map(|family| family.closeness(id)).max();
        let near = families.iter().filter(move |family| closest.is_some() && family.closeness(id) == closest);
        let near: Vec<&Self> = near.collect();
        near.into_iter().flat_map(|family| family.controls.iter().map(String::as_str))
    }

    /// Letters of the id that the family names.
    fn closeness(&self, id: &str) -> Option<usize> {
        let rest = |start: &str| id.strip_prefix(start).filter(|rest| rest.is_empty() || rest.starts_with('-'));
        self.ids.iter().filter(|start| rest(start).is_some()).map(String::len).max()
    }
}

/// Whether the text is an id of a control as in the table above.
pub(crate) fn is_control(text: &str) -> bool {
    let Some((framework, id)) = text.split_once(' ') else { return false };
    match framework {
        "SOC2" => {
            let letters = id.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
            let (criterion, number) = id.split_at(id.len() - letters);
            matches!(criterion, "CC" | "A" | "C" | "P" | "PI") && is_number(number, 2..=2)
        }
        "ISO27001" => id.strip_prefix("A.").is_some_and(|number| is_number(number, 2..=2)),
        "GDPR" => {
            let (article, rest) = id.split_once('(').map_or((id, ""), |(article, _)| (article, &id[article.len()..]));
            is_number(article, 1..=1) && are_paragraphs(rest)
        }
        "HIPAA" => {
            let (section, rest) = id.split_once('(').map_or((id, ""), |(section, _)| (section, &id[section.len()..]));
            section.starts_with("164.") && is_number(section, 2..=2) && are_paragraphs(rest)
        }
        "PCI" => is_number(id, 2..=4),
        _ => false,
    }
}

/// Numbers with dots between, so many of them.
fn is_number(text: &str, parts: std::ops::RangeInclusive<usize>) -> bool {
    let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.contains(&text.split('.').count()) && text.split('.').all(digits)
}

/// `(a)(2)(iv)`, or nothing.
fn are_paragraphs(text: &str) -> bool {
    let mut rest = text;
    while let Some(opened) = rest.strip_prefix('(') {
        let Some((inner, after)) = opened.split_once(')') else { return false };
        if inner.is_empty() || !inner.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(ids: &[&str], controls: &[&str]) -> Family {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Family { ids: owned(ids), controls: owned(controls) }
    }

    #[test]
    fn a_control_is_written_as_its_framework_writes_it() {
        for good in ["SOC2 CC6.1", "SOC2 P5.1", "ISO27001 A.8.24", "GDPR 32(1)(a)", "HIPAA 164.312(a)(2)(iv)", "PCI 4.2.1.1"] {
            assert!(is_control(good), "{good}");
        }
        for bad in ["SOC2", "SOC2 6.1", "SOC2 CC6", "ISO27001 8.24", "GDPR 32(", "HIPAA 312(e)", "PCI 4.2.", "NIST 1.1"] {
            assert!(!is_control(bad), "{bad}");
        }
    }

    #[test]
    fn the_closest_families_count() {
        let families = [family(&["TIM-NET"], &["a"]), family(&["TIM-TLS", "TIM-NET-3"], &["b"]), family(&["TIM-NET-3"], &["c"])];
        let controls = |id| Family::controls(&families, id).collect::<Vec<_>>();
        assert_eq!(controls("TIM-NET-1"), ["a"]);
        assert_eq!(controls("TIM-NET-3"), ["b", "c"]);
        assert!(controls("TIM-NETWORK-1").is_empty());
    }
}
