//! What the checks of tenants' claims are called: by what they look at, and the place of their claim on its page. The
//! names are fixed, so that a page that is opened again and again makes no new ones.

use model::limits::OWN_CLAIMS_MAX;

macro_rules! names {
    ($kind:literal) => {
        names!($kind: "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12"
                      "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23" "24")
    };
    ($kind:literal: $($place:literal)*) => { [$(concat!("own.", $kind, "-", $place)),*] };
}

pub(super) static PROBES: [&str; OWN_CLAIMS_MAX] = names!("probe");
pub(super) static EVIDENCE: [&str; OWN_CLAIMS_MAX] = names!("evidence");
pub(super) static SEQUENCES: [&str; OWN_CLAIMS_MAX] = names!("sequence");
