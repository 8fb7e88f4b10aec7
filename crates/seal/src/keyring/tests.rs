use std::sync::Arc;

use model::{Clock, Timestamp};

use super::*;
use crate::fixture::{House, TestClock, bytes_of, object, pattern, replace, scope};
use crate::{LogFile, MemoryDisk, ObjectKind, ObjectPath, OpenError, SealError, SystemEntropy};

fn id(text: &str) -> DataKeyId {
    DataKeyId::parse(text).unwrap()
}

fn put(house: &House, of: Scope, number: u8) -> crate::ObjectName {
    house.store.put(of, ObjectKind::Part, object(number), b"text").unwrap().name
}

fn paths(disk: &MemoryDisk) -> Vec<String> {
    disk.list("").unwrap().into_iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn a_day_has_its_own_key_and_old_keys_open_for_ever() {
    let house = House::new();
    let first = put(&house, scope(1, 1), 1);
    assert_eq!(first.key, id("20261122-00"));
    house.clock.set("2026-11-22T23:59:59.999999999Z");
    assert_eq!(put(&house, scope(1, 1), 2).key, id("20261122-00"));
    house.clock.set("2026-11-23T00:00:00Z");
    assert_eq!(put(&house, scope(1, 1), 3).key, id("20261123-00"));
    let house = house.restarted();
    assert_eq!(house.store.open(&first).unwrap().read(0..4).unwrap(), b"text");
    let listed = house.ring.list(scope(1, 1)).unwrap();
    let expected = ["2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z"].map(|t| Timestamp::parse(t).unwrap());
    assert_eq!(listed, vec![(id("20261122-00"), expected[0]), (id("20261123-00"), expected[1])]);
}

#[test]
fn an_old_key_is_refused_and_never_silently_used() {
    let house = House::new();
    let key = house.ring.sealing_key(scope(1, 1)).unwrap();
    assert!(house.ring.check_seals(scope(1, 1), &key).is_ok());
    for late in ["2026-11-23T00:00:00Z", "2026-11-21T23:59:59Z", "2027-11-22T12:00:00Z"] {
        house.clock.set(late);
        assert!(matches!(house.ring.check_seals(scope(1, 1), &key), Err(KeyError::TooOld(old)) if old == key.id), "{late}");
    }
}

#[test]
fn when_a_key_cannot_be_made_nothing_is_sealed() {
    #[derive(Debug)]
    struct FullDisk(MemoryDisk);
    impl Disk for FullDisk {
        fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
            if path.as_str() == "root" { self.0.put(path, bytes, mode) } else { Err(DiskError::Full) }
        }
        fn read(&self, path: &ObjectPath, range: std::ops::Range<u64>) -> Result<Vec<u8>, DiskError> {
            self.0.read(path, range)
        }
        fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
            self.0.size(path)
        }
        fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
            self.0.list(prefix)
        }
        fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
            self.0.delete(path)
        }
        fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
            self.0.sync(path)
        }
        fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
            self.0.create_log(path)
        }
    }
    let house = House::new();
    let clock: Arc<TestClock> = Arc::clone(&house.clock);
    let entropy = Arc::new(SystemEntropy);
    let ring = Arc::new(KeyRing::open(&house.root, Arc::new(FullDisk(MemoryDisk::new())), clock, entropy.clone()).unwrap());
    let objects = MemoryDisk::new();
    let store = crate::SealedStore::new(Arc::new(objects.clone()), Arc::new(MemoryDisk::new()), ring, entropy);
    let refused = store.put(scope(1, 1), ObjectKind::Part, object(1), b"text").unwrap_err();
    assert!(matches!(refused, SealError::Key(KeyError::Disk(DiskError::Full))), "{refused:?}");
    assert!(paths(&objects).is_empty());
}

#[test]
fn a_restart_goes_on_with_the_key_of_the_day() {
    let house = House::new();
    put(&house, scope(1, 1), 1);
    let house = house.restarted();
    assert_eq!(put(&house, scope(1, 1), 2).key, id("20261122-00"));
    assert_eq!(house.ring.list(scope(1, 1)).unwrap().len(), 1);
}

