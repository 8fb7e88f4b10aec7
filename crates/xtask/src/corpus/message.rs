//! Nineteen shapes of messages: an application's, a web server's, a kernel's, and exceptions.

use super::line::{Line, Stamp};
use super::random::Random;
use super::{Event, QUEUES, ROUTES, SERVICES};

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)",
    "curl/8.11.0",
    "okhttp/5.0.0",
];
const ERRORS: [&str; 5] =
    ["IllegalStateException", "SocketTimeoutException", "ConnectException", "NullPointerException", "ConstraintViolation"];
const CLASSES: [&str; 6] = ["OrderService", "PaymentClient", "CartRepository", "HttpDispatcher", "TokenFilter", "StockLedger"];

pub(super) fn error_type(event: &Event) -> &'static str {
    ERRORS[event.route % ERRORS.len()]
}

pub(super) fn write(line: &mut Line, stamp: &Stamp, event: &Event, random: &mut Random) {
    match SERVICES[event.service] {
        "kernel" => kernel(line, random),
        "sshd" => login(line, event, random),
        "gateway" | "cdn" if !event.failed() => access(line, stamp, event, random),
        _ if event.failed() => failure(line, event, random),
        _ => application(line, event, random),
    }
}

pub(super) fn write_stack(line: &mut Line, event: &Event, random: &mut Random) {
    line.text("com.shop.").text(error_type(event)).text(": ").text(SERVICES[event.service]).text(" gave up");
    for depth in 0..3 + random.below(3) {
        let class = CLASSES[(event.route + depth as usize) % CLASSES.len()];
        line.text("\\n\\tat com.shop.").text(SERVICES[event.service]).text(".").text(class).text(".call(").text(class);
        line.text(".java:").number(20 + (event.route as u64 * 37 + depth * 61) % 400).text(")");
    }
}

fn application(line: &mut Line, event: &Event, random: &mut Random) {
    match random.below(11) {
        0 | 1 => line
            .text("GET ")
            .text(ROUTES[event.route])
            .text("/")
            .number(random.below(900_000))
            .text(" ")
            .number(event.status)
            .text(" in ")
            .thousandths(event.latency)
            .text(" ms"),
        2 => line
            .text("order ")
            .number(random.below(9_000_000))
            .text(" placed by u-")
            .number(event.user)
            .text(", total ")
            .number(random.below(400))
            .text(".99 EUR"),
        3 => line.text("cache miss for user:").number(event.user).text(":profile, loading from the primary"),
        4 => line
            .text("query took ")
            .thousandths(random.below(90_000))
            .text(" ms, ")
            .number(random.below(500))
            .text(" rows, plan index_scan on orders"),
        5 => {
            line.text("payment ").hex(random.next(), 8).text(" authorised by provider in ").number(random.below(900)).text(" ms")
        }
        6 => line.text("session ").hex(random.next(), 12).text(" expired, user u-").number(event.user).text(" signed out"),
        7 => line.text("job ").number(random.below(90_000)).text(" finished, ").number(random.below(3_000)).text(" items"),
        8 => line
            .text("published message ")
            .number(random.below(1 << 20))
            .text(" to ")
            .text(QUEUES[random.below(5) as usize])
            .text(" partition ")
            .number(random.below(12)),
        9 => line.text("consumer lag on ").text(QUEUES[random.below(5) as usize]).text(" is ").number(random.skewed(5_000)),
        _ => line.text("health check ok"),
    };
}

fn failure(line: &mut Line, event: &Event, random: &mut Random) {
    match random.below(5) {
        0 => line
            .text("upstream timed out after ")
            .number(100 * (1 + random.below(100)))
            .text(" ms while connecting to ")
            .text(SERVICES[event.route])
            .text("-")
            .number(event.host % 10)
            .text(".internal:8080"),
        1 => line.text("connection reset by peer ").address(event.client).text(":").number(1_024 + random.below(60_000)),
        2 => line
            .text("retrying ")
            .text(ROUTES[event.route])
            .text(", attempt ")
            .number(2 + random.below(4))
            .text(" of 5 after ")
            .number(100 << random.below(6))
            .text(" ms"),
        3 => {
            line.text("unhandled ").text(error_type(event)).text(" in ").text(CLASSES[event.route % CLASSES.len()]).text(".call")
        }
        _ => line.text("no healthy upstream for ").text(ROUTES[event.route]).text(", answered ").number(event.status),
    };
}

fn access(line: &mut Line, stamp: &Stamp, event: &Event, random: &mut Random) {
    line.address(event.client).text(" - - [");
    stamp.write_access_time(line);
    line.text("] \\\"GET ").text(ROUTES[event.route]).text("?page=").number(random.skewed(40)).text(" HTTP/2.0\\\" ");
    line.number(event.status).text(" ").number(event.bytes).text(" \\\"-\\\" \\\"").text(AGENTS[event.user as usize % 4]);
    line.text("\\\"");
}

fn kernel(line: &mut Line, random: &mut Random) {
    line.text("[").number(random.below(9_000_000)).text(".").number(100_000 + random.below(900_000)).text("] ");
    match random.below(3) {
        0 => line
            .text("TCP: request_sock_TCP: Possible SYN flooding on port ")
            .number(1 + random.below(9_000))
            .text(". Sending cookies."),
        1 => line
            .text("Out of memory: Killed process ")
            .number(random.below(65_536))
            .text(" (java) total-vm:")
            .number(random.below(9_000_000))
            .text("kB"),
        _ => line.text("eth0: renamed from veth").hex(random.next(), 7),
    };
}

fn login(line: &mut Line, event: &Event, random: &mut Random) {
    line.text(if event.failed() {
        "Failed password for invalid user admin from "
    } else {
        "Accepted publickey for deploy from "
    });
    line.address(event.client).text(" port ").number(1_024 + random.below(60_000)).text(" ssh2");
}
