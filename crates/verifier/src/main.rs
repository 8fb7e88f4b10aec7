//! `verify-overview URL`: looks at a security overview from the outside.
//!
//! The exit code says how it ended: 0 agrees, 1 disagrees, 2 could not look (or the arguments were wrong).

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, Timestamp};
use verifier::{Options, Outcome, Output, Probes};

const USAGE: &str = "\
verify-overview URL [--ca-file FILE] [--state PATH] [--key KEY] [--json] [--no-probes]
                    [--connect-to HOST=ADDRESS:PORT]…

Looks at the security overview at URL (https://HOST[:PORT][/PATH]) from this machine, and says whether it is what it says.

  --ca-file FILE  certificates (PEM) to trust beside those of this machine
  --state PATH    what to remember until the next visit: a file that ends in .json, or a folder
                  (~/.local/state/blockhouse/overviews)
  --key KEY       the public log's key, NAME+HASH+KEY, if you were given it in another way
  --json          the report as JSON
  --no-probes     look at the page, its log and its evidence only
  --connect-to HOST=ADDRESS:PORT
                  where a host lies that a claim is about; otherwise its name has to lead to the Internet

Ends with 0 if everything agrees, 1 if something does not, 2 if something could not be looked at.
";

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in; everything else takes a Clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.into_string());
    let Ok(arguments) = arguments.collect::<Result<Vec<_>, _>>() else { return refuse("an argument is no UTF-8") };
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return if io::stdout().write_all(USAGE.as_bytes()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let options = match parse(arguments) {
        Ok(options) => options,
        Err(why) => return refuse(&why),
    };
    match verifier::run(&options, &SystemClock, &mut io::stdout().lock()) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) => refuse(&format!("could not print: {error}")),
    }
}

fn parse(arguments: Vec<String>) -> Result<Options, String> {
    let (mut url, mut ca_file, mut state, mut key) = (None, None, None, None);
    let (mut output, mut probes, mut connect_to) = (Output::Text, Probes::Run, Vec::new());
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--ca-file" => ca_file = Some(PathBuf::from(value()?)),
            "--state" => state = Some(PathBuf::from(value()?)),
            "--key" => key = Some(value()?),
            "--json" => output = Output::Json,
            "--connect-to" => connect_to.push(verifier::connect_to(&value()?)?),
            "--no-probes" => probes = Probes::LeaveOut,
            flag if flag.starts_with('-') => return Err(format!("there is no {flag}")),
            _ if url.is_some() => return Err("one URL is looked at".to_owned()),
            _ => url = Some(argument),
        }
    }
    let url = url.ok_or("which URL?")?;
    let state = state.or_else(|| Some(std::env::home_dir()?.join(".local/state/blockhouse/overviews")));
    Ok(Options { url, ca_file, state, key, output, probes, connect_to })
}

fn refuse(why: &str) -> ExitCode {
    // There is nobody left to tell where this cannot be written.
    let _ = writeln!(io::stderr(), "{why}\n\n{USAGE}");
    ExitCode::from(Outcome::CouldNotLook.exit_code())
}
