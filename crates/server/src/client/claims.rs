//! `blockhouse claims`: what people sign of what the security page claims. A signature itself takes a passkey, and so a
//! browser: the commands say where.

use std::fs;
use std::path::PathBuf;

use clap::Subcommand;
use model::limits;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::{Server, ServerArgs};
use shown::Claim;

mod shown;

const STATEMENTS: [&str; 3] = ["v1", "claims", "statements"];
const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives the token of a session";
const FILES_HINT: &str = "a statement has at most 8 files of 1 byte to 4 MiB";

/// See, begin and take back what people sign of the security page; signing takes a passkey, in a browser
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the claims that people sign, with what counts and what waits
    List(ListArgs),
    /// Show a claim with its statements, or one statement
    Show(ShowArgs),
    /// Begin a statement of a claim, and put files behind it
    Propose(ProposeArgs),
    /// Take back what was signed for a claim; the page says so at once
    Withdraw(WithdrawArgs),
    /// Forget a statement that waits for signatures
    Discard(DiscardArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The claim's id, or a statement's
    id: String,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ProposeArgs {
    /// The claim's id
    claim: String,
    /// For how long it counts; without it, as long as the claim allows
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    #[command(flatten)]
    document: Option<DocumentArgs>,
    /// A file behind it, of at most 4 MiB; several times. Everybody sees its SHA-256, and nobody but who may sign the file
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The statement as JSON
    #[arg(long)]
    json: bool,
}

/// Of a claim that a third party's document carries.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The document that carries it")]
struct DocumentArgs {
    /// Who wrote the document
    #[arg(long)]
    issuer: String,
    /// Its number or name
    #[arg(long)]
    id: String,
    /// What it is about
    #[arg(long)]
    scope: String,
    /// Its last day, as 2027-03-31
    #[arg(long, value_name = "DAY")]
    valid_until: String,
}

#[derive(Debug, clap::Args)]
struct WithdrawArgs {
    /// The statement that counts, by its id
    statement: String,
    /// Why; whoever may sign can read it, and nobody else
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct DiscardArgs {
    /// The statement, by its id
    statement: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    claims: Vec<Claim>,
}

#[derive(Debug, Deserialize)]
struct Attached {
    digest: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let done = match args.command {
        Command::List(args) => list(&args, &server, output).await,
        Command::Show(args) => show(&args, &server, output).await,
        Command::Propose(args) => propose(args, &server, output).await,
        Command::Withdraw(args) => withdraw(&args, &server, output).await,
        Command::Discard(DiscardArgs { statement }) => {
            server.tell(server.request(Method::DELETE, &statement_path(&statement, &[]), &[])).await?;
            output.note("the statement is forgotten");
            Ok(())
        }
    };
    done.map_err(hinted)
}

async fn list(args: &ListArgs, server: &Server, output: &mut Output) -> Result<(), Failure> {
    let answer: Box<RawValue> = server.ask(server.request(Method::GET, &STATEMENTS, &[])).await?;
    if args.json {
        return output.line(answer.get());
    }
    shown::list(&read::<Answer>(answer.get())?.claims, output)
}

async fn show(args: &ShowArgs, server: &Server, output: &mut Output) -> Result<(), Failure> {
    let answer: Value = server.ask(server.request(Method::GET, &STATEMENTS, &[])).await?;
    let all = answer["claims"].as_array().map(Vec::as_slice).unwrap_or_default();
    for one in all {
        let claim: Claim = read(&one.to_string())?;
        if claim.is(&args.id) {
            return if args.json { output.line(&one.to_string()) } else { claim.show(&server.page(&["claims"]), output) };
        }
    }
    let what = format!("{} is neither a claim that people sign nor a statement of one", args.id);
    Err(Failure::usage(what, "`blockhouse claims list` shows the claims; `show CLAIM` the statements of one"))
}

async fn propose(args: ProposeArgs, server: &Server, output: &mut Output) -> Result<(), Failure> {
    let files = read_files(&args.files)?;
    let document = args.document.map(|DocumentArgs { issuer, id, scope, valid_until }| {
        json!({"issuer": issuer, "id": id, "scope": scope, "validUntil": valid_until})
    });
    let proposal = json!({"claim": args.claim, "days": args.days, "document": document});
    let mut statement: Value = server.ask(server.request(Method::POST, &STATEMENTS, &[]).json(&proposal)).await?;
    let id = statement["id"].as_str().ok_or_else(|| Failure::Answer("a statement without an id".to_owned()))?.to_owned();
    let mut digests = Vec::new();
    for file in files {
        let request = server.request(Method::POST, &statement_path(&id, &["files"]), &[]);
        let attached: Result<Attached, _> = server.ask(request.header(CONTENT_TYPE, "application/octet-stream").body(file)).await;
        match attached {
            Ok(Attached { digest }) => digests.push(digest),
            Err(failure) => {
                output.note(&format!("the statement {} is begun, with {} of its files", printable(&id), digests.len()));
                return Err(failure);
            }
        }
    }
    statement["attachments"] = json!(digests);
    if args.json {
        return output.line(&statement.to_string());
    }
    read::<shown::Statement>(&statement.to_string())?.show(output)?;
    output.flush()?;
    output.note(&format!("sign it with a passkey at {}", server.page(&["claims"])));
    Ok(())
}

async fn withdraw(args: &WithdrawArgs, server: &Server, output: &mut Output) -> Result<(), Failure> {
    let request = server.request(Method::POST, &statement_path(&args.statement, &["withdraw"]), &[]);
    let answer: Box<RawValue> = server.ask(request.json(&json!({"reason": args.reason}))).await?;
    if args.json {
        return output.line(answer.get());
    }
    let claim: Claim = read(answer.get())?;
    output.note(&format!("what was signed for {} counts no more; the page says {}", claim.id(), claim.state()));
    Ok(())
}

/// Before anything is begun, so that nothing stays half done for a file that cannot be sent.
fn read_files(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    if paths.len() > limits::ATTACHMENTS_MAX {
        return Err(Failure::usage(format!("{} files are too many", paths.len()), FILES_HINT));
    }
    let mut files = Vec::new();
    for path in paths {
        let length = fs::metadata(path).map_err(Failure::file("read", path))?.len();
        if !(1..=limits::ATTACHMENT_BYTES_MAX as u64).contains(&length) {
            return Err(Failure::usage(format!("{} has {length} bytes", path.display()), FILES_HINT));
        }
        files.push(fs::read(path).map_err(Failure::file("read", path))?);
    }
    Ok(files)
}

fn statement_path<'a>(id: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&STATEMENTS[..], &[id], rest].concat()
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Answer(error.to_string()))
}

