//! Who breaks what holds records: files of sealed parts and keys, the catalog of parts, and a program that reads and sends.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::undo::{Undo, replace, run};
use super::world::World;

const CLEAR_LINE: &str = "{\"level\":\"info\",\"message\":\"in clear\"}\n";

/// The sources of the checks themselves, which only they send to.
const CHECKED: (&str, [&str; 2]) = ("Blockhouse checks", ["canary one", "canary two"]);

pub(super) fn clear_file(world: &mut World) -> Undo {
    let file = world.house.data().join("journal").join("export.json");
    let undo = Undo::removal(file.clone());
    fs::write(file, CLEAR_LINE.repeat(100)).unwrap();
    undo
}

pub(super) fn clear_part(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    let name = name(&part);
    let (rest, last) = name.split_at(name.len() - 1);
    let file = part.with_file_name(format!("{rest}{}", if last == "0" { '1' } else { '0' }));
    let undo = Undo::removal(file.clone());
    fs::write(file, CLEAR_LINE.repeat(1_000)).unwrap();
    undo
}

/// In the file itself: the server has it open.
pub(super) fn flipped_part(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    flip(&part);
    Undo::by(move |_| flip(&part))
}

pub(super) fn cut_part(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    let undo = Undo::file(&part);
    let bytes = fs::read(&part).unwrap();
    replace(world, &part, &bytes[..bytes.len() - 100]);
    undo
}

pub(super) fn lost_part(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    let undo = Undo::file(&part);
    fs::remove_file(part).unwrap();
    undo
}

/// What it would look like if parts ended by the catalog alone, and somebody kept the file.
pub(super) fn left_part(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    let (_, rest) = (name(&part).split_at(8).0.to_owned(), name(&part)[8..].to_owned());
    copy(&part, part.with_file_name(format!("20240101{rest}")))
}

pub(super) fn part_of_another(world: &mut World) -> Undo {
    let part = world.part(&world.access);
    let there = world.part(&world.other).with_file_name(name(&part));
    copy(&part, there)
}

pub(super) fn key_of_another(world: &mut World) -> Undo {
    let keys = fs::read_dir(world.folder("keys", &world.access)).unwrap();
    let key = keys.map(|entry| entry.unwrap().path()).next().expect("a key");
    let serial = name(&key).replace("-00", "-01");
    copy(&key, world.folder("keys", &world.other).join(serial))
}

/// As if the rotation of keys stood still: the catalog says that a part holds what came in after the day of its key.
pub(super) fn sealed_too_late(world: &mut World) -> Undo {
    received(world, "received + 1")
}

pub(super) fn kept_part(world: &mut World) -> Undo {
    received(world, "received - 1000")
}

fn received(world: &World, day: &str) -> Undo {
    let catalog = world.house.data().join("catalog.sqlite");
    let of_source = format!("source = '{}'", world.access.source_id);
    let undo = Undo::rows(&catalog, "parts", &of_source);
    run(&catalog, &format!("UPDATE parts SET received = {day} WHERE {of_source}"));
    undo
}

/// Reads one source of the checks as it comes in, and sends it to another.
pub(super) fn forwarder(world: &mut World) -> Undo {
    let (tenant, sources) = CHECKED;
    let [from, to] = sources.map(|source| world.house.bootstrap(tenant, source));
    let mut client = world.house.client(&to);
    let authorization = format!("Bearer {}", from.read_key);
    let (answer, lines) = client.follow(&from.tail_path(""), &[("Authorization", &authorization)]).unwrap();
    assert_eq!(answer.status, 200);
    let stopped = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stopped);
    thread::spawn(move || {
        for line in lines.take_while(|_| !stopping.load(Ordering::Acquire)) {
            let records = line.strip_prefix("data:").and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
            for record in records.into_iter().flatten() {
                let copied = json!({ "message": record["message"], "check": record["message"] }).to_string();
                drop(client.post(&to.frames_path(), &to.write_key, "application/json", copied.as_bytes()));
            }
        }
    });
    Undo::by(move |_| stopped.store(true, Ordering::Release))
}

/// One bit in the middle.
fn flip(file: &Path) {
    let bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&[bytes[middle] ^ 0x10], middle as u64).unwrap();
}

fn copy(from: &Path, to: PathBuf) -> Undo {
    let undo = Undo::removal(to.clone());
    fs::copy(from, to).unwrap();
    undo
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
