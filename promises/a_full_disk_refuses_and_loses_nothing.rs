//! A full disk answers 503, loses nothing that was acknowledged, and takes lines again once there is room.

use std::collections::HashSet;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::clock::eventually;
use crate::house::{Access, House};

/// A small disk of one's own, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

// === impl SmallDisk ===

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "blockhouse-test"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder))
    }

    fn grow(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &size]).arg(self.0.path()).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0.path()).status());
    }
}

/// Entropy, so that compression does not make room.
fn body(batch: u64) -> String {
    let mut state = batch.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let padding: String = (0..8_000).map(|_| noise()).collect();
    json!({ "message": "fills the disk", "batch": batch, "padding": padding }).to_string()
}

fn try_send(client: &mut Client, access: &Access, batch: u64) -> (u16, String) {
    let response = client.post(&access.frames_path(), &access.write_key, "application/ndjson", body(batch).as_bytes()).unwrap();
    (response.status, response.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn check_found(house: &House, access: &Access, acknowledged: &HashSet<u64>, refused: &HashSet<u64>) {
    let found = access.sql(&mut house.client(access), "select batch from logs where message = 'fills the disk'");
    assert_eq!(found.status, 200, "{}", found.text());
    let rows: Vec<u64> = found.json()["rows"].as_array().unwrap().iter().filter_map(|row| row[0].as_u64()).collect();
    let once: HashSet<u64> = rows.iter().copied().collect();
    assert_eq!(once.len(), rows.len(), "a batch is there twice");
    let lost: Vec<_> = acknowledged.difference(&once).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}\n{}", house.log());
    let kept: Vec<_> = refused.intersection(&once).collect();
    assert!(kept.is_empty(), "refused and yet kept: {kept:?}");
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(24) else {
        println!("SKIPPED: a_full_disk_refuses_and_loses_nothing: this user may not mount a small disk");
        return;
    };
    let (mut house, access) = House::open_at(tempfile::tempdir().unwrap(), disk.0.path().join("data"));
    let mut client = house.client(&access);
    let (mut acknowledged, mut refused) = (HashSet::new(), HashSet::new());
    for batch in 0..1_000 {
        match try_send(&mut client, &access, batch) {
            (202, _) => acknowledged.insert(batch),
            (503, code) => {
                assert!(!code.is_empty());
                refused.insert(batch)
            }
            other => panic!("{other:?}"),
        };
        if refused.len() > 20 {
            break;
        }
    }
    assert!(!acknowledged.is_empty() && refused.len() > 20, "{} taken, {} refused", acknowledged.len(), refused.len());
    assert!(house.is_running(), "{}", house.log());
    check_found(&house, &access, &acknowledged, &refused);

    // Somebody else takes what the server had kept free: what it cannot tell in its trail it does not do.
    let hog = disk.0.path().join("hog");
    let mut file = std::fs::File::create(&hog).unwrap();
    while std::io::Write::write_all(&mut file, &[1; 4_096]).is_ok() {}
    assert_eq!(try_send(&mut client, &access, 1_500).0, 503);
    refused.insert(1_500);
    let asked = access.sql(&mut client, "select count(*) from logs");
    assert!(asked.status == 200 || asked.json()["code"] == "not_recorded", "{}", asked.text());
    drop(file);
    std::fs::remove_file(hog).unwrap();
    check_found(&house, &access, &acknowledged, &refused);

    disk.grow(256);
    let first = 2_000;
    eventually("lines are taken again", Duration::from_secs(30), || {
        let mut client = house.client(&access);
        (try_send(&mut client, &access, first).0 == 202).then_some(())
    });
    acknowledged.insert(first);
    house.kill();
    house.start(&access);
    check_found(&house, &access, &acknowledged, &refused);
}
