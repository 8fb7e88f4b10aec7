//! From records that may be stored to an acknowledgement.
//!
//! Always holds: a success is given only after the records are durable; their volume, and what was masked and dropped of
//! them, is counted then.

use std::sync::Arc;

use identity::{Identity, Permit, Write};
use store::{Append, AppendError, Done, Next, RecoverError, Store};

use crate::Enriched;

/// Stores the records of one request. `done` is called once, when they are durable or have failed; after an error it is
/// not called at all. Where `Next::Commit` is given, the caller goes on to [`drive`] on a thread that may block.
pub fn commit(
    (store, identity): (&Store, &Arc<Identity>),
    records: &Enriched,
    delivery: Option<&str>,
    done: Done,
) -> Result<Next, AppendError> {
    let (scope, counts) = (records.permit.scope(), records.treated.counts.clone());
    let (volume, arrived) = (records.treated.volume, records.arrived);
    let delivery = delivery.map(store::delivery);
    let identity = Arc::clone(identity);
    let counting: Done = Box::new(move |outcome| {
        // A delivery that was there already was counted.
        if outcome.is_ok_and(|durable| durable.is_first) {
            identity.note_counts(scope, &counts);
            identity.note_volume(scope, volume, arrived);
        }
        done(outcome);
    });
    store.append(scope, Append { body: records.treated.bytes.clone(), delivery }, counting)
}

/// Makes what waits for the source of these records durable. Blocks on the disk.
pub fn drive(store: &Store, records: &Enriched) {
    store.commit(records.permit.scope());
}

/// Up to which sequence the records of the permit's source are durable. May block on the disk.
pub fn durable_sequence(store: &Store, permit: &Permit<Write>) -> Result<u64, RecoverError> {
    store.durable_sequence(permit.scope())
}
