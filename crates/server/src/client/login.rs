//! `blockhouse login` and `blockhouse logout`: a session for a shell.
//!
//! Always holds: a passphrase and a code come from standard input and from nowhere else, where whoever stands behind does not
//! read them; the token is printed or put into a file of its owner's, and nothing else is kept.

use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::answers::Answers;
use super::failure::Failure;
use super::kept_token::Beside;
use super::output::{ColourArgs, Output, printable};
use super::server::{AddressArgs, Key, Server, ServerArgs};
use super::tenant::read;

const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives the token of the session to end";
const WRONG_HINT: &str = "an address that has no account is answered alike; docs/people.md says how to sign in in a browser";
const PASSKEY_HINT: &str = "sign in in a browser, and turn one-time codes on at /me; or use a service account's key";

/// Sign in, for a session of this shell
///
/// Asks for the passphrase, and for a one-time code or a recovery code where the account has them. Prints the session's
/// token, which other commands take by --key-file or BLOCKHOUSE_KEY; it ends after an hour without use, after 12 hours,
/// and with `blockhouse logout`.
///
///   blockhouse login --email ada@example.com --key-file ~/.blockhouse
///   export BLOCKHOUSE_KEY=$(blockhouse login)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LoginArgs {
    /// The address of the account; asked for without it
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The file to put the token into, for you alone, instead of printing it
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    address: AddressArgs,
}

/// End the session of this shell
///
/// Its token opens nothing from then on; a --key-file that held it is removed.
#[derive(Debug, clap::Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Serialize)]
struct WithPassphrase<'a> {
    email: &'a str,
    passphrase: &'a str,
    token: bool,
}

#[derive(Serialize)]
struct WithCode<'a> {
    code: &'a str,
    token: bool,
}

#[derive(Deserialize)]
struct SignIn {
    state: State,
    #[serde(default)]
    methods: Vec<String>,
    token: Zeroizing<String>,
    session: Option<Session>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum State {
    SignedIn,
    SecondFactor,
}

#[derive(Deserialize)]
struct Session {
    ends_at: String,
}

pub(super) async fn login(args: LoginArgs, output: &mut Output) -> Result<(), Failure> {
    let stranger = args.address.open(None)?;
    let kept = args.key_file.as_deref().map(Beside::open).transpose()?;
    let answers = Answers::open()?;
    let email = match args.email {
        Some(email) => email,
        None => answers.ask("E-mail address", output).await?.trim().to_owned(),
    };
    let passphrase = answers.ask_unshown("Passphrase", output).await?;
    let form = WithPassphrase { email: &email, passphrase: &passphrase, token: true };
    let mut done = step(&stranger, "sign-in/passphrase", &form).await?;
    if done.state == State::SecondFactor {
        if !done.methods.iter().any(|method| matches!(&**method, "totp" | "recovery_code")) {
            return Err(Failure::usage(
                "the second factor of this account is a passkey, which only a browser asks for",
                PASSKEY_HINT,
            ));
        }
        let code = answers.ask_unshown("One-time code, or a recovery code", output).await?;
        let half = args.address.open(Some(&key(&done)?))?;
        done = step(&half, "prove/code", &WithCode { code: code.trim(), token: true }).await?;
    }
    let key = key(&done)?;
    match (kept, &args.key_file) {
        (Some(kept), Some(file)) => {
            if let Err(failure) = kept.finish(&key, file) {
                // Nobody has its token.
                let server = args.address.open(Some(&key))?;
                let _ = server.call(Method::POST, &["v1", "sign-out"], None).await;
                return Err(failure);
            }
            output.note(&format!("the token of the session is in {}", file.display()));
        }
        _ => output.line(key.reveal())?,
    }
    if let Some(session) = &done.session {
        output.note(&format!("signed in until {}; `blockhouse logout` ends it", printable(&session.ends_at)));
    }
    Ok(())
}

pub(super) async fn logout(args: LogoutArgs, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let ended = match server.call(Method::POST, &["v1", "sign-out"], None).await {
        Ok(_) => "signed out",
        Err(Failure::Refused(problem)) if problem.code.as_deref() == Some("session_ended") => "the session had ended",
        Err(Failure::Refused(mut problem)) if problem.code.as_deref() == Some("not_a_session") => {
            problem.hint = Some("a key ends with `blockhouse key revoke`".to_owned());
            return Err(Failure::Refused(problem));
        }
        Err(failure) => return Err(failure),
    };
    if let Some(file) = args.server.key_file() {
        fs::remove_file(file).map_err(Failure::file("remove", file))?;
    }
    output.note(ended);
    Ok(())
}

/// A step of the sign-in, below `/v1`.
async fn step(server: &Server, path: &str, form: &impl Serialize) -> Result<SignIn, Failure> {
    let path: Vec<&str> = ["v1"].into_iter().chain(path.split('/')).collect();
    let body = serde_json::to_vec(form).map_err(|error| Failure::Answer(error.to_string()))?;
    let answer = server.call(Method::POST, &path, Some(body)).await.map_err(|failure| match failure {
        Failure::Refused(mut problem) if problem.code.as_deref() == Some("credentials_wrong") => {
            problem.hint = problem.hint.or(Some(WRONG_HINT.to_owned()));
            Failure::Refused(problem)
        }
        other => other,
    })?;
    read(&answer)
}

fn key(done: &SignIn) -> Result<Key, Failure> {
    done.token.parse().map_err(|_| Failure::Answer("the token is none".to_owned()))
}
