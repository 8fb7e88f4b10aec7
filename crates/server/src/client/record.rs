//! A record of an answer, as one line of text.
//!
//! `2026-01-31T12:00:00.123Z ERROR api connection reset by peer http.status=502 request_id=0b5f`
//!
//! Always holds: one line, nothing in it that a terminal would obey, numbers as the server wrote them.

use std::collections::BTreeMap;

use model::Level;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::output::{Paint, Style, printable};

/// Fields that name who logged, in the order of preference; it stands before the message.
const SERVICE_FIELDS: [&str; 4] = ["service", "service.name", "app", "application"];
const LEVEL_WIDTH: usize = 5;

#[derive(Debug, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    level: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source: Option<&'a RawValue>,
}

/// What of a record is shown.
#[derive(Debug, Clone, Default)]
pub(super) enum Shown {
    #[default]
    Everything,
    /// These fields, by their dotted names, in this order.
    Only(Vec<String>),
}

// === impl Shown ===

impl Shown {
    pub(super) fn new(fields: Vec<String>) -> Self {
        if fields.is_empty() { Self::Everything } else { Self::Only(fields) }
    }
}

// === impl Record ===

impl<'a> Record<'a> {
    pub(super) fn read(json: &'a RawValue) -> Result<Self, Failure> {
        serde_json::from_str(json.get()).map_err(|error| Failure::Answer(error.to_string()))
    }

    pub(super) fn id(&self) -> Option<String> {
        self.id.map(text_of)
    }

    /// Dotted names and values as text. An object in a list is not looked into.
    fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        if let Some(attributes) = self.attributes {
            flatten("", attributes, &mut fields);
        }
        fields
    }

    pub(super) fn line(&self, shown: &Shown, paint: Paint) -> String {
        let mut fields = self.fields();
        let time = self.timestamp.map_or_else(|| "-".to_owned(), text_of);
        let mut line = paint.styled(Style::Faint, &printable(&time));
        line.push(' ');
        line.push_str(&self.level_column(paint));
        if let Some(service) = take_first(&mut fields, &SERVICE_FIELDS) {
            line.push(' ');
            line.push_str(&paint.styled(Style::Cyan, &printable(&service)));
        }
        if let Some(message) = self.message.filter(|message| message.get() != "null") {
            line.push(' ');
            line.push_str(&printable(&text_of(message)));
        }
        let fields = match shown {
            Shown::Everything => fields,
            Shown::Only(names) => self.chosen(names),
        };
        for (name, value) in &fields {
            // A key and its value are one word each, so that a line can be taken apart again.
            let pair = format!("{}={}", printable(name), quoted(value));
            line.push(' ');
            line.push_str(&paint.styled(Style::Faint, &pair));
        }
        line
    }

    /// An object with only the chosen fields under their dotted names, as JSON.
    pub(super) fn chosen_json(&self, names: &[String]) -> Result<String, Failure> {
        let mut out = serde_json::Map::new();
        for name in names {
            let value = self.raw(name).map(|raw| serde_json::from_str(raw.get())).transpose();
            let value = value.map_err(|error| Failure::Answer(error.to_string()))?;
            out.insert(name.clone(), value.unwrap_or_default());
        }
        Ok(serde_json::Value::Object(out).to_string())
    }

    fn chosen(&self, names: &[String]) -> Vec<(String, String)> {
        names.iter().filter_map(|name| Some((name.clone(), text_of(self.raw(name)?)))).collect()
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        match name {
            "timestamp" => self.timestamp,
            "level" => self.level,
            "message" => self.message,
            "id" => self.id,
            "source" if self.source.is_some() => self.source,
            name => find(self.attributes?, name),
        }
    }

    fn level_column(&self, paint: Paint) -> String {
        let name = self.level.filter(|level| level.get() != "null").map_or_else(|| "-".to_owned(), text_of);
        let text = format!("{:<LEVEL_WIDTH$}", printable(&name).to_uppercase());
        let style = match Level::from_name(&name) {
            Some(Level::Trace | Level::Debug) => Style::Faint,
            Some(Level::Info) => Style::Green,
            Some(Level::Notice) => Style::Blue,
            Some(Level::Warn) => Style::Yellow,
            Some(Level::Error) => Style::Red,
            Some(Level::Critical | Level::Alert | Level::Emergency) => Style::BoldRed,
            None => return text,
        };
        paint.styled(style, &text)
    }
}

