use std::os::unix::fs::{MetadataExt, symlink};
use std::thread;

use super::*;

fn path(text: &str) -> ObjectPath {
    ObjectPath::parse(text).unwrap()
}

fn open() -> (tempfile::TempDir, LocalDisk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = LocalDisk::open(&folder.path().join("deep/data")).unwrap();
    (folder, disk)
}

/// Names of everything in the folder, temporary files included.
fn files(disk: &LocalDisk) -> Vec<String> {
    let mut names = Vec::new();
    walk(&disk.root, &mut |entry| {
        names.push(entry.path().strip_prefix(&disk.root).unwrap().to_str().unwrap().to_owned());
        Ok(())
    })
    .unwrap();
    names.sort();
    names
}

#[test]
fn an_object_is_stored_read_and_deleted() {
    let (_folder, disk) = open();
    let at = path("a/b/c");
    disk.put(&at, b"0123456789", PutMode::Create).unwrap();
    assert_eq!(disk.size(&at).unwrap(), 10);
    assert_eq!(disk.read(&at, 2..5).unwrap(), b"234");
    assert_eq!(disk.read(&at, 10..10).unwrap(), b"");
    assert_eq!(files(&disk), ["a", "a/b", "a/b/c"]);
    disk.delete(&at).unwrap();
    disk.delete(&at).unwrap();
    disk.delete(&path("never/was")).unwrap();
    assert!(matches!(disk.read(&at, 0..1), Err(DiskError::NotFound)));
    assert!(matches!(disk.size(&at), Err(DiskError::NotFound)));
    assert!(matches!(disk.sync(&at), Err(DiskError::NotFound)));
}

#[test]
fn a_range_past_the_end_is_an_error_and_costs_no_memory() {
    let (_folder, disk) = open();
    disk.put(&path("a"), b"0123456789", PutMode::Create).unwrap();
    #[expect(clippy::reversed_empty_ranges, reason = "a range that a careless caller may compute")]
    for range in [5..11, 11..11, 0..u64::MAX, 5..4] {
        assert!(matches!(disk.read(&path("a"), range), Err(DiskError::Io(_))));
    }
}

#[test]
fn create_refuses_and_replace_replaces() {
    let (_folder, disk) = open();
    let at = path("a/b");
    disk.put(&at, b"first", PutMode::Create).unwrap();
    assert_eq!(disk.read(&at, 0..5).unwrap(), b"first");
    assert!(matches!(disk.put(&at, b"second", PutMode::Create), Err(DiskError::AlreadyExists)));
    assert_eq!(disk.read(&at, 0..5).unwrap(), b"first");
    disk.put(&at, b"other", PutMode::Replace).unwrap();
    assert_eq!(disk.read(&at, 0..5).unwrap(), b"other");
    assert_eq!(files(&disk), ["a", "a/b"]);
}

#[test]
fn of_many_creators_one_wins_and_nothing_is_left_over() {
    let (_folder, disk) = open();
    let at = path("a/b");
    let won: usize = thread::scope(|threads| {
        let tries: Vec<_> = (0..8_u8)
            .map(|n| {
                threads.spawn({
                    let (disk, at) = (&disk, &at);
                    move || disk.put(at, &[n; 4096], PutMode::Create)
                })
            })
            .collect();
        tries.into_iter().map(|t| usize::from(t.join().unwrap().is_ok())).sum()
    });
    assert_eq!(won, 1);
    let stored = disk.read(&at, 0..4096).unwrap();
    assert!(stored.iter().all(|&b| b == stored[0]));
    assert_eq!(files(&disk), ["a", "a/b"]);
}

#[test]
fn a_reader_sees_one_whole_object_while_it_is_replaced() {
    let (_folder, disk) = open();
    let at = path("a");
    disk.put(&at, &[0; 8192], PutMode::Create).unwrap();
    thread::scope(|threads| {
        let writer = threads.spawn(|| (1..50_u8).for_each(|n| disk.put(&at, &[n; 8192], PutMode::Replace).unwrap()));
        while !writer.is_finished() {
            let read = disk.read(&at, 0..8192).unwrap();
            assert!(read.iter().all(|&b| b == read[0]));
        }
    });
    assert_eq!(disk.read(&at, 0..1).unwrap(), [49]);
}

