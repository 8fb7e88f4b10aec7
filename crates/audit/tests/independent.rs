//! An exported log, verified by a tool that is not ours: Cloudflare's `tlog_tiles` and `signed_note`.
#![expect(clippy::unwrap_used, reason = "a test ends where what it needs is missing")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use audit::{Actor, Deed, Event, Log, Outcome, SCHEMA, SCHEMA_2, Stored, Trail, Witness, verify_inclusion};
use model::Timestamp;
use rusqlite::Connection;
use seal::{FieldSealer, RootKey, SystemEntropy};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, record_hash, stored_hash_index};

const ENTRIES: u64 = 700;

struct Exported<'a>(&'a Path);

impl TileReader for Exported<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // Its paths name the height, which C2SP fixes.
        let path = |tile: &Tile| self.0.join(tile.path().replace("tile/8/", "tile/"));
        Ok(tiles.iter().map(|tile| fs::read(path(tile)).unwrap_or_default()).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn exported(folder: &Path) -> (Connection, Trail) {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(SCHEMA).unwrap();
    db.execute_batch(SCHEMA_2).unwrap();
    let sealer = Arc::new(FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy)));
    let trail = Trail::open(&db, sealer, Arc::new(SystemEntropy)).unwrap();
    for second in 0..ENTRIES {
        let now = Timestamp::from_nanos(1_790_000_000_000_000_000).plus_seconds(second as i64);
        trail.append(&db, &Deed::by(Actor::Shell, now), (Event::SetupLinkMade, Outcome::Done)).unwrap();
    }
    trail.checkpoint(&db, Log::Installation, Timestamp::from_nanos(0)).unwrap();
    assert_eq!(Stored::new(&trail, &db, Log::Installation).export(folder).unwrap(), ENTRIES);
    (db, trail)
}

fn opened(folder: &Path, verifier_key: &str) -> Checkpoint {
    let note = Note::from_bytes(&fs::read(folder.join("checkpoint")).unwrap()).unwrap();
    let verifier = StandardVerifier::new(verifier_key).unwrap();
    let (verified, unknown) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    Checkpoint::from_bytes(note.text()).unwrap()
}

/// The hash of every entry, each proved against the checkpoint by the reader.
fn proved(folder: &Path, checkpoint: &Checkpoint) -> Result<Vec<Hash>, Error> {
    let tiles = Exported(folder);
    let reader = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &tiles);
    let places: Vec<u64> = (0..checkpoint.size()).map(|entry| stored_hash_index(0, entry)).collect();
    reader.read_hashes(&places)
}

fn entries(folder: &Path) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for bundle in 0..ENTRIES.div_ceil(256) {
        let width = 256.min(ENTRIES - bundle * 256);
        let part = if width < 256 { format!(".p/{width}") } else { String::new() };
        let bytes = fs::read(folder.join(format!("tile/entries/{bundle:03}{part}"))).unwrap();
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
            entries.push(entry.to_vec());
            rest = after;
        }
    }
    entries
}

#[test]
fn another_tool_verifies_what_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (db, trail) = exported(folder.path());
    let checkpoint = opened(folder.path(), &trail.verifier().to_string());
    assert_eq!((checkpoint.origin(), checkpoint.size()), (trail.origin(Log::Installation).as_str(), ENTRIES));
    let hashes: Vec<Hash> = entries(folder.path()).iter().map(|entry| record_hash(entry)).collect();
    assert_eq!(proved(folder.path(), &checkpoint).unwrap(), hashes);

    let ours = trail.prove_inclusion(&db, Log::Installation, (77, ENTRIES)).unwrap().unwrap();
    let tiles = Exported(folder.path());
    let reader = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &tiles);
    let theirs = tlog_tiles::prove_record(ENTRIES, 77, &reader).unwrap();
    assert_eq!(ours.iter().map(|hash| Hash(*hash.as_bytes())).collect::<Vec<_>>(), theirs);
    let hash = |hash: &Hash| audit::Hash::from_slice(&hash.0).unwrap();
    assert!(verify_inclusion(hash(&hashes[77]), 77, ENTRIES, &ours, hash(checkpoint.hash())));
}

#[test]
fn another_tool_sees_a_changed_tile() {
    let folder = tempfile::tempdir().unwrap();
    let (_db, trail) = exported(folder.path());
    let checkpoint = opened(folder.path(), &trail.verifier().to_string());
    let path = folder.path().join("tile/0/001");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5] ^= 1;
    fs::write(path, bytes).unwrap();
    let tiles = Exported(folder.path());
    let reader = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &tiles);
    let proof = tlog_tiles::prove_record(ENTRIES, 300, &reader).unwrap();
    let hash = record_hash(&entries(folder.path())[300]);
    assert!(tlog_tiles::check_record(&proof, ENTRIES, *checkpoint.hash(), 300, hash).is_err());
}

/// What a witness of another make does: their note, and the cosignature's message put together here.
#[test]
fn another_tool_reads_a_cosigned_checkpoint_and_its_cosignature() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (db, trail) = exported(folder.path());
    let now = Timestamp::from_nanos(1_790_000_000_000_000_000);
    let witness = Witness::open(seen.path(), "w.example", vec![trail.verifier()], &SystemEntropy).unwrap();
    let request = trail.witness_request(&db, Log::Installation, (&witness.key(), None), now).unwrap().unwrap();
    let line = witness.add(&request, now).unwrap();
    trail.keep_cosignature(&db, Log::Installation, (&witness.key(), &line), now).unwrap();
    Stored::new(&trail, &db, Log::Installation).export(folder.path()).unwrap();

    let note = Note::from_bytes(&fs::read(folder.path().join("checkpoint")).unwrap()).unwrap();
    let log = StandardVerifier::new(&trail.verifier().to_string()).unwrap();
    let theirs = CosignatureVerifier::new(&witness.key().to_string());
    let (verified, unknown) = note.verify(&VerifierList::new(vec![Box::new(log), Box::new(theirs)])).unwrap();
    assert_eq!((verified.len(), unknown.len()), (2, 0));
}

/// C2SP tlog-cosignature, from its text.
struct CosignatureVerifier {
    name: String,
    id: u32,
    key: Vec<u8>,
}

impl CosignatureVerifier {
    fn new(key: &str) -> Self {
        let mut parts = key.splitn(3, '+');
        let (name, id, key) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let key = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, key).unwrap();
        assert_eq!(key[0], 4);
        Self { name: name.to_owned(), id: u32::from_str_radix(id, 16).unwrap(), key: key[1..].to_vec() }
    }
}

impl signed_note::Verifier for CosignatureVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_first_chunk::<8>().unwrap();
        let message = [format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time)).as_bytes(), text].concat();
        let key = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, &self.key);
        key.verify(&message, signature).is_ok()
    }
}
