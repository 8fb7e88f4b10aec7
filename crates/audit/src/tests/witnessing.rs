//! Claims about witnesses of a trail.

use tempfile::TempDir;

use super::*;
use crate::{CosignError, Witness, WitnessError, WitnessKey};

struct Watched {
    house: House,
    folders: Vec<TempDir>,
}

impl Watched {
    fn by(witnesses: usize) -> Self {
        Self { house: House::with(5), folders: (0..witnesses).map(|_| tempfile::tempdir().unwrap()).collect() }
    }

    fn witness(&self, index: usize) -> Witness {
        let logs = vec![self.house.trail.verifier()];
        Witness::open(self.folders[index].path(), &format!("w{index}.example"), logs, &SystemEntropy).unwrap()
    }

    fn keys(&self) -> Vec<WitnessKey> {
        (0..self.folders.len()).map(|index| self.witness(index).key()).collect()
    }

    fn ask(&self, index: usize) -> Result<String, WitnessError> {
        let (house, witness) = (&self.house, self.witness(index));
        let request = house.trail.witness_request(&house.db, house.log, (&witness.key(), None), NOW).unwrap().unwrap();
        witness.add(&request, NOW)
    }

    fn keep(&self, index: usize, lines: &str) -> Result<u64, CosignError> {
        let key = self.witness(index).key();
        self.house.trail.keep_cosignature(&self.house.db, self.house.log, (&key, lines), NOW)
    }

    fn cosign(&self, index: usize) -> u64 {
        self.keep(index, &self.ask(index).unwrap()).unwrap()
    }

    fn verify(&self, quorum: usize) -> Report {
        self.house.verify_log(self.house.log, &[], Witnesses { keys: &self.keys(), quorum })
    }
}

#[test]
fn a_quorum_is_met_by_one_checkpoint_and_a_smaller_one_is_named() {
    let watched = Watched::by(3);
    assert_eq!(watched.verify(1).findings, [Finding::TooFewCosigned { needed: 1, found: 0 }]);
    assert_eq!((watched.cosign(0), watched.cosign(1)), (5, 5));
    let report = watched.verify(2);
    assert_eq!((report.findings, report.witnessed), (Vec::new(), Some(5)));
    assert_eq!(watched.verify(3).findings, [Finding::TooFewCosigned { needed: 3, found: 2 }]);
    watched.house.grow(5..9);
    assert_eq!(watched.cosign(2), 9);
    assert_eq!((watched.verify(2).witnessed, watched.verify(1).witnessed), (Some(5), Some(9)));
    assert_eq!(watched.verify(3).findings, [Finding::TooFewCosigned { needed: 3, found: 2 }], "two and one are not three");
}

#[test]
fn a_trail_that_is_rolled_back_finds_no_witness() {
    let watched = Watched::by(1);
    watched.house.grow(5..9);
    watched.cosign(0);
    for sql in [
        "DELETE FROM audit_entries WHERE sequence >= 5",
        "DELETE FROM audit_nodes WHERE level = 0 AND place >= 5 OR level > 0 AND (place + 1) << level > 5",
        "DELETE FROM audit_checkpoints WHERE size > 5",
        "DELETE FROM audit_cosignatures",
    ] {
        watched.house.tamper(sql);
    }
    assert!(matches!(watched.ask(0), Err(WitnessError::RolledBack { seen: 9, size: 5 })));
    watched.house.grow(5..12);
    assert!(matches!(watched.ask(0), Err(WitnessError::OtherStart { old: 0, seen: 9 })));
    let house = &watched.house;
    let key = watched.witness(0).key();
    let honest = house.trail.witness_request(&house.db, house.log, (&key, Some(9)), NOW).unwrap().unwrap();
    assert!(matches!(watched.witness(0).add(&honest, NOW), Err(WitnessError::NotProved { seen: 9, size: 12 })));
    assert_eq!(house.findings(), [], "in itself it is sound");
    assert_eq!(watched.verify(1).findings, [Finding::TooFewCosigned { needed: 1, found: 0 }]);
}

