//! An archive as its tenant finds it, in a folder or a bucket, and the key that opens it: read with age and gzip alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::digest;
use bucket::Bucket;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::person::text;

/// A tenant's key.
pub(crate) struct Identity {
    file: PathBuf,
    pub(crate) recipient: String,
}

/// The archive of one source, as its tenant finds it in a folder or a bucket.
pub(crate) struct Shelf<'a> {
    source: String,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    pub(crate) identity: Option<&'a Identity>,
}

// === impl Identity ===

impl Identity {
    pub(crate) fn make(folder: &Path) -> Self {
        let file = folder.join("key.txt");
        let made = Command::new("age-keygen").arg("-o").arg(&file).output().expect("age is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let key = fs::read_to_string(&file).unwrap();
        let recipient = key.split_once("# public key: ").unwrap().1.lines().next().unwrap().to_owned();
        Self { file, recipient }
    }

    /// `None` where it does not open.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let file = self.file.with_extension("sealed");
        fs::write(&file, sealed).unwrap();
        let opened = Command::new("age").arg("-d").arg("-i").arg(&self.file).arg(&file).output().unwrap();
        opened.status.success().then_some(opened.stdout)
    }
}

// === impl Shelf ===

impl<'a> Shelf<'a> {
    pub(crate) fn of_folder(folder: &Path, source: &str, identity: &'a Identity) -> Self {
        let mut objects = BTreeMap::new();
        collect(folder, folder, &mut objects);
        Self { source: source.to_owned(), objects, identity: Some(identity) }
    }

    pub(crate) fn of_bucket(bucket: &Bucket, source: &str) -> Self {
        Self { source: source.to_owned(), objects: bucket.objects().into_iter().collect(), identity: None }
    }

    pub(crate) fn name(&self, day: &str, what: &str) -> String {
        format!("date={day}/{}-{}T000000Z-{what}", self.source, day.replace('-', ""))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Vec<u8>> {
        self.objects.iter().find(|(path, _)| path.ends_with(name)).map(|(_, bytes)| bytes)
    }

    #[track_caller]
    pub(crate) fn manifest(&self, day: &str, number: u32) -> Value {
        let name = self.name(day, &format!("manifest-{number:04}.json"));
        let bytes = self.find(&name).unwrap_or_else(|| panic!("no {name} among {:?}", self.objects.keys()));
        serde_json::from_slice(bytes).unwrap()
    }

    /// The records of the objects that a manifest names, which have to be as it says.
    #[track_caller]
    pub(crate) fn records(&self, day: &str, number: u32) -> Vec<Value> {
        let manifest = self.manifest(day, number);
        let mut records = Vec::new();
        for object in manifest["objects"].as_array().unwrap() {
            let name = text(&object["name"]);
            let bytes = self.find(&name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!((json!(bytes.len()), json!(sha256(bytes))), (object["bytes"].clone(), object["sha256"].clone()), "{name}");
            let packed = match self.identity {
                Some(identity) => identity.open(bytes).expect("the tenant's key opens it"),
                None => bytes.clone(),
            };
            let mut ndjson = String::new();
            GzDecoder::new(packed.as_slice()).read_to_string(&mut ndjson).unwrap();
            assert_eq!(object["ndjson_bytes"], json!(ndjson.len()), "{name}");
            let of_object: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(object["records"], json!(of_object.len()), "{name}");
            records.extend(of_object);
        }
        assert_eq!(manifest["records"], json!(records.len()));
        records
    }
}

fn collect(root: &Path, folder: &Path, objects: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, objects);
        } else {
            objects.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
        }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