/// What can be done about a refusal, where no source is asked.
fn hinted(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    let known = match (problem.status, problem.code.as_deref()) {
        (_, Some("step_up_required")) => "the session was proved too long ago: sign in again, and use the new token",
        (401, _) => "--key-file or BLOCKHOUSE_KEY gives the token of a session that has not ended",
        (403, _) => "operators of the installation may do this, each with the token of a session",
        (404, _) => "`blockhouse claims list` and `show` say what there is; is --url the server that has it?",
        _ => return Failure::Refused(problem),
    };
    problem.hint.get_or_insert_with(|| known.to_owned());
    Failure::Refused(problem)
}

#[cfg(test)]
mod tests {
    use super::super::failure::Problem;
    use super::*;

    fn check(status: u16, body: &str, hint: Option<&str>) {
        let failure = hinted(Failure::Refused(Box::new(Problem::read(status, body.as_bytes()))));
        let said = failure.hint();
        assert!(hint.map_or(said.is_none(), |hint| said.is_some_and(|said| said.contains(hint))), "{said:?}");
    }

    #[test]
    fn a_refusal_is_not_explained_with_a_source() {
        check(403, r#"{"code":"step_up_required"}"#, Some("sign in again"));
        check(403, r#"{"code":"permission_missing"}"#, Some("operators"));
        check(404, r#"{"code":"not_found"}"#, Some("claims list"));
        check(409, r#"{"code":"statement_signed"}"#, None);
    }

    #[test]
    fn a_file_that_cannot_be_sent_is_refused_before_anything_is_begun() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            fs::write(&path, vec![b'x'; bytes]).unwrap();
            path
        };
        let (fits, empty, large) = (file("fits", 3), file("empty", 0), file("large", limits::ATTACHMENT_BYTES_MAX + 1));
        assert_eq!(read_files(std::slice::from_ref(&fits)).unwrap(), [b"xxx"]);
        for refused in [vec![empty], vec![large], vec![folder.path().join("none")], vec![fits; 9]] {
            assert!(read_files(&refused).is_err(), "{refused:?}");
        }
    }
}