#[test]
fn sources_and_tenants_share_no_key() {
    let house = House::new();
    let keys = [scope(1, 1), scope(1, 2), scope(2, 1)].map(|s| *house.ring.sealing_key(s).unwrap().secret.expose());
    assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
}

#[test]
fn a_wrapped_key_opens_only_in_its_place() {
    let house = House::new();
    let name = put(&house, scope(1, 1), 1);
    put(&house, scope(1, 2), 1);
    put(&house, scope(2, 1), 1);
    let own = Slot::source(scope(1, 1), name.key).path();
    let kept = bytes_of(&house.keys, &own);
    let house = house.restarted();
    let foreign = [
        Slot::source(scope(1, 2), name.key),
        Slot::source(scope(2, 1), name.key),
        Slot::tenant(scope(1, 1).tenant, name.key.day),
    ];
    for slot in foreign {
        replace(&house.keys, &own, &bytes_of(&house.keys, &slot.path()));
        assert!(matches!(house.ring.opening_key(scope(1, 1), name.key), Err(KeyError::Damaged(_))), "{slot:?}");
    }
    // A later name for the same bytes is no later key.
    let later = Slot::source(scope(1, 1), id("20261123-00")).path();
    replace(&house.keys, &later, &kept);
    assert!(house.ring.opening_key(scope(1, 1), id("20261123-00")).is_err());
    for bit in 0..kept.len() * 8 {
        let mut altered = kept.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        replace(&house.keys, &own, &altered);
        assert!(matches!(house.ring.opening_key(scope(1, 1), name.key), Err(KeyError::Damaged(_))), "bit {bit}");
    }
    for cut in 0..kept.len() {
        replace(&house.keys, &own, &kept[..cut]);
        assert!(matches!(house.ring.opening_key(scope(1, 1), name.key), Err(KeyError::Damaged(_))), "cut {cut}");
    }
    replace(&house.keys, &own, &kept);
    assert!(house.ring.opening_key(scope(1, 1), name.key).is_ok());
}

#[test]
fn another_root_key_is_told_at_the_start() {
    let house = House::new();
    put(&house, scope(1, 1), 1);
    assert!(matches!(house.under_another_root().err(), Some(KeyError::WrongRoot)));
    let house = House::new();
    put(&house, scope(1, 1), 1);
    house.keys.delete(&ObjectPath::parse("root").unwrap()).unwrap();
    let house = house.restarted();
    house.keys.delete(&ObjectPath::parse("root").unwrap()).unwrap();
    assert!(matches!(house.under_another_root().err(), Some(KeyError::WrongRoot)));
    let house = House::new();
    replace(&house.keys, &ObjectPath::parse("root").unwrap(), b"?");
    assert!(matches!(house.under_another_root().err(), Some(KeyError::Damaged(_))));
}

#[test]
fn a_destroyed_source_opens_nothing_and_gets_no_new_key() {
    let house = House::new();
    let name = put(&house, scope(1, 1), 1);
    let other = put(&house, scope(1, 2), 1);
    let backup = bytes_of(&house.objects, &name.path());
    assert_eq!(house.ring.destroy_source(scope(1, 1)).unwrap(), 1);
    let check = |house: &House| {
        assert!(matches!(house.store.open(&name), Err(OpenError::Key(KeyError::Destroyed))));
        let refused = house.store.put(scope(1, 1), ObjectKind::Part, object(9), b"x").unwrap_err();
        assert!(matches!(refused, SealError::Key(KeyError::Destroyed)));
        assert!(matches!(house.ring.rotate_now(scope(1, 1)), Err(KeyError::Destroyed)));
        assert_eq!(house.store.open(&other).unwrap().len(), 4);
    };
    check(&house);
    let house = house.restarted();
    check(&house);
    // A backup of the data from before brings nothing back.
    house.store.delete(&name).unwrap();
    replace(&house.objects, &name.path(), &backup);
    check(&house);
    assert_eq!(house.ring.destroy_source(scope(1, 1)).unwrap(), 0);
}

