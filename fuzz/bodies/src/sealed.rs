//! Sealed bytes after an attacker, or a bad disk, had them: what opens is what was sealed, or nothing opens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use model::{Clock, Entropy, ObjectId, Scope, SourceId, TenantId, Timestamp};
use seal::{Disk, KeyRing, MemoryDisk, ObjectKind, ObjectName, PutMode, RootKey, SealedStore};

struct Noon;
struct Counted(AtomicU64);

/// One object and one journal, well sealed.
struct Sealed {
    keys: Arc<KeyRing>,
    entropy: Arc<dyn Entropy>,
    plain: Vec<u8>,
    object: (ObjectName, Vec<u8>),
    journal: (ObjectName, Vec<u8>),
    frames: Vec<Vec<u8>>,
}

static SEALED: LazyLock<Sealed> = LazyLock::new(Sealed::new);

/// Two segments and a bit.
const PLAIN_BYTES: usize = 140_000;

/// Every byte that is read from a changed object is one that was sealed, at its place.
pub fn sealed_object(data: &[u8]) {
    let sealed = &*SEALED;
    let (name, bytes) = &sealed.object;
    let store = sealed.store_with(name, &changed(bytes, data));
    let Ok(reader) = store.open(name) else { return };
    let length = reader.len();
    for range in [0..length, 0..length.min(1), length / 2..length, 65_000..length.clamp(65_000, 66_000)] {
        let Ok(read) = reader.read(range.clone()) else { continue };
        let expected = sealed.plain.get(range.start as usize..range.end as usize);
        assert_eq!(Some(read.as_slice()), expected, "bytes {range:?} were never sealed");
    }
}

/// The frames that are read from a changed journal are some that were appended, in their order, none twice.
pub fn journal(data: &[u8]) {
    let sealed = &*SEALED;
    let (name, bytes) = &sealed.journal;
    let store = sealed.store_with(name, &changed(bytes, data));
    let Ok(mut reader) = store.read_journal(name) else { return };
    let mut expected = sealed.frames.iter();
    // Each call goes on behind what it found.
    for _ in 0..bytes.len() + data.len() + 2 {
        match reader.next() {
            Ok(Some(frame)) => assert!(expected.any(|appended| *appended == frame.bytes), "a frame that was not next"),
            Ok(None) => return,
            Err(_) => {}
        }
    }
    panic!("the journal does not end");
}

/// The sealed bytes after what `data` says: the first byte chooses how.
fn changed(sealed: &[u8], data: &[u8]) -> Vec<u8> {
    let Some((&how, rest)) = data.split_first() else { return sealed.to_vec() };
    let mut bytes = sealed.to_vec();
    let place = |chunk: &[u8]| chunk.iter().fold(0_usize, |n, &b| n << 8 | usize::from(b));
    match how % 5 {
        0 => return rest.to_vec(),
        1 => bytes.truncate(place(&rest[..rest.len().min(3)]) % (sealed.len() + 1)),
        2 => bytes.extend_from_slice(rest),
        3 => {
            for chunk in rest.chunks_exact(4) {
                let at = place(&chunk[..3]) % bytes.len();
                bytes[at] ^= chunk[3];
            }
        }
        _ => {
            for chunk in rest.chunks_exact(8) {
                let (from, to) = (place(&chunk[..3]) % bytes.len(), place(&chunk[3..6]) % bytes.len());
                let length = place(&chunk[6..]).min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
        }
    }
    bytes
}

// === impl Sealed ===

impl Sealed {
    fn new() -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(Counted(AtomicU64::new(1)));
        let root = RootKey::generate(&*entropy);
        let keys =
            KeyRing::open(&root, Arc::new(MemoryDisk::new()), Arc::new(Noon), Arc::clone(&entropy)).expect("an empty key table");
        let (objects, keys) = (MemoryDisk::new(), Arc::new(keys));
        let store =
            SealedStore::new(Arc::new(objects.clone()), Arc::new(objects.clone()), Arc::clone(&keys), Arc::clone(&entropy));
        let scope = Scope { tenant: TenantId::generate(&*entropy), source: SourceId::generate(&*entropy) };
        let mut plain = vec![0; PLAIN_BYTES];
        entropy.fill(&mut plain);
        let object = store.put(scope, ObjectKind::Part, ObjectId::generate(&*entropy), &plain).expect("a memory disk").name;
        let mut writer = store.create_journal(scope, ObjectId::generate(&*entropy)).expect("a memory disk");
        let frames: Vec<Vec<u8>> = (0..9_usize).map(|i| plain[i * 40..i * 200 + 1].to_vec()).collect();
        for frame in &frames {
            writer.append(frame).expect("a memory disk");
        }
        writer.sync().expect("a memory disk");
        let journal = *writer.name();
        let bytes = |name: &ObjectName| {
            let size = objects.size(&name.path()).expect("it was just written");
            objects.read(&name.path(), 0..size).expect("it was just written")
        };
        let (object, journal) = ((object, bytes(&object)), (journal, bytes(&journal)));
        Self { keys, entropy, plain, object, journal, frames }
    }

    /// The same keys over a disk that holds nothing but `bytes` under `name`.
    fn store_with(&self, name: &ObjectName, bytes: &[u8]) -> SealedStore {
        let disk = MemoryDisk::new();
        disk.put(&name.path(), bytes, PutMode::Create).expect("a memory disk");
        SealedStore::new(Arc::new(disk.clone()), Arc::new(disk), Arc::clone(&self.keys), Arc::clone(&self.entropy))
    }
}

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(1_767_355_200_000_000_000)
    }
}

/// Different bytes at each call: enough for keys that guard nothing.
impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let mut word = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(word ^ word >> 31).to_le_bytes()[..chunk.len()]);
        }
    }
}
