//! A delivery that comes again is answered as the first time, and something else under its name is told from it: at once,
//! after a stop that left it in the journal, and once its records are a part.
#![expect(clippy::unwrap_used, reason = "a test ends where what it needs is missing")]

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use bytes::Bytes;
use model::{Clock, Id, Scope, Timestamp};
use seal::{KeyRing, MemoryDisk, RootKey, SealedStore, SystemEntropy};
use store::{Append, AppendError, Catalog, Close, Content, Delivery, Durable, Next, Outcome, Store};
use tempfile::TempDir;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(1_790_000_000_000_000_000)
    }
}

struct House {
    root: RootKey,
    disk: Arc<MemoryDisk>,
    folder: TempDir,
    scope: Scope,
}

impl House {
    fn open(&self) -> Store {
        let (clock, entropy) = (Arc::new(Still), Arc::new(SystemEntropy));
        let keys = KeyRing::open(&self.root, Arc::clone(&self.disk) as _, clock.clone(), entropy.clone()).unwrap();
        let (objects, journals) = (Arc::clone(&self.disk) as _, Arc::clone(&self.disk) as _);
        let sealed = SealedStore::new(objects, journals, Arc::new(keys), entropy.clone());
        let catalog = Catalog::open(&self.folder.path().join("catalog.sqlite")).unwrap();
        Store::open(Arc::new(sealed), catalog, clock, entropy).unwrap()
    }

    fn append(&self, store: &Store, name: &str, content: Option<&str>) -> Result<Receiver<Outcome>, AppendError> {
        let (told, outcome) = mpsc::channel();
        let body = Bytes::from_static(b"{\"n\":1}\n{\"n\":2}\n");
        let content = content.map(|content| Content::of(content.as_bytes()));
        let request = Append { body, delivery: Some(Delivery::of_client(name)), content, sender: None };
        let next = store.append(self.scope, request, Box::new(move |outcome| told.send(outcome).unwrap()))?;
        if next == Next::Commit {
            store.commit(self.scope);
        }
        Ok(outcome)
    }

    #[track_caller]
    fn check(&self, store: &Store, (name, content): (&str, Option<&str>), (last_sequence, is_first): (u64, bool)) {
        let durable = self.append(store, name, content).unwrap().recv().unwrap().unwrap();
        assert_eq!(durable, Durable { records: 2, last_sequence: Some(last_sequence), is_first }, "{name} with {content:?}");
    }

    #[track_caller]
    fn check_known(&self, store: &Store) {
        self.check(store, ("held", Some("a")), (2, false));
        self.check(store, ("held", None), (2, false));
        assert!(matches!(self.append(store, "held", Some("b")), Err(AppendError::DeliveryReused)));
        // What was not held to its name at first is not known.
        self.check(store, ("free", Some("b")), (4, false));
    }
}

#[test]
fn a_delivery_is_known_with_what_it_was() {
    let scope = Scope { tenant: Id::generate(&SystemEntropy), source: Id::generate(&SystemEntropy) };
    let folder = tempfile::tempdir().unwrap();
    let house = House { root: RootKey::generate(&SystemEntropy), disk: Arc::default(), folder, scope };
    let store = house.open();
    house.check(&store, ("held", Some("a")), (2, true));
    house.check(&store, ("free", None), (4, true));
    house.check_known(&store);
    drop(store);
    let store = house.open();
    house.check_known(&store);
    store.close_tables(Close::All);
    assert_eq!(store.flush().unwrap(), 1);
    house.check_known(&store);
    drop(store);
    house.check_known(&house.open());
}
