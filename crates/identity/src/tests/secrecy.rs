use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn files(house: &House) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(house.folder.path()).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

fn check_absent(house: &House, secrets: &[&str]) {
    let files = files(house);
    assert!(files.iter().any(|(name, bytes)| name == "identity.sqlite-wal" && !bytes.is_empty()), "the WAL is read too");
    for (name, bytes) in files {
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes()));
            assert!(!found, "{secret} stands in {name}");
        }
    }
}

#[test]
fn neither_keys_nor_names_nor_tokens_stand_in_any_byte_of_the_files() {
    let house = House::new();
    let identity = house.open();
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    let bare = token.reveal().replace('-', "");
    check_absent(&house, &[token.reveal(), &bare]);

    let (made, _) = identity.complete_setup(token.reveal(), (&name("Zanzibar Ltd"), &name("quagmire")), None, &by(NOW)).unwrap();
    let new = NewKey { name: name("xylophone"), ..new_key(KeyKind::Write) };
    let (plain, key) = identity.create_key(made.scope(), &new, &by(NOW)).unwrap();
    let (rotated, _) = identity.rotate_key(made.scope(), key.id, 60, &by(NOW)).unwrap();
    let _ = identity.authorize_write(Some(&credential(&plain)), None, &by(NOW)).unwrap();
    identity.flush_last_used().unwrap();
    identity.revoke_key(made.scope(), key.id, &by(NOW)).unwrap();

    let plains = [&made.write_key, &made.read_key, &plain, &rotated];
    let mut secrets = vec!["zanzibar", "quagmire", "xylophone", token.reveal(), &bare, "bh_write_", "bh_read_", "…"];
    for plain in plains {
        let random = plain.reveal().rsplit('_').next().unwrap();
        // Any eight characters of a key would be a find, not only the whole.
        secrets.extend((0..=random.len() - 8).map(|at| &random[at..at + 8]));
    }
    check_absent(&house, &secrets);
    let listed = identity.keys(made.scope()).unwrap();
    assert!(listed.iter().any(|key| key.name == new.name && key.prefix.starts_with("bh_write_")));
}

#[test]
fn the_files_are_their_owners_only_even_when_they_were_not() {
    let house = House::new();
    fs::write(house.file(), "").unwrap();
    fs::set_permissions(house.file(), PermissionsExt::from_mode(0o666)).unwrap();
    let identity = house.open();
    source(&identity, "acme", "api");
    let names: Vec<_> = files(&house).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        let mode = fs::metadata(house.folder.path().join(&name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn another_root_key_opens_nothing() {
    let house = House::new();
    let identity = house.open();
    source(&identity, "acme", "api");
    let stranger = House { root: RootKey::generate(&SystemEntropy), ..house };
    assert!(matches!(stranger.try_open(), Err(OpenError::OtherRoot)));
}
