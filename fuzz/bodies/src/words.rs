//! Texts that people and clients write: queries, credentials, times.

use identity::{Credential, FolderName};
use model::{Day, Timestamp};
use seal::{AgeRecipient, AgeWriter, RECOVERY_WORDS, RecoveryWords, RootKey, SystemEntropy};
use search::Query;
use search::query::{Joiner, parse_last, parse_time};

/// The display of a query is a query that displays the same; an error points into the text.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Query::parse(&text) {
        Ok(query) => {
            let shown = query.expr().to_string();
            let again = Query::parse(&shown).unwrap_or_else(|error| panic!("`{text}` became `{shown}`: {error}"));
            assert_eq!(again.expr().to_string(), shown, "of `{text}`");
            assert_eq!(again.expr(), query.expr(), "`{text}` became `{shown}`");
            assert!(!query.explain().is_empty() || query.matches_all());
        }
        Err(error) => {
            let place = error.at..error.at + error.len;
            assert!(text.get(place.clone()).is_some(), "{place:?} is not a place in `{text}`");
        }
    }
    let now = Timestamp::from_nanos(1_767_312_000_000_000_000);
    drop((parse_time(&text, now), parse_last(&text)));
}

/// The same of LogQL, and what was understood can be asked, and its parsers read any line.
pub fn logql(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match logql::Query::parse(&text) {
        Ok(query) => {
            let shown = query.to_string();
            // Escapes may make it longer than a query may be.
            if shown.len() <= model::limits::QUERY_BYTES_MAX {
                let again = logql::Query::parse(&shown).unwrap_or_else(|error| panic!("`{text}` became `{shown}`: {error}"));
                assert_eq!(again, query, "`{text}` became `{shown}`");
            }
            if let logql::Query::Logs(pipeline) = query {
                drop(search::Predicate::of_pipeline(&pipeline));
                let parsers = search::Parsers::of(&pipeline);
                drop(parsers.read(&text, |_| false));
                drop(parsers.rewrite(
                    (&text, Timestamp::from_nanos(0)),
                    &|_| text.to_string(),
                    &["a"],
                    &search::Cancel::default(),
                ));
            }
        }
        Err(error) => {
            let place = error.at..error.at + error.len;
            assert!(text.get(place.clone()).is_some(), "{place:?} is not a place in `{text}`");
        }
    }
    let _ = (logql::parse_duration(&text), logql::parse_bytes(&text));
}

/// A search of a client of Elasticsearch is understood or refused; Lucene's language is one that ours can say.
pub fn elastic(data: &[u8]) {
    if let Ok(request) = search::elastic::Request::parse(data) {
        drop(request.predicate(Timestamp::from_nanos(1_767_312_000_000_000_000)));
    }
    let text = String::from_utf8_lossy(data);
    for joiner in [Joiner::Or, Joiner::And] {
        match Query::parse_lucene(&text, joiner) {
            Ok(query) => {
                let shown = query.to_string();
                // Escapes may make it longer than a query may be.
                if shown.len() <= model::limits::QUERY_BYTES_MAX {
                    let again = Query::parse(&shown).unwrap_or_else(|error| panic!("`{text}` became `{shown}`: {error}"));
                    assert_eq!(again.to_string(), shown, "of `{text}`");
                }
            }
            Err(error) => {
                let place = error.at..error.at + error.len;
                assert!(text.get(place.clone()).is_some(), "{place:?} is not a place in `{text}`");
            }
        }
    }
}

/// Whatever is taken for a credential, nothing of it is printed.
pub fn credential(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for credential in [Credential::from_authorization(&text), Credential::from_key(&text)].into_iter().flatten() {
        assert!(!format!("{credential:?}").contains("bh_"));
    }
}

/// A time survives its own text, and a prefix that was read is what the whole parser reads.
pub fn timestamp(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(time) = Timestamp::parse(&text) {
        assert_eq!(Timestamp::parse(&time.to_string()), Ok(time), "{time} of `{text}`");
        assert!(time.day().start() <= time);
    }
    if let Some((_, length)) = Timestamp::parse_prefix(data) {
        assert!(length > 0 && length <= data.len(), "{length} bytes of `{text}`");
    }
    let number: [u8; 8] = std::array::from_fn(|i| data.get(i).copied().unwrap_or_default());
    for time in
        [Timestamp::from_epoch_number(i64::from_be_bytes(number)), Timestamp::from_epoch_float(f64::from_be_bytes(number))]
    {
        assert!(time.is_none_or(|time| Timestamp::parse(&time.to_string()) == Ok(time)), "{time:?}");
    }
}

/// A recipient of age is what it was read from; days are as they are displayed; a file for whoever was understood is sealed.
pub fn recipient(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(recipient) = AgeRecipient::parse(&text) {
        assert_eq!(recipient.as_str(), text);
        drop(AgeWriter::new(&recipient, &SystemEntropy).and_then(AgeWriter::finish));
    }
    if let Some(day) = Day::parse(&text) {
        assert_eq!(day.to_string(), text);
    }
    drop(FolderName::parse(&text));
}

/// Words that were understood are those of the key that they gave; a kit with another word is another key's, or none's.
pub fn recovery_kit(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(key) = RecoveryWords::parse(&text) {
        let words: Vec<&str> = key.words().reveal().collect();
        assert!(RecoveryWords::parse(&words.join(" ")).is_ok_and(|again| again.id() == key.id()));
    }
    let key = RootKey::generate(&SystemEntropy);
    let mut words: Vec<&str> = key.words().reveal().collect();
    let place = usize::from(data.first().copied().unwrap_or_default()) % RECOVERY_WORDS;
    let other = text.get(1..).unwrap_or_default().trim();
    if other.split_whitespace().count() != 1 || other.eq_ignore_ascii_case(words[place]) {
        return;
    }
    words[place] = other;
    assert!(
        RecoveryWords::parse(&words.join("\n")).map_or(true, |found| found.id() != key.id()),
        "word {place} counts for nothing"
    );
}
