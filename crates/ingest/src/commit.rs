//! From a permitted body in normal form to an acknowledgement.
//!
//! Always holds: a success is given only after the records are durable.

use bytes::Bytes;
use identity::{Permit, Write};
use store::{Append, AppendError, Done, Next, RecoverError, Store};

/// Stores the records of one request. `done` is called once, when they are durable or have failed; after an error it is
/// not called at all. Where `Next::Commit` is given, the caller goes on to [`drive`] on a thread that may block.
pub fn commit(
    store: &Store,
    permit: &Permit<Write>,
    body: Bytes,
    delivery: Option<&str>,
    done: Done,
) -> Result<Next, AppendError> {
    let delivery = delivery.map(store::delivery);
    store.append(permit.scope(), Append { body, delivery }, done)
}

/// Makes what waits for the permit's source durable. Blocks on the disk.
pub fn drive(store: &Store, permit: &Permit<Write>) {
    store.commit(permit.scope());
}

/// Up to which sequence the records of the permit's source are durable. May block on the disk.
pub fn durable_sequence(store: &Store, permit: &Permit<Write>) -> Result<u64, RecoverError> {
    store.durable_sequence(permit.scope())
}
