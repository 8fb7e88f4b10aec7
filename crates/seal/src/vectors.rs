//! The test vectors of `docs/formats`: bytes that this code, and every later one, must open.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::fixture::{House, bytes_of, object, pattern, replace, scope};
use crate::stream::{self, Freshness, ObjectCipher};
use crate::{Field, FieldSealer, MemoryDisk, ObjectKind, ObjectName, ObjectPath, Pepper, RootKey, SystemEntropy};

const VECTORS: &str = include_str!("../../../docs/formats/vectors/house-1.json");
const LONG: &[u8] = include_bytes!("../../../docs/formats/vectors/house-1-long.bin");

/// Gives out these bytes, once.
struct Fixed(parking_lot::Mutex<Vec<u8>>);

impl model::Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        let mut bytes = self.0.lock();
        out.copy_from_slice(&bytes[..out.len()]);
        bytes.drain(..out.len());
    }
}

fn fixed(bytes: &[u8]) -> Fixed {
    Fixed(parking_lot::Mutex::new(bytes.to_vec()))
}

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn plaintext(object: &Value) -> Vec<u8> {
    object["pattern"].as_u64().map_or_else(|| unhex(&object["plaintext"]), |length| pattern(length as usize))
}

fn sealed(object: &Value) -> Vec<u8> {
    if object["file"].is_string() { LONG.to_vec() } else { unhex(&object["sealed"]) }
}

fn entries(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().unwrap().iter().collect()
}

fn house() -> House {
    let (vectors, disks) = (vectors(), [MemoryDisk::new(), MemoryDisk::new(), MemoryDisk::new()]);
    let store = |disk: &MemoryDisk, path: &str, bytes: &[u8]| replace(disk, &ObjectPath::parse(path).unwrap(), bytes);
    entries(&vectors["keys"]).into_iter().for_each(|(path, bytes)| store(&disks[0], path, &unhex(bytes)));
    entries(&vectors["objects"]).into_iter().for_each(|(path, object)| store(&disks[1], path, &sealed(object)));
    entries(&vectors["journals"]).into_iter().for_each(|(path, journal)| store(&disks[2], path, &unhex(&journal["bytes"])));
    House::of(root(&vectors), disks)
}

fn root(vectors: &Value) -> RootKey {
    RootKey::generate(&fixed(&unhex(&vectors["root_key"])))
}

#[test]
fn the_objects_of_the_vectors_open_and_are_sealed_to_the_same_bytes() {
    let house = house();
    for (name, object) in entries(&vectors()["objects"]) {
        let name = ObjectName::parse(name).unwrap();
        let reader = house.store.open(&name).unwrap();
        let plaintext = plaintext(object);
        assert!(reader.read(0..reader.len()).unwrap() == plaintext, "{name}");
        assert_eq!(name.binding(), object["binding"]);
        let key = house.ring.opening_key(name.scope, name.key).unwrap();
        assert_eq!(key.secret.expose().as_slice(), unhex(&object["data_key"]));
        let fresh = Freshness::draw(&fixed(&[unhex(&object["salt"]), unhex(&object["prefix"])].concat()));
        let cipher = ObjectCipher::new(&key.secret, &fresh, &name.binding());
        assert!(stream::seal_object(&cipher, &fresh, &plaintext).unwrap() == sealed(object), "{name}");
    }
}

#[test]
fn the_journals_of_the_vectors_open() {
    let house = house();
    for (name, journal) in entries(&vectors()["journals"]) {
        let mut reader = house.store.read_journal(&ObjectName::parse(name).unwrap()).unwrap();
        for frame in journal["frames"].as_array().unwrap() {
            assert_eq!(reader.next().unwrap().unwrap().bytes, unhex(frame));
        }
        assert_eq!(reader.next().unwrap(), None);
        assert_eq!(reader.tail(), Some(crate::Tail::Clean));
        assert_eq!(reader.finished(), journal["finished"]);
    }
}

