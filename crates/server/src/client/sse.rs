//! Server-sent events: bytes in, events out, as the HTML standard's event stream format says.
//!
//! Always holds: however the bytes are cut into pieces, the same events come out. An event without data is none.
//! Opens no connection, and ignores `retry`, since the client has its own pace.

/// Bytes of one event. Larger: the stream is given up.
const EVENT_BYTES_MAX: usize = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// The last id that the stream gave, with this event or before it.
    pub(super) id: Option<String>,
    pub(super) kind: String,
    pub(super) data: String,
}

#[derive(Debug, Default)]
pub(super) struct EventReader {
    line: Vec<u8>,
    /// The last byte ended a line as a carriage return; a line feed right after it belongs to it.
    after_return: bool,
    started: bool,
    id: Option<String>,
    kind: String,
    data: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than {EVENT_BYTES_MAX} bytes")]
pub(super) struct EventTooLarge;

// === impl EventReader ===

impl EventReader {
    /// The events that end within `bytes`.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, EventTooLarge> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.line.extend_from_slice(&rest[..end]);
            self.after_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line());
            self.check_size()?;
        }
        self.check_size()?;
        Ok(events)
    }

    fn check_size(&self) -> Result<(), EventTooLarge> {
        if self.line.len() + self.data.len() > EVENT_BYTES_MAX { Err(EventTooLarge) } else { Ok(()) }
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return self.end_event();
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.id = (!value.is_empty()).then(|| value.to_owned()),
            // Comments have an empty field; fields that are not known are ignored.
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        let (kind, mut data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
        data.pop()?;
        let kind = if kind.is_empty() { "message".to_owned() } else { kind };
        Some(Event { id: self.id.clone(), kind, data })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(stream: &[u8]) -> Vec<Event> {
        EventReader::default().push(stream).unwrap()
    }

    fn check(stream: &str, expected: &[(Option<&str>, &str, &str)]) {
        let events = read(stream.as_bytes());
        let events: Vec<_> = events.iter().map(|e| (e.id.as_deref(), e.kind.as_str(), e.data.as_str())).collect();
        assert_eq!(events, expected, "{stream:?}");
    }

    #[test]
    fn an_event_ends_with_a_blank_line() {
        check("event: records\nid: 7\ndata: [1]\n\n", &[(Some("7"), "records", "[1]")]);
        check("data:a\ndata: b\n\n", &[(None, "message", "a\nb")]);
        check("data: unfinished\n", &[]);
    }

    #[test]
    fn an_id_stays_until_another_comes() {
        check(
            "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
            &[(Some("1"), "message", "a"), (Some("1"), "message", "b"), (None, "message", "c")],
        );
        check("id: 1\0\ndata: a\n\n", &[(None, "message", "a")]);
    }

    #[test]
    fn what_is_no_event_is_passed_over() {
        check(": comment\n\nevent: x\n\nretry: 5\nunknown: 1\ndata: a\n\n", &[(None, "message", "a")]);
        check("data\n\n", &[(None, "message", "")]);
    }

    #[test]
    fn lines_end_in_each_of_three_ways() {
        check(
            "\u{feff}data: a\r\n\r\ndata: b\r\rdata: c\n\n",
            &[(None, "message", "a"), (None, "message", "b"), (None, "message", "c")],
        );
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut reader = EventReader::default();
        let piece = vec![b'x'; 1 << 20];
        let ended = (0..100).find_map(|_| reader.push(&piece).err());
        assert_eq!(ended, Some(EventTooLarge));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            stream in proptest::collection::vec(prop_oneof![
                Just(b"data: a".to_vec()), Just(b"\n".to_vec()), Just(b"\r".to_vec()), Just(b"\r\n".to_vec()), Just(b"id: 3".to_vec()),
                Just(b"event: x".to_vec()), Just(b":".to_vec()), Just("é".as_bytes().to_vec()), Just(vec![0xff]),
            ], 0..40),
            cuts in proptest::collection::vec(1usize..7, 1..20),
        ) {
            let stream = stream.concat();
            let mut reader = EventReader::default();
            let (mut events, mut rest) = (Vec::new(), stream.as_slice());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                events.extend(reader.push(piece).unwrap());
                rest = after;
            }
            prop_assert_eq!(events, read(&stream));
        }
    }
}
