//! How many connections are open, in all and by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use model::AddressKey;
use parking_lot::Mutex;

#[derive(Debug)]
pub(super) struct Admission {
    total_max: usize,
    per_address_max: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Holds no zero, so it is never larger than `total`.
    by_address: HashMap<AddressKey, usize>,
}

/// The right to one open connection; given back on drop.
#[derive(Debug)]
pub(super) struct Slot {
    admission: Arc<Admission>,
    key: AddressKey,
}

// === impl Admission ===

impl Admission {
    pub(super) fn new(total_max: usize, per_address_max: usize) -> Self {
        Self { total_max, per_address_max, open: Mutex::default() }
    }

    /// `None` over a cap.
    pub(super) fn admit(this: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let key = AddressKey::of(address);
        let mut open = this.open.lock();
        let from_here = open.by_address.get(&key).copied().unwrap_or(0);
        if open.total >= this.total_max || from_here >= this.per_address_max {
            return None;
        }
        open.total += 1;
        open.by_address.insert(key, from_here + 1);
        Some(Slot { admission: Arc::clone(this), key })
    }
}

// === impl Slot ===

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock();
        open.total -= 1;
        if let Some(from_here) = open.by_address.get_mut(&self.key) {
            *from_here -= 1;
            if *from_here == 0 {
                open.by_address.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(caps: (usize, usize), open: &[&str], next: &str, admitted: bool) {
        let admission = Arc::new(Admission::new(caps.0, caps.1));
        let slots: Vec<Slot> =
            open.iter().map(|address| Admission::admit(&admission, address.parse().unwrap()).unwrap()).collect();
        assert_eq!(Admission::admit(&admission, next.parse().unwrap()).is_some(), admitted, "{open:?} then {next}");
        drop(slots);
        assert_eq!(admission.open.lock().total, 0);
        assert!(admission.open.lock().by_address.is_empty());
    }

    #[test]
    fn connections_are_capped_in_all_and_by_address() {
        check((2, 2), &["192.0.2.1"], "192.0.2.1", true);
        check((2, 2), &["192.0.2.1", "192.0.2.2"], "192.0.2.3", false);
        check((9, 2), &["192.0.2.1", "192.0.2.1"], "192.0.2.1", false);
        check((9, 2), &["192.0.2.1", "192.0.2.1"], "192.0.2.2", true);
        check((9, 2), &["192.0.2.1", "::ffff:192.0.2.1"], "192.0.2.1", false);
        check((9, 2), &["2001:db8::1", "2001:db8::2"], "2001:db8:0:0:ffff::", false);
        check((9, 2), &["2001:db8::1", "2001:db8::2"], "2001:db8:0:1::1", true);
    }
}