#[test]
fn a_destroyed_tenant_takes_its_sources_along_and_no_other() {
    let house = House::new();
    let names = [put(&house, scope(1, 1), 1), put(&house, scope(1, 2), 1)];
    let other = put(&house, scope(2, 1), 1);
    assert_eq!(house.ring.destroy_tenant(scope(1, 1).tenant).unwrap(), 3);
    let house = house.restarted();
    for name in names {
        assert!(matches!(house.store.open(&name), Err(OpenError::Key(KeyError::Destroyed))));
    }
    assert!(matches!(house.ring.sealing_key(scope(1, 3)), Err(KeyError::Destroyed)));
    assert_eq!(house.store.open(&other).unwrap().len(), 4);
    assert_eq!(paths(&house.keys).iter().filter(|p| p.starts_with("0000000000000001")).count(), 1);
}

#[test]
fn keys_die_by_day() {
    let house = House::new();
    let mut names = Vec::new();
    for (number, day) in [(1, "2026-11-20"), (2, "2026-11-21"), (3, "2026-11-22")] {
        house.clock.set(&format!("{day}T12:00:00Z"));
        names.push(put(&house, scope(1, 1), number));
    }
    assert_eq!(house.ring.destroy_source_keys_before(scope(1, 1), names[1].key.day).unwrap(), 1);
    assert!(matches!(house.store.open(&names[0]), Err(OpenError::Key(KeyError::NotFound(key))) if key == names[0].key));
    assert!(house.store.open(&names[1]).is_ok() && house.store.open(&names[2]).is_ok());
    assert_eq!(house.ring.sweep_tenant_keys(scope(1, 1).tenant).unwrap(), 1);
    assert_eq!(house.ring.destroy_tenant_keys_before(scope(1, 1).tenant, names[2].key.day.next()).unwrap(), 1);
    assert!(matches!(house.store.open(&names[1]), Err(OpenError::Key(KeyError::NotFound(_)))));
    assert!(house.store.open(&names[2]).is_ok());
    assert_eq!(house.ring.sweep_tenant_keys(scope(1, 1).tenant).unwrap(), 0);
}

#[test]
fn an_id_is_never_given_to_a_second_key() {
    let house = House::new();
    let name = put(&house, scope(1, 1), 1);
    assert_eq!(house.ring.destroy_source_keys_before(scope(1, 1), house.clock.now().day().next()).unwrap(), 1);
    assert!(matches!(house.store.open(&name), Err(OpenError::Key(KeyError::NotFound(_)))));
    assert_eq!(put(&house, scope(1, 1), 2).key, id("20261122-01"));
    assert_eq!(house.ring.rotate_now(scope(1, 1)).unwrap(), id("20261122-02"));
    assert_eq!(put(&house.restarted(), scope(1, 1), 3).key, id("20261122-02"));
}

#[test]
fn rotation_leaves_what_was_sealed_readable() {
    let house = House::new();
    let before = put(&house, scope(1, 1), 1);
    house.ring.rotate_now(scope(1, 1)).unwrap();
    let after = put(&house, scope(1, 1), 2);
    assert_ne!(before.key, after.key);
    for name in [before, after] {
        assert_eq!(house.store.open(&name).unwrap().read(0..4).unwrap(), b"text");
    }
}

#[test]
fn the_key_table_holds_no_key_in_clear_and_the_data_no_key_at_all() {
    let house = House::new();
    let key = house.ring.sealing_key(scope(1, 1)).unwrap();
    house.store.put(scope(1, 1), ObjectKind::Part, object(1), &pattern(1000)).unwrap();
    for disk in [&house.keys, &house.objects] {
        for (path, _) in disk.list("").unwrap() {
            let bytes = bytes_of(disk, &path);
            assert!(!bytes.windows(8).any(|w| key.secret.expose().windows(8).any(|k| k == w)), "{path}");
        }
    }
    assert!(paths(&house.objects).iter().all(|p| p.contains("/parts/")));
}
