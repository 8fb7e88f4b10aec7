//! The corpus in the forms that protocols have on the wire, written as their clients write them.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::corpus::parse_second;

/// Read once from a line of the corpus.
pub(super) struct Record {
    line: String,
    nanos: u64,
    timestamp: String,
    level: String,
    message: String,
    host: String,
    service: String,
    /// Whatever else it has.
    rest: Map<String, Value>,
}

/// How the same records are sent.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) write: fn(&[Record]) -> Result<Vec<u8>>,
}

/// The first is what the others are held against.
pub(super) const FORMS: [Form; 12] = [
    Form { name: "NDJSON", path: "/frames", content_type: "application/ndjson", write: ndjson },
    Form { name: "JSON array", path: "/frames", content_type: "application/json", write: array },
    Form { name: "MessagePack", path: "/frames", content_type: "application/msgpack", write: msgpack },
    Form { name: "text with JSON", path: "/frames", content_type: "text/plain", write: ndjson },
    Form { name: "Elasticsearch bulk", path: "/_bulk", content_type: "application/x-ndjson", write: bulk },
    Form { name: "Loki, JSON", path: "/loki/api/v1/push", content_type: "application/json", write: loki_json },
    Form { name: "Loki, protobuf", path: "/loki/api/v1/push", content_type: "application/x-protobuf", write: loki_protobuf },
    Form { name: "OTLP, JSON", path: "/v1/logs", content_type: "application/json", write: otlp_json },
    Form { name: "OTLP, protobuf", path: "/v1/logs", content_type: "application/x-protobuf", write: otlp_protobuf },
    Form { name: "Splunk HEC", path: "/services/collector/event", content_type: "application/json", write: hec },
    Form { name: "Datadog", path: "/api/v2/logs", content_type: "application/json", write: array },
    Form { name: "journald", path: "/upload", content_type: "application/vnd.fdo.journal", write: journal },
];

// === impl Record ===

impl Record {
    pub(super) fn read(line: &str) -> Result<Self> {
        let mut rest: Map<String, Value> = serde_json::from_str(line)?;
        let mut text = |name: &str| match rest.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => anyhow::bail!("a record of the corpus has no {name}"),
        };
        let (timestamp, level, message) = (text("timestamp")?, text("level")?, text("message")?);
        let (host, service) = (text("host")?, text("service")?);
        let (second, fraction) = timestamp.trim_end_matches('Z').split_once('.').context("a time to the microsecond")?;
        let seconds = u64::try_from(parse_second(&format!("{second}Z"))?)?;
        let nanos = seconds * 1_000_000_000 + fraction.parse::<u64>()? * 1_000;
        Ok(Self { line: line.to_owned(), nanos, timestamp, level, message, host, service, rest })
    }

    /// Every field but time, level and message, with dots between the names.
    fn flat(&self) -> Vec<(String, &Value)> {
        let mut fields = Vec::new();
        for (name, value) in &self.rest {
            flatten(name, value, &mut fields);
        }
        fields
    }

    /// As a line of syslog, with the sender's key and the fields as structured data.
    pub(super) fn syslog(&self, key: &str) -> Vec<u8> {
        let severity = match self.level.as_str() {
            "critical" => 2,
            "error" => 3,
            "warn" => 4,
            "info" => 6,
            _ => 7,
        };
        let mut line = format!("<{}>1 {} {} {} - - ", 16 * 8 + severity, self.timestamp, self.host, self.service);
        line += &format!("[authentication@51576 api_key=\"{key}\"][fields@51576");
        for (name, value) in self.flat() {
            let value = plain(value).replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]");
            line += &format!(" {name}=\"{value}\"");
        }
        line += &format!("] {}", self.message);
        format!("{} {line}", line.len()).into_bytes()
    }
}

