//! From records that may be stored to an acknowledgement.
//!
//! Always holds: a success is given only after the records are durable; their volume, and what was masked and dropped of
//! them, is counted then.

use std::sync::Arc;

use identity::{Identity, Permit, Write};
use store::{Append, AppendError, Content, Delivery, Done, Next, RecoverError, Store, UploadError, UploadName};

use crate::{Enriched, SentBy};

/// What whoever sends a request calls it.
#[derive(Debug, Clone)]
pub struct Name {
    pub name: String,
    /// What came under it, where nothing else may come under the same name.
    pub content: Option<Content>,
}

/// Stores the records of one request, once where it comes again under its name; or, of a protocol whose senders send a batch again
/// as it was, with the same records. `done` is called once, when they are durable or have failed; after an error it is
/// not called at all. Where `Next::Commit` is given, the caller goes on to [`drive`] on a thread that may block.
pub fn commit(
    stored: (&Store, &Arc<Identity>),
    records: &Enriched,
    name: Option<&Name>,
    done: Done,
) -> Result<Next, AppendError> {
    let delivery = name.map(|name| Delivery::of_client(&name.name)).or(records.known_by);
    append(stored, records, (delivery, name.and_then(|name| name.content)), done)
}

/// The same for records that the server brings itself, under a name that no client can give.
pub fn commit_own(stored: (&Store, &Arc<Identity>), records: &Enriched, delivery: &str, done: Done) -> Result<Next, AppendError> {
    append(stored, records, (Some(Delivery::of_server(delivery)), None), done)
}

fn append(
    (store, identity): (&Store, &Arc<Identity>),
    records: &Enriched,
    (delivery, content): (Option<Delivery>, Option<Content>),
    done: Done,
) -> Result<Next, AppendError> {
    let (scope, counts) = (records.permit.scope(), records.treated.counts.clone());
    let (volume, arrived) = (records.treated.volume, records.arrived);
    let identity = Arc::clone(identity);
    let counting: Done = Box::new(move |outcome| {
        // A delivery that was there already was counted.
        if outcome.is_ok_and(|durable| durable.is_first) {
            identity.note_counts(scope, &counts);
            identity.note_volume(scope, volume, arrived);
        }
        done(outcome);
    });
    let sender = SentBy::of(records.permit.deed(), records.keeps_address);
    store.append(scope, Append { body: records.treated.bytes.clone(), delivery, content, sender }, counting)
}

/// Makes what waits for the source of these records durable. Blocks on the disk.
pub fn drive(store: &Store, records: &Enriched) {
    store.commit(records.permit.scope());
}

/// Keeps a piece of a file that is to become records of the permit's source; it is durable on return.
pub fn keep_upload(store: &Store, permit: &Permit<Write>, piece: &[u8]) -> Result<UploadName, UploadError> {
    store.put_upload(permit.scope(), piece)
}

/// Up to which sequence the records of the permit's source are durable. May block on the disk.
pub fn durable_sequence(store: &Store, permit: &Permit<Write>) -> Result<u64, RecoverError> {
    store.durable_sequence(permit.scope())
}
