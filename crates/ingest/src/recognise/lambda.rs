//! AWS Lambda: its START, END and REPORT lines, and how its runtimes write what functions log.

use model::{Level, Timestamp};

use super::{Format, Found};

const MEASURES: [(&str, &str, &str); 5] = [
    ("Duration: ", " ms", "aws.lambda.duration_ms"),
    ("Billed Duration: ", " ms", "aws.lambda.billed_duration_ms"),
    ("Memory Size: ", " MB", "aws.lambda.memory_size_mb"),
    ("Max Memory Used: ", " MB", "aws.lambda.max_memory_used_mb"),
    ("Init Duration: ", " ms", "aws.lambda.init_duration_ms"),
];

/// `START RequestId: … Version: $LATEST`, `END RequestId: …`, `REPORT RequestId: …\tDuration: 3.14 ms\t…`
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (event, rest) = line.split_once(" RequestId: ")?;
    let mut found = Found::new(Format::Lambda);
    match event {
        "START" => {
            let (request, version) = rest.split_once(" Version: ")?;
            invocation(&mut found, "start", request)?;
            found.text("faas.version", version);
        }
        "END" => invocation(&mut found, "end", rest)?,
        "REPORT" => {
            let mut parts = rest.split('\t').map(str::trim).filter(|part| !part.is_empty());
            invocation(&mut found, "report", parts.next()?)?;
            parts.for_each(|part| measure(&mut found, part));
        }
        _ => return None,
    }
    Some(found)
}

fn invocation<'a>(found: &mut Found<'a>, event: &'static str, request: &'a str) -> Option<()> {
    let request = request.trim();
    found.text("aws.lambda.event", event);
    found.text("faas.invocation_id", request);
    is_request(request).then_some(())
}

fn measure<'a>(found: &mut Found<'a>, part: &'a str) {
    if let Some(trace) = part.strip_prefix("XRAY TraceId: ") {
        found.text("aws.xray.trace_id", trace);
    }
    if let Some(status) = part.strip_prefix("Status: ") {
        // The kind of an error may stand behind it without a tab.
        let (status, kind) = status.split_once(" Error Type: ").unwrap_or((status, ""));
        found.text("aws.lambda.status", status);
        found.text("error.type", kind);
        if matches!(status, "error" | "timeout" | "failure") {
            found.level = Some(Level::Error);
        }
    }
    if let Some(kind) = part.strip_prefix("Error Type: ") {
        found.text("error.type", kind);
    }
    for (name, unit, key) in MEASURES {
        let number = part.strip_prefix(name).and_then(|rest| rest.strip_suffix(unit)).and_then(|number| number.parse().ok());
        number.into_iter().for_each(|number| found.float(key, number));
    }
}

/// `2026-01-31T12:00:00.123Z REQUEST Task timed out after 3.00 seconds`
pub(super) fn timed_out(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (request, text) = rest.split_once(' ')?;
    let seconds = text.strip_prefix("Task timed out after ")?.strip_suffix(" seconds")?;
    let mut found = Found::new(Format::Lambda).at(Timestamp::parse(time).ok()?).of_level(Some(Level::Error));
    found.text("faas.invocation_id", request);
    found.text("aws.lambda.status", "timeout");
    let seconds: f64 = seconds.parse().ok().filter(|seconds: &f64| seconds.is_finite())?;
    found.float("aws.lambda.duration_ms", seconds * 1_000.0);
    is_request(request).then_some(found)
}

/// `2026-01-31T12:00:00.123Z\tREQUEST\tINFO\tmessage`
pub(super) fn of_node(line: &str) -> Option<Found<'_>> {
    let mut parts = line.splitn(4, '\t');
    let (time, request, level, _message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    of_function(time, request, level)
}

/// `[INFO]\t2026-01-31T12:00:00.123Z\tREQUEST\tmessage`
pub(super) fn of_python(line: &str) -> Option<Found<'_>> {
    let mut parts = line.splitn(4, '\t');
    let (level, time, request, _message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    of_function(time, request, level.strip_prefix('[')?.strip_suffix(']')?)
}

fn of_function<'a>(time: &str, request: &'a str, level: &str) -> Option<Found<'a>> {
    let level = Level::from_name(level)?;
    let mut found = Found::new(Format::Lambda).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    found.text("faas.invocation_id", request);
    is_request(request).then_some(found)
}

/// A UUID.
fn is_request(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