fn flatten<'a>(name: &str, value: &'a Value, fields: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(inner, value)| flatten(&format!("{name}.{inner}"), value, fields)),
        _ => fields.push((name.to_owned(), value)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[expect(clippy::unnecessary_wraps, reason = "the others may fail")]
fn ndjson(records: &[Record]) -> Result<Vec<u8>> {
    Ok(records.iter().flat_map(|record| [record.line.as_bytes(), b"\n"].concat()).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "the others may fail")]
fn array(records: &[Record]) -> Result<Vec<u8>> {
    let lines: Vec<&str> = records.iter().map(|record| record.line.as_str()).collect();
    Ok(format!("[{}]", lines.join(",")).into_bytes())
}

#[expect(clippy::unnecessary_wraps, reason = "the others may fail")]
fn bulk(records: &[Record]) -> Result<Vec<u8>> {
    Ok(records.iter().flat_map(|record| format!("{{\"create\":{{}}}}\n{}\n", record.line).into_bytes()).collect())
}

fn msgpack(records: &[Record]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    rmp::encode::write_array_len(&mut out, u32::try_from(records.len())?)?;
    for record in records {
        pack(&mut out, &serde_json::from_str(&record.line)?)?;
    }
    Ok(out)
}

fn pack(out: &mut Vec<u8>, value: &Value) -> Result<()> {
    match value {
        Value::Null => rmp::encode::write_nil(out)?,
        Value::Bool(value) => rmp::encode::write_bool(out, *value)?,
        Value::Number(number) => match number.as_u64() {
            Some(number) => drop(rmp::encode::write_uint(out, number)?),
            None => rmp::encode::write_f64(out, number.as_f64().context("a number")?)?,
        },
        Value::String(text) => rmp::encode::write_str(out, text)?,
        Value::Array(items) => {
            rmp::encode::write_array_len(out, u32::try_from(items.len())?)?;
            items.iter().try_for_each(|item| pack(out, item))?;
        }
        Value::Object(members) => {
            rmp::encode::write_map_len(out, u32::try_from(members.len())?)?;
            for (name, value) in members {
                rmp::encode::write_str(out, name)?;
                pack(out, value)?;
            }
        }
    }
    Ok(())
}

fn hec(records: &[Record]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for record in records {
        let fields: Map<String, Value> = record.flat().into_iter().map(|(name, value)| (name, value.clone())).collect();
        let time = format!("{}.{:06}", record.nanos / 1_000_000_000, record.nanos / 1_000 % 1_000_000);
        let event = json!({ "message": record.message, "level": record.level, "service": record.service });
        let envelope = json!({ "time": time, "host": record.host, "source": "shop", "event": event, "fields": fields });
        serde_json::to_writer(&mut out, &envelope)?;
    }
    Ok(out)
}

#[expect(clippy::unnecessary_wraps, reason = "the others may fail")]
fn journal(records: &[Record]) -> Result<Vec<u8>> {
    let mut out = String::new();
    for record in records {
        out += &format!("__REALTIME_TIMESTAMP={}\n_HOSTNAME={}\n", record.nanos / 1_000, record.host);
        out += &format!("SYSLOG_IDENTIFIER={}\nPRIORITY=6\nMESSAGE={}\n", record.service, record.message.replace('\n', " "));
        for (name, value) in record.flat() {
            out += &format!("{}={}\n", name.to_uppercase().replace('.', "_"), plain(value).replace('\n', " "));
        }
        out += "\n";
    }
    Ok(out.into_bytes())
}

/// A stream for each service, as agents group them.
fn streams(records: &[Record]) -> Vec<(&str, Vec<&Record>)> {
    let mut streams: Vec<(&str, Vec<&Record>)> = Vec::new();
    for record in records {
        match streams.iter_mut().find(|(service, _)| *service == record.service) {
            Some((_, members)) => members.push(record),
            None => streams.push((&record.service, vec![record])),
        }
    }
    streams
}

fn loki_json(records: &[Record]) -> Result<Vec<u8>> {
    let stream = |(service, members): (&str, Vec<&Record>)| {
        let value = |record: &Record| {
            let mut metadata: Map<String, Value> =
                record.flat().into_iter().map(|(name, value)| (name, plain(value).into())).collect();
            metadata.insert("level".to_owned(), record.level.clone().into());
            metadata.insert("host".to_owned(), record.host.clone().into());
            json!([record.nanos.to_string(), record.message, metadata])
        };
        json!({ "stream": { "service": service }, "values": members.into_iter().map(value).collect::<Vec<_>>() })
    };
    Ok(serde_json::to_vec(&json!({ "streams": streams(records).into_iter().map(stream).collect::<Vec<_>>() }))?)
}

fn loki_protobuf(records: &[Record]) -> Result<Vec<u8>> {
    let mut request = Vec::new();
    for (service, members) in streams(records) {
        let mut stream = Vec::new();
        bytes(&mut stream, 1, format!("{{service=\"{service}\"}}").as_bytes());
        for record in members {
            let (mut entry, mut time) = (Vec::new(), Vec::new());
            number(&mut time, 1, record.nanos / 1_000_000_000);
            number(&mut time, 2, record.nanos % 1_000_000_000);
            bytes(&mut entry, 1, &time);
            bytes(&mut entry, 2, record.message.as_bytes());
            let own = [("level".to_owned(), record.level.clone()), ("host".to_owned(), record.host.clone())];
            for (name, value) in record.flat().into_iter().map(|(name, value)| (name, plain(value))).chain(own) {
                let mut pair = Vec::new();
                bytes(&mut pair, 1, name.as_bytes());
                bytes(&mut pair, 2, value.as_bytes());
                bytes(&mut entry, 3, &pair);
            }
            bytes(&mut stream, 2, &entry);
        }
        bytes(&mut request, 1, &stream);
    }
    Ok(snap::raw::Encoder::new().compress_vec(&request)?)
}

/// As OpenTelemetry numbers them.
fn severity(level: &str) -> u64 {
    match level {
        "critical" => 21,
        "error" => 17,
        "warn" => 13,
        "info" => 9,
        _ => 5,
    }
}

fn otlp_json(records: &[Record]) -> Result<Vec<u8>> {
    let any = |value: &Value| match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Number(number) if number.is_u64() => json!({ "intValue": number.to_string() }),
        Value::Number(number) => json!({ "doubleValue": number }),
        other => json!({ "stringValue": plain(other) }),
    };
    let log = |record: &Record| {
        let attributes: Vec<Value> =
            record.flat().into_iter().map(|(name, value)| json!({ "key": name, "value": any(value) })).collect();
        json!({
            "timeUnixNano": record.nanos.to_string(), "severityNumber": severity(&record.level),
            "body": { "stringValue": record.message }, "attributes": attributes,
        })
    };
    let resource = |(service, members): (&str, Vec<&Record>)| {
        json!({
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
            "scopeLogs": [{ "logRecords": members.into_iter().map(log).collect::<Vec<_>>() }],
        })
    };
    Ok(serde_json::to_vec(&json!({ "resourceLogs": streams(records).into_iter().map(resource).collect::<Vec<_>>() }))?)
}

