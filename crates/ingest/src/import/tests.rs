use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_nanos(1_800_000_000_000_000_000);
const AUTO: (ImportFormat, ImportCompression) = (ImportFormat::Auto, ImportCompression::Auto);

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// All that the reader gives of a file that comes in pieces, and how it ended.
fn drain(reader: &mut Reader, file: &[u8], piece: usize) -> (Vec<ImportBatch>, Result<(), Broken>) {
    let mut batches = Vec::new();
    let mut ended = Ok(());
    loop {
        batches.extend(std::iter::from_fn(|| reader.next()));
        let at = reader.uploaded() as usize;
        let rest = &file[at..(at + piece).min(file.len())];
        if rest.is_empty() && reader.is_thirsty() {
            break;
        }
        if let Err(broken) = reader.read(rest) {
            ended = Err(broken);
            break;
        }
    }
    if ended.is_ok() {
        ended = reader.finish();
    }
    batches.extend(std::iter::from_fn(|| reader.next()));
    (batches, ended)
}

fn read((format, compression): (ImportFormat, ImportCompression), file: &[u8]) -> (String, Vec<Exception>, Result<(), Broken>) {
    let mut reader = Reader::new(format, compression, NOW);
    let (batches, ended) = drain(&mut reader, file, 1 << 20);
    let body = |batch: &ImportBatch| String::from_utf8_lossy(&batch.body(0..batch.records(), &[]).bytes).into_owned();
    let refused = batches.iter().flat_map(|batch| batch.refused.clone()).collect();
    (batches.iter().map(body).collect(), refused, ended)
}

fn check(file: &[u8], expected: &str) {
    assert_eq!(read(AUTO, file), (expected.to_owned(), Vec::new(), Ok(())), "{}", String::from_utf8_lossy(file));
}

#[test]
fn a_file_is_read_as_it_begins() {
    check(b"one\n\n{\"a\":1}\ntwo", "{\"message\":\"one\"}\n{\"a\":1}\n{\"message\":\"two\"}\n");
    check(&gzip(b"{\"a\":1}\n{\"a\":2}\n"), "{\"a\":1}\n{\"a\":2}\n");
    check(&[gzip(b"{\"a\":1}\n"), gzip(b"{\"a\":2}\n")].concat(), "{\"a\":1}\n{\"a\":2}\n");
    check(&zstd::encode_all(&b"{\"a\":1}\n{\"a\":2}\n"[..], 1).unwrap(), "{\"a\":1}\n{\"a\":2}\n");
    check(b"[{\"a\":1},\n {\"a\":2}]", "{\"a\":1}\n{\"a\":2}\n");
    check("\u{feff}[{\"a\":1}]".as_bytes(), "{\"a\":1}\n");
    check("\u{feff}{\"a\":1}\n{\"b\":2}\n".as_bytes(), "{\"a\":1}\n{\"b\":2}\n");
    check(b"[warn] text\n", "{\"message\":\"[warn] text\"}\n");
}

#[test]
fn what_is_no_record_is_named_by_its_place() {
    let (body, refused, ended) = read((ImportFormat::Ndjson, ImportCompression::None), b"{\"a\":1}\nno\n{\"a\":2}\n");
    assert_eq!((body.as_str(), ended), ("{\"a\":1}\n{\"a\":2}\n", Ok(())));
    assert_eq!(refused, [Exception { line: 2, at: 8, code: "not_an_object" }]);
}

#[test]
fn a_damaged_archive_gives_what_is_whole_before_it_breaks() {
    let lines: String = (0..200_000).map(|n| format!("{{\"n\":{n},\"x\":{}}}\n", n * 7919 % 104_729)).collect();
    let mut file = gzip(lines.as_bytes());
    let middle = file.len() / 2;
    let cut = &file[..middle];
    let (body, _, ended) = read(AUTO, cut);
    assert_eq!(ended, Err(Broken { code: "truncated_body", at: middle as u64 }));
    assert!(body.len() > lines.len() / 3 && lines.starts_with(&body), "{}", body.len());
    file[middle..middle + 64].fill(0xff);
    let (body, _, ended) = read(AUTO, &file);
    assert_eq!(ended.unwrap_err().code, "invalid_encoding");
    assert!(body.len() > lines.len() / 3);
}

#[test]
fn a_bomb_is_refused_before_it_is_large() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b'x'; model::limits::IMPORT_FREE_BYTES as usize + (1 << 20)]).unwrap();
    let (_, _, ended) = read(AUTO, &encoder.finish().unwrap());
    assert_eq!(ended.unwrap_err().code, "decompression_bomb");
}

#[test]
fn a_reader_goes_on_at_the_end_of_any_batch() {
    let lines: String =
        (0..60_000).map(|n| format!("{{\"number\":{n},\"text\":\"some more of it to fill batches\"}}\n")).collect();
    let objects = format!("[{}]", lines.trim_end().replace('\n', ","));
    for file in [lines.clone().into_bytes(), gzip(lines.as_bytes()), objects.into_bytes()] {
        let mut reader = Reader::new(AUTO.0, AUTO.1, NOW);
        let (whole, ended) = drain(&mut reader, &file, 300_000);
        assert_eq!((ended, whole.len() > 2), (Ok(()), true));
        let found = reader.found().unwrap();
        for (number, batch) in whole.iter().enumerate() {
            let mut reader = Reader::at(AUTO.0, found, batch.to, NOW);
            assert_eq!(drain(&mut reader, &file, 1 << 20), (whole[number + 1..].to_vec(), Ok(())));
        }
    }
}

#[test]
fn some_records_of_a_batch_are_left_out() {
    let mut reader = Reader::new(AUTO.0, AUTO.1, NOW);
    let (batches, _) = drain(&mut reader, b"a\nb\nc\nd\n", 100);
    let body = |range, without: &[usize]| {
        let body = batches[0].body(range, without);
        (String::from_utf8(body.bytes.to_vec()).unwrap().replace("{\"message\":", "").replace(['}', '"', '\n'], ""), body.records)
    };
    assert_eq!(body(0..4, &[1, 2]), ("ad".to_owned(), Some(2)));
    assert_eq!(body(1..3, &[]), ("bc".to_owned(), Some(2)));
    assert_eq!(body(1..3, &[2]), ("b".to_owned(), Some(1)));
    assert_eq!(batches[0].exception(2, "too_deep"), Some(Exception { line: 3, at: 4, code: "too_deep" }));
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(text in "[{}\\[\\]\",a\n ]{0,200}", piece in 1usize..50, zipped in any::<bool>()) {
        let file = if zipped { gzip(text.as_bytes()) } else { text.into_bytes() };
        let whole = drain(&mut Reader::new(AUTO.0, AUTO.1, NOW), &file, 1 << 20);
        // What decides how it is compressed has to come at once.
        let pieces = drain(&mut Reader::new(AUTO.0, AUTO.1, NOW), &file, piece.max(4));
        prop_assert_eq!(whole, pieces);
    }
}
