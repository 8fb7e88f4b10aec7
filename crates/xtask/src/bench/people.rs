//! Signing in beside ingest: the same corpus is sent alone and while people sign in, in turns, on one server.
//!
//! Each sign-in is a new TLS connection, a right passphrase, a complete session; it is due at its own moment, whatever became
//! of the ones before, and its time counts from then.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Plan;
use super::arrivals::{self, Answered, Arrived};
use super::load::{self, Load};
use super::process::{Access, Server};
use crate::arguments::Arguments;
use crate::client::{Client, Request};

const PEOPLE: usize = 8;
/// Sign-ins that wait for their answer at once; more are late, which their times tell.
const WAITING: usize = 64;
const PASSPHRASE: &str = "seven wet otters juggle turnips";

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let rate: f64 = arguments.parsed("--rate", 20.0)?;
    let rounds: usize = arguments.parsed("--rounds", 3)?;
    let plan = Plan::new(arguments)?;
    ensure!(rounds > 0 && rate > 0.0, "--rounds and --rate are more than nothing");
    let corpus = plan.corpus()?;
    let bytes = fs::metadata(&corpus)?.len() as f64;
    let data = plan.target.join("bench-people");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let server = Server::start(&plan.server, &data)?;
    let access = server.bootstrap(&plan.server)?;
    server.wait_healthy(&access)?;
    let people = (0..PEOPLE).map(|i| sign_up(&plan.server, &server, &data, &access, i)).collect::<Result<Vec<_>>>()?;
    println!("{rounds} turns of {:.0} MB alone, and beside {rate} sign-ins a second\n", bytes / 1e6);
    println!(
        "{:>14}{:>14}{:>9}{:>12}{:>10}{:>10}{:>8}",
        "alone MB/s", "beside MB/s", "kept", "sign-ins/s", "p50 ms", "p99 ms", "busy"
    );
    let mut turns = Vec::new();
    for _ in 0..rounds {
        let alone = bytes / 1e6 / load::send(&server, &access, &corpus, plan.connections)?.seconds;
        server.settle()?;
        let (load, signed_in) = beside(&plan, &server, &access, &corpus, (&people, rate))?;
        let beside = bytes / 1e6 / load.seconds;
        server.settle()?;
        let (done, p50, p99) = (signed_in.rate(), signed_in.within(0.5), signed_in.within(0.99));
        println!(
            "{alone:>14.1}{beside:>14.1}{:>8.0}%{done:>12.1}{p50:>10.0}{p99:>10.0}{:>8}",
            beside / alone * 100.0,
            signed_in.busy
        );
        turns.push(json!({
            "alone_mb_per_second": alone, "beside_mb_per_second": beside, "kept": beside / alone,
            "sign_ins": signed_in.as_json(),
        }));
    }
    server.stop()?;
    let mut kept: Vec<f64> = turns.iter().filter_map(|turn| turn["kept"].as_f64()).collect();
    kept.sort_by(f64::total_cmp);
    let median = kept.get(kept.len() / 2).copied().unwrap_or_default();
    println!("\nkept      {:.0} % of the rate, the median of {rounds}", median * 100.0);
    let report = plan.target.join("bench-people.json");
    fs::write(&report, format!("{:#}\n", json!({"rate": rate, "bytes": bytes, "kept": median, "turns": turns})))?;
    println!("as JSON   {}", report.display());
    if !plan.keep {
        fs::remove_dir_all(&data)?;
    }
    Ok(())
}

/// Sends the corpus while people sign in.
fn beside(
    plan: &Plan,
    server: &Server,
    access: &Access,
    corpus: &Path,
    (people, rate): (&[String], f64),
) -> Result<(Load, Arrived)> {
    let first = server.client(access)?;
    let sign_in = |first: &mut Client, turn: u64| {
        let form = json!({"email": people[turn as usize % people.len()], "passphrase": PASSPHRASE, "token": true});
        match post(&mut first.sibling(), "/v1/sign-in/passphrase", &form)?.0 {
            200 => Ok(Answered::Done),
            429 | 503 => Ok(Answered::Busy),
            status => bail!("a sign-in was answered {status}"),
        }
    };
    let workers = (0..WAITING).map(|_| first.sibling()).collect();
    arrivals::beside(rate, workers, sign_in, || load::send(server, access, corpus, plan.connections))
}

/// Makes a person of the tenant with a passphrase; gives the address.
fn sign_up(binary: &Path, server: &Server, data: &Path, access: &Access, number: usize) -> Result<String> {
    let email = format!("person{number}@example.com");
    let mut command = Command::new(binary);
    command.args(["admin", "invite", "--tenant", "bench", "--role", "member", "--json", "--email", &email, "--data"]).arg(data);
    let output = command.output()?;
    ensure!(output.status.success(), "admin invite: {}", String::from_utf8_lossy(&output.stderr));
    let invited: Value = serde_json::from_slice(&output.stdout)?;
    let link = invited["link"].as_str().or(invited["token"].as_str()).context("admin invite gave no link")?;
    let invitation = link.split_once('#').map_or(link, |(_, token)| token);
    let mut client = server.client(access)?;
    let accept = json!({"invitation": invitation, "name": format!("Person {number}"), "token": true});
    let (status, joined) = post(&mut client, "/v1/invitations/accept", &accept)?;
    ensure!(status < 300, "accepting was answered {status}: {joined}");
    let token = joined["token"].as_str().context("accepting gave no token")?;
    let form = json!({"passphrase": PASSPHRASE}).to_string();
    let authorization = format!("Bearer {token}");
    let headers = [("Content-Type", "application/json"), ("Authorization", authorization.as_str())];
    let request = Request { method: "PUT", path: "/v1/me/passphrase", headers: &headers, body: form.as_bytes() };
    let answer = client.send(&request)?;
    ensure!(answer.status < 300, "the passphrase was answered {}: {}", answer.status, answer.text());
    Ok(email)
}

fn post(client: &mut Client, path: &str, body: &Value) -> Result<(u16, Value)> {
    let body = body.to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = client.send(&Request { method: "POST", path, headers: &headers, body: body.as_bytes() })?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
}