#[test]
fn a_cosignature_that_was_swapped_is_named() {
    let watched = Watched::by(1);
    watched.cosign(0);
    watched.house.grow(5..9);
    watched.cosign(0);
    let line = "SELECT line FROM audit_cosignatures WHERE size = 9";
    watched.house.tamper(&format!("UPDATE audit_cosignatures SET line = ({line}) WHERE size = 5"));
    let witness = watched.keys()[0].to_string();
    assert_eq!(watched.house.findings(), [Finding::Cosignature { size: 5, witness: witness.clone() }]);
    let findings = watched.verify(1).findings;
    assert!(matches!(findings.as_slice(), [Finding::Cosignature { size: 5, .. }, Finding::Cosigned(_)]), "{findings:?}");
    watched.house.tamper("DELETE FROM audit_checkpoints WHERE size = 5");
    assert_eq!(watched.house.findings(), [Finding::Cosignature { size: 5, witness }]);
}

#[test]
fn only_what_the_witness_signed_of_this_log_is_kept() {
    let watched = Watched::by(2);
    let line = watched.ask(0).unwrap();
    assert!(matches!(watched.keep(1, &line), Err(CosignError::Unread(_))));
    assert!(matches!(watched.keep(0, "no signature"), Err(CosignError::Unread(_))));
    let other = Watched::by(0);
    let elsewhere = other.house.trail.checkpoint(&other.house.db, other.house.log, NOW).unwrap();
    let stranger = crate::Cosigner::new("w9.example", &[9; 32]).unwrap();
    let foreign = stranger.cosign(&elsewhere, NOW).unwrap();
    let kept =
        watched.house.trail.keep_cosignature(&watched.house.db, watched.house.log, (&stranger.witness_key(), &foreign), NOW);
    assert!(matches!(kept, Err(CosignError::Fits)));
    // What came with it from others is left out.
    let padded = format!("{line}{foreign}");
    assert_eq!(watched.keep(0, &padded).unwrap(), 5);
    let note = watched.house.trail.checkpoint(&watched.house.db, watched.house.log, NOW).unwrap();
    assert!(note.contains("w0.example") && !note.contains("w9.example"), "{note}");
    assert_eq!(watched.verify(1).findings, []);
}

#[test]
fn a_key_under_two_names_is_one_witness() {
    let watched = Watched::by(0);
    let house = &watched.house;
    let note = house.trail.checkpoint(&house.db, house.log, NOW).unwrap();
    let keys = ["a.example", "b.example"].map(|name| {
        let twin = crate::Cosigner::new(name, &[9; 32]).unwrap();
        let line = twin.cosign(&note, NOW).unwrap();
        house.trail.keep_cosignature(&house.db, house.log, (&twin.witness_key(), &line), NOW).unwrap();
        twin.witness_key()
    });
    let report = house.verify_log(house.log, &[], Witnesses { keys: &keys, quorum: 2 });
    assert_eq!(report.findings, [Finding::TooFewCosigned { needed: 2, found: 1 }]);
}

#[test]
fn an_exported_log_carries_its_cosignatures() {
    let watched = Watched::by(2);
    watched.cosign(0);
    watched.cosign(1);
    watched.house.grow(5..9);
    let (house, folder) = (&watched.house, tempfile::tempdir().unwrap());
    Stored::new(&house.trail, &house.db, house.log).export(folder.path()).unwrap();
    let verify_with = |keys: &[WitnessKey], quorum| {
        let (verifier, origin) = (house.trail.verifier(), house.trail.origin(house.log));
        let witnesses = Witnesses { keys, quorum };
        verify(&Folder::new(folder.path()), &Expected { verifier: &verifier, origin: &origin, anchors: &[], witnesses })
    };
    let report = verify_with(&watched.keys(), 2);
    assert_eq!((report.findings, report.size, report.witnessed), (Vec::new(), 9, Some(5)));
    let twice = [watched.keys().remove(0), watched.keys().remove(0)];
    let report = verify_with(&twice, 2);
    assert_eq!(report.findings, [Finding::TooFewCosigned { needed: 2, found: 1 }], "one witness named twice is one");
}

#[test]
fn files_are_served_as_they_are_exported() {
    let house = House::with(300);
    let (stored, folder) = (Stored::new(&house.trail, &house.db, house.log), tempfile::tempdir().unwrap());
    stored.export(folder.path()).unwrap();
    for path in ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"] {
        assert_eq!(stored.file(path).unwrap(), Some(fs::read(folder.path().join(path)).unwrap()), "{path}");
    }
    for none in ["", "tile/0/001", "tile/0/001.p/45", "tile/2/000.p/1", "../checkpoint", "tile/entries/002.p/1"] {
        assert_eq!(stored.file(none).unwrap(), None, "{none}");
    }
}