#[test]
fn files_and_folders_belong_to_their_owner_alone() {
    let (_folder, disk) = open();
    disk.put(&path("a/b"), b"x", PutMode::Create).unwrap();
    disk.create_log(&path("c/d")).unwrap();
    for (name, mode) in [("", 0o700), ("a", 0o700), ("a/b", 0o600), ("c", 0o700), ("c/d", 0o600)] {
        assert_eq!(std::fs::metadata(disk.root.join(name)).unwrap().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn a_listing_holds_whole_objects_only_and_deletes_nothing() {
    let (_folder, disk) = open();
    for name in ["b/2", "b/1", "a", "bb/3"] {
        disk.put(&path(name), name.as_bytes(), PutMode::Create).unwrap();
    }
    std::fs::write(disk.root.join("b/1.77-0.tmp"), "half").unwrap();
    std::fs::write(disk.root.join("b/Foreign File"), "x").unwrap();
    symlink("/etc", disk.root.join("b/etc")).unwrap();
    let listed =
        |prefix: &str| disk.list(prefix).unwrap().into_iter().map(|(path, size)| (path.to_string(), size)).collect::<Vec<_>>();
    assert_eq!(listed("b"), [("b/1".to_owned(), 3), ("b/2".to_owned(), 3)]);
    assert_eq!(listed("").len(), 4);
    assert!(listed("none").is_empty());
    for prefix in ["..", "/", "b/", "/etc"] {
        assert!(matches!(disk.list(prefix), Err(DiskError::Io(_))), "{prefix}");
    }
    assert_eq!(disk.clear_leftovers().unwrap(), 1);
    assert!(!disk.root.join("b/1.77-0.tmp").exists() && disk.root.join("b/Foreign File").exists());
}

#[test]
fn a_link_in_an_objects_place_leads_nowhere() {
    let (folder, disk) = open();
    std::fs::write(folder.path().join("outside"), "secret").unwrap();
    symlink(folder.path().join("outside"), disk.root.join("a")).unwrap();
    assert!(matches!(disk.read(&path("a"), 0..1), Err(DiskError::Io(_))));
}

#[test]
fn a_log_is_new_appends_and_can_be_read_meanwhile() {
    let (_folder, disk) = open();
    let at = path("a/log");
    let mut log = disk.create_log(&at).unwrap();
    log.append(b"one").unwrap();
    assert_eq!(disk.read(&at, 0..3).unwrap(), b"one");
    log.append(b"two").unwrap();
    log.sync().unwrap();
    assert_eq!(disk.size(&at).unwrap(), 6);
    assert_eq!(disk.read(&at, 0..6).unwrap(), b"onetwo");
    assert!(matches!(disk.create_log(&at), Err(DiskError::AlreadyExists)));
    disk.sync(&at).unwrap();
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let (_folder, disk) = open();
    disk.put(&path("a"), b"file", PutMode::Create).unwrap();
    assert!(disk.put(&path("a/b"), b"x", PutMode::Create).is_err());
    std::fs::create_dir(disk.root.join("folder")).unwrap();
    assert!(disk.put(&path("folder"), b"x", PutMode::Replace).is_err());
    assert!(disk.put(&path("folder"), b"x", PutMode::Create).is_err());
    assert_eq!(files(&disk), ["a", "folder"]);
}

#[test]
fn a_full_disk_is_told_from_a_broken_one() {
    let Ok(mut full) = OpenOptions::new().append(true).open("/dev/full") else { return };
    let error = full.write_all(b"x").unwrap_err();
    assert!(matches!(DiskError::from(error), DiskError::Full));
    assert!(matches!(DiskError::from(io::Error::other("broken")), DiskError::Io(_)));
}