fn take_first(fields: &mut Vec<(String, String)>, names: &[&str]) -> Option<String> {
    let at = names.iter().find_map(|wanted| fields.iter().position(|(name, _)| name == wanted))?;
    Some(fields.remove(at).1)
}

fn object(value: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

fn flatten(prefix: &str, value: &RawValue, out: &mut Vec<(String, String)>) {
    match object(value) {
        Some(members) if !members.is_empty() => {
            for (name, member) in members {
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                flatten(&name, member, out);
            }
        }
        Some(_) if prefix.is_empty() => {}
        Some(_) | None => out.push((prefix.to_owned(), text_of(value))),
    }
}

/// A field by its dotted name, in which a dot may also be part of a key.
fn find<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let members: BTreeMap<String, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
    if let Some(found) = members.get(name) {
        return Some(found);
    }
    let dots = name.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|dot| find(members.get(&name[..dot])?, &name[dot + 1..])).next()
}

/// A string without its quotes; anything else as it stands.
pub(super) fn text_of(value: &RawValue) -> String {
    match value.get() {
        text if text.starts_with('"') => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
        text => text.to_owned(),
    }
}

fn quoted(value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == '"');
    let structured = value.starts_with(['[', '{']);
    if plain || structured {
        return printable(value).into_owned();
    }
    // `printable` has made escapes of everything else that would end a word or a line.
    format!("\"{}\"", printable(value).replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    fn check(json: &str, fields: &[&str], expected: &str) {
        let json = raw(json);
        let shown = Shown::new(fields.iter().map(|&field| field.to_owned()).collect());
        assert_eq!(Record::read(&json).unwrap().line(&shown, Paint::Plain), expected);
    }

    const RECORD: &str = r#"{"id":"r1","timestamp":"2026-05-04T03:02:01.123456Z","level":"error","message":"connection reset",
        "attributes":{"service":"api","http":{"status":502,"path":"/a b"},"big":12345678901234567890123,"tags":["a","b"],"none":null,"empty":{}}}"#;

    #[test]
    fn a_record_is_one_line_with_its_fields_flat() {
        check(
            RECORD,
            &[],
            "2026-05-04T03:02:01.123456Z ERROR api connection reset big=12345678901234567890123 empty={} \
             http.path=\"/a b\" http.status=502 none=null tags=[\"a\",\"b\"]",
        );
    }

    #[test]
    fn only_chosen_fields_are_shown_in_their_order() {
        check(
            RECORD,
            &["http.status", "id", "absent"],
            "2026-05-04T03:02:01.123456Z ERROR api connection reset http.status=502 id=r1",
        );
    }

    #[test]
    fn what_a_record_lacks_leaves_no_hole() {
        check(
            r#"{"timestamp":"2026-05-04T03:02:01Z","level":null,"message":null,"attributes":{"a":1}}"#,
            &[],
            "2026-05-04T03:02:01Z -     a=1",
        );
        check("{}", &[], "- -    ");
    }

    #[test]
    fn a_record_stays_on_its_line_and_out_of_the_terminal() {
        let json = "{\"timestamp\":\"t\",\"level\":\"info\",\"message\":\"a\\nb\\u001b[2J\",\"attributes\":{\"k\\u0007\":\"v \\\"q\\\"\"}}";
        check(json, &[], "t INFO  a\\nb\\u{1b}[2J k\\u{7}=\"v \\\"q\\\"\"");
    }

    #[test]
    fn levels_have_colours_where_colours_are_wished_for() {
        let json = raw(r#"{"timestamp":"t","level":"error","message":"m"}"#);
        let line = Record::read(&json).unwrap().line(&Shown::Everything, Paint::Colours);
        assert_eq!(line, "\x1b[2mt\x1b[0m \x1b[31mERROR\x1b[0m m");
    }

    #[test]
    fn a_dot_may_be_part_of_a_key() {
        let json = raw(r#"{"attributes":{"a.b":{"c":1},"a":{"b":{"d":2}}}}"#);
        let record = Record::read(&json).unwrap();
        let chosen = record.chosen_json(&["a.b.c".to_owned(), "a.b.d".to_owned(), "x".to_owned()]).unwrap();
        assert_eq!(chosen, r#"{"a.b.c":1,"a.b.d":2,"x":null}"#);
    }
}
