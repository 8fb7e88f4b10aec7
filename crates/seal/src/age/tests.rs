use super::*;
use crate::SystemEntropy;

// `age-keygen`; the key is in no use.
const KEY: [u8; 32] = *b"a secret of thirty-two bytes....";

/// What age calls an identity, with its recipient.
fn identity() -> (PrivateKey, AgeRecipient) {
    let key = PrivateKey::from_private_key(&X25519, &KEY).unwrap();
    let public: [u8; 32] = key.compute_public_key().unwrap().as_ref().try_into().unwrap();
    (key, AgeRecipient::parse(&recipient::tests::text_of(&public)).unwrap())
}

/// Opens a file as the format's description says; `None` where anything is not as it has to be.
fn open(file: &[u8], key: &PrivateKey) -> Option<Vec<u8>> {
    let end = file.windows(5).position(|five| five == b"\n--- ")?;
    let header = std::str::from_utf8(&file[..end + 4]).ok()?;
    let lines: Vec<&str> = header.lines().collect();
    let [VERSION, stanza, body, "---"] = lines.as_slice() else { return None };
    let share = STANDARD_NO_PAD.decode(stanza.strip_prefix("-> X25519 ")?).ok()?;
    let public = key.compute_public_key().unwrap();
    let salt = [share.as_slice(), public.as_ref()].concat();
    let peer = UnparsedPublicKey::new(&X25519, &share);
    let wrapping =
        agreement::agree(key, peer, AgeRefused, |shared| derive(shared, &salt, b"age-encryption.org/v1/X25519")).ok()?;
    let mut file_key = STANDARD_NO_PAD.decode(body).ok()?;
    let zero = Nonce::assume_unique_for_key([0; 12]);
    let file_key = cipher(&wrapping).unwrap().open_in_place(zero, Aad::empty(), &mut file_key).ok()?.to_vec();
    let rest = &file[end + 5..];
    let line = rest.iter().position(|&byte| byte == b'\n')?;
    let mac_key = hmac::Key::new(hmac::HMAC_SHA256, derive(&file_key, b"", b"header").unwrap().as_slice());
    hmac::verify(&mac_key, header.as_bytes(), &STANDARD_NO_PAD.decode(&rest[..line]).ok()?).ok()?;
    let (nonce, mut left) = rest[line + 1..].split_at_checked(NONCE_BYTES)?;
    let payload = cipher(&derive(&file_key, nonce, b"payload").unwrap()).unwrap();
    let (mut plain, mut number) = (Vec::new(), 0);
    loop {
        let (chunk, rest) = left.split_at(left.len().min(CHUNK_BYTES + 16));
        let last = if rest.is_empty() { Last::Yes } else { Last::No };
        let mut chunk = chunk.to_vec();
        let opened = payload.open_in_place(chunk_nonce(number, last), Aad::empty(), &mut chunk).ok()?;
        if opened.is_empty() && number > 0 {
            return None;
        }
        plain.extend_from_slice(opened);
        if rest.is_empty() {
            return Some(plain);
        }
        (left, number) = (rest, number + 1);
    }
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let mut writer = AgeWriter::new(&identity().1, &SystemEntropy).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

#[test]
fn whoever_holds_the_key_opens_a_file_of_any_length() {
    let key = identity().0;
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 200_000] {
        let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        assert_eq!(open(&sealed(&plain), &key), Some(plain), "{length}");
    }
}

#[test]
fn a_file_that_was_cut_or_changed_does_not_open() {
    let key = identity().0;
    let file = sealed(&vec![7; 2 * CHUNK_BYTES + 9]);
    let header = file.len() - 2 * (CHUNK_BYTES + 16) - 9 - 16;
    for cut in [0, 30, header, header + CHUNK_BYTES + 16, header + 2 * (CHUNK_BYTES + 16), file.len() - 1] {
        assert_eq!(open(&file[..cut], &key), None, "{cut}");
    }
    for at in [25, 60, 120, 180, header - 1, header + 5, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert_eq!(open(&changed, &key), None, "{at}");
    }
    let other = PrivateKey::from_private_key(&X25519, &[9; 32]).unwrap();
    assert_eq!(open(&file, &other), None);
}

#[test]
fn a_point_that_agrees_with_everybody_on_the_same_is_no_recipient() {
    let mut one = [0; 32];
    one[0] = 1;
    for point in [[0; 32], one] {
        let recipient = AgeRecipient::parse(&recipient::tests::text_of(&point)).unwrap();
        assert_eq!(AgeWriter::new(&recipient, &SystemEntropy).err(), Some(AgeRefused));
    }
}

#[test]
fn no_two_files_are_alike() {
    assert_ne!(sealed(b"the same"), sealed(b"the same"));
}