#[expect(clippy::unnecessary_wraps, reason = "the others may fail")]
fn otlp_protobuf(records: &[Record]) -> Result<Vec<u8>> {
    let pair = |out: &mut Vec<u8>, field: u64, name: &str, value: &Value| {
        let (mut pair, mut any) = (Vec::new(), Vec::new());
        match value {
            Value::Bool(value) => number(&mut any, 2, u64::from(*value)),
            Value::Number(value) => match value.as_u64() {
                Some(value) => number(&mut any, 3, value),
                None => fixed(&mut any, 4, value.as_f64().unwrap_or_default().to_bits()),
            },
            other => bytes(&mut any, 1, plain(other).as_bytes()),
        }
        bytes(&mut pair, 1, name.as_bytes());
        bytes(&mut pair, 2, &any);
        bytes(out, field, &pair);
    };
    let mut request = Vec::new();
    for (service, members) in streams(records) {
        let (mut resource, mut scope, mut of_resource) = (Vec::new(), Vec::new(), Vec::new());
        pair(&mut resource, 1, "service.name", &service.into());
        for record in members {
            let (mut log, mut body) = (Vec::new(), Vec::new());
            fixed(&mut log, 1, record.nanos);
            number(&mut log, 2, severity(&record.level));
            bytes(&mut body, 1, record.message.as_bytes());
            bytes(&mut log, 5, &body);
            record.flat().into_iter().for_each(|(name, value)| pair(&mut log, 6, &name, value));
            bytes(&mut scope, 2, &log);
        }
        bytes(&mut of_resource, 1, &resource);
        bytes(&mut of_resource, 2, &scope);
        bytes(&mut request, 1, &of_resource);
    }
    Ok(request)
}

// The wire format of protobuf, as far as these messages need it.

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7F {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn fixed(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3 | 1);
    out.extend(value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend(value);
}