#[test]
fn the_fields_and_digests_of_the_vectors_open() {
    let vectors = vectors();
    let sealer = FieldSealer::new(&root(&vectors), std::sync::Arc::new(SystemEntropy));
    for entry in vectors["fields"].as_array().unwrap() {
        let text = |key: &str| entry[key].as_str().unwrap();
        let (row, scope) = (text("row").as_bytes(), text("scope").as_bytes());
        let field = Field { table: text("table"), column: text("column"), row, scope };
        assert_eq!(sealer.open(&field, &unhex(&entry["sealed"])).unwrap().as_slice(), text("plaintext").as_bytes());
        let index = sealer.blind_index(field.table, field.column, text("plaintext").as_bytes());
        assert_eq!(hex(&index), entry["blind_index"]);
    }
    for entry in vectors["peppers"].as_array().unwrap() {
        let pepper = Pepper::new(&root(&vectors), entry["id"].as_u64().unwrap() as u8);
        assert_eq!(hex(&pepper.digest(entry["token"].as_str().unwrap().as_bytes())), entry["digest"]);
    }
}

/// Writes a new house into the folder it is run in, for a new format id: old vectors stay as they are.
#[test]
#[ignore = "makes new vectors, which takes a decision"]
fn write_new_vectors() {
    let root_bytes = pattern(32);
    let root = RootKey::generate(&fixed(&root_bytes));
    let house = House::of(RootKey::generate(&fixed(&root_bytes)), [MemoryDisk::new(), MemoryDisk::new(), MemoryDisk::new()]);
    let mut objects = BTreeMap::new();
    for (number, length) in [(1, 0), (2, 31), (3, 131_001)] {
        let plaintext = pattern(length);
        let name = house.store.put(scope(1, 2), ObjectKind::Part, object(number), &plaintext).unwrap().name;
        let bytes = bytes_of(&house.objects, &name.path());
        let key = house.ring.opening_key(name.scope, name.key).unwrap();
        let mut entry = json!({ "data_key": hex(key.secret.expose()), "salt": hex(&bytes[1..33]), "prefix": hex(&bytes[33..40]),
            "binding": name.binding() });
        if length > 100 {
            std::fs::write("house-1-long.bin", &bytes).unwrap();
            (entry["pattern"], entry["file"]) = (json!(length), json!("house-1-long.bin"));
        } else {
            (entry["plaintext"], entry["sealed"]) = (json!(hex(&plaintext)), json!(hex(&bytes)));
        }
        objects.insert(name.to_string(), entry);
    }
    let mut journals = BTreeMap::new();
    for (number, finished) in [(4, false), (5, true)] {
        let mut journal = house.store.create_journal(scope(1, 2), object(number)).unwrap();
        let frames: [&[u8]; 3] = [b"first", b"", b"{\"message\":\"hello\"}"];
        frames.iter().for_each(|frame| journal.append(frame).unwrap());
        if finished {
            journal.finish().unwrap();
        }
        let bytes = bytes_of(&house.journals, &journal.name().path());
        let entry = json!({ "bytes": hex(&bytes), "frames": frames.map(hex), "finished": finished });
        journals.insert(journal.name().to_string(), entry);
    }
    let sealer = FieldSealer::new(&root, std::sync::Arc::new(SystemEntropy));
    let field = Field { table: "account", column: "email", row: b"0000000000000007", scope: b"" };
    let sealed = hex(&sealer.seal(&field, b"ada@example.org").unwrap());
    let index = hex(&sealer.blind_index("account", "email", b"ada@example.org"));
    let keys = house.keys_as_text();
    let digest = |id| hex(&Pepper::new(&root, id).digest(b"bh_w_example"));
    let peppers = [1, 2].map(|id| json!({ "id": id, "token": "bh_w_example", "digest": digest(id) }));
    let value = json!({ "root_key": hex(&root_bytes), "keys": keys, "objects": objects, "journals": journals,
        "fields": [{ "table": "account", "column": "email", "row": "0000000000000007", "scope": "", "plaintext": "ada@example.org",
            "sealed": sealed, "blind_index": index }],
        "peppers": peppers });
    std::fs::write("house-1.json", serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
}

impl House {
    fn keys_as_text(&self) -> BTreeMap<String, String> {
        let listed = crate::Disk::list(&self.keys, "").unwrap();
        listed.into_iter().map(|(path, _)| (path.to_string(), hex(&bytes_of(&self.keys, &path)))).collect()
    }
}
