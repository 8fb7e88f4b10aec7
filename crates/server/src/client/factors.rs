//! `blockhouse me …`: by what one signs in, as far as a shell can change it. A passkey is made where it is used: in a browser.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::answers::Answers;
use super::failure::Failure;
use super::kept_token::Renewal;
use super::me::{Me, Renewed, hinted};
use super::output::{Output, printable};
use super::server::Server;
use super::{table, tenant};

const PROOF_HINT: &str = "a passkey answers in a browser alone; an account without any other way proves itself there";
const PASSKEYS_HINT: &str = "`blockhouse me passkeys` shows yours";
const STEP_UP_HINT: &str = "`blockhouse me prove` proves anew who you are, which counts for 10 minutes";

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Prove anew who you are, as what is sensitive asks for: with a code, or the passphrase where there are none
    Prove,
    /// Show your passkeys
    Passkeys,
    /// Name one of your passkeys
    RenamePasskey { id: String, name: String },
    /// Remove one of your passkeys: nobody signs in by it any more
    RemovePasskey { id: String },
    /// Set the passphrase; asked for, and not shown
    SetPassphrase,
    /// Sign in without a passphrase from now on
    RemovePassphrase,
    /// Set up one-time codes: prints what an authenticator app takes, and asks for the code that it shows
    SetUpCodes,
    /// Sign in without one-time codes from now on
    RemoveCodes,
    /// Make recovery codes, which end the older ones; shown this once
    RecoveryCodes,
}

#[derive(Deserialize)]
struct Passkeys {
    passkeys: Vec<Passkey>,
}

#[derive(Deserialize)]
struct Passkey {
    id: String,
    name: String,
    created_at: String,
    used_at: Option<String>,
}

#[derive(Deserialize)]
struct TotpOffer {
    url: Zeroizing<String>,
    secret: Zeroizing<String>,
}

#[derive(Deserialize)]
struct RecoveryCodes {
    codes: Vec<Zeroizing<String>>,
}

/// `renewal`: where another token of the session goes, where there is one.
pub(super) async fn run(
    what: &What,
    (server, renewal): (&Server, Option<Renewal<'_>>),
    json: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let answer = match what {
        What::Prove => prove(server, output).await?,
        What::SetUpCodes => set_up_codes(server, output).await?,
        What::SetPassphrase => {
            let passphrase = new_passphrase(output).await?;
            call(server, Method::PUT, &["me", "passphrase"], Some(json!({ "passphrase": &**passphrase }))).await?
        }
        What::Passkeys => call(server, Method::GET, &["me", "passkeys"], None).await?,
        What::RenamePasskey { id, name } => {
            call(server, Method::PATCH, &["me", "passkeys", id], Some(json!({ "name": name }))).await?
        }
        What::RemovePasskey { id } => call(server, Method::DELETE, &["me", "passkeys", id], None).await?,
        What::RemovePassphrase => call(server, Method::DELETE, &["me", "passphrase"], None).await?,
        What::RemoveCodes => call(server, Method::DELETE, &["me", "totp"], None).await?,
        What::RecoveryCodes => call(server, Method::POST, &["me", "recovery-codes"], None).await?,
    };
    if let Some(renewal) = renewal {
        renewal.finish(&tenant::read::<Renewed>(&answer)?.token, json, output)?;
    }
    if json {
        return output.line(answer.get());
    }
    match what {
        What::Prove => output.note("proved; what is sensitive asks again in 10 minutes"),
        What::SetUpCodes => output.note("one-time codes are set up; `blockhouse me recovery-codes` makes some for a lost phone"),
        What::Passkeys => return tenant::read::<Passkeys>(&answer)?.print(output),
        What::RenamePasskey { name, .. } => output.note(&format!("it is called {} now", printable(name))),
        What::RemovePasskey { .. } | What::RemovePassphrase | What::RemoveCodes => output.note("removed"),
        What::SetPassphrase => output.note("the passphrase is set"),
        What::RecoveryCodes => {
            for code in &tenant::read::<RecoveryCodes>(&answer)?.codes {
                output.line(code)?;
            }
            output.note("each works once; they are not shown again");
        }
    }
    Ok(())
}

/// With a second factor where there is one that a shell can ask for.
async fn prove(server: &Server, output: &Output) -> Result<Box<RawValue>, Failure> {
    let me: Me = tenant::read(&call(server, Method::GET, &["me"], None).await?)?;
    let answers = Answers::open()?;
    let (path, name, given) = if me.sign_in.totp || me.sign_in.recovery_codes > 0 {
        ("code", "code", answers.ask_unshown("One-time code, or a recovery code", output).await?)
    } else if me.sign_in.passphrase {
        ("passphrase", "passphrase", answers.ask_unshown("Passphrase", output).await?)
    } else {
        return Err(Failure::usage("this account has neither one-time codes nor a passphrase", PROOF_HINT));
    };
    call(server, Method::POST, &["prove", path], Some(json!({ name: given.trim(), "token": true }))).await
}

async fn set_up_codes(server: &Server, output: &mut Output) -> Result<Box<RawValue>, Failure> {
    let answers = Answers::open()?;
    let offer = call(server, Method::POST, &["me", "totp", "start"], None).await?;
    let TotpOffer { url, secret } = tenant::read(&offer)?;
    output.note(&format!("for an authenticator app: {}\nor typed: {}", printable(&url), printable(&secret)));
    let code = answers.ask_unshown("The code that it shows", output).await?;
    call(server, Method::POST, &["me", "totp", "finish"], Some(json!({ "code": code.trim(), "token": true }))).await
}

/// Typed twice where nobody sees it; a pipe says it once.
async fn new_passphrase(output: &Output) -> Result<Zeroizing<String>, Failure> {
    let answers = Answers::open()?;
    let passphrase = answers.ask_unshown("New passphrase", output).await?;
    if answers.is_terminal && *answers.ask_unshown("The same again", output).await? != *passphrase {
        return Err(Failure::usage("the two are not the same", "nothing was changed; say it again"));
    }
    Ok(passphrase)
}

/// Below `/v1`.
async fn call(server: &Server, method: Method, path: &[&str], body: Option<Value>) -> Result<Box<RawValue>, Failure> {
    let body = body.map(|body| body.to_string().into_bytes());
    server.call(method, &[&["v1"][..], path].concat(), body).await.map_err(|failure| match hinted(failure) {
        Failure::Refused(mut problem) => {
            match problem.status {
                403 if problem.code.as_deref() == Some("step_up_required") => problem.hint = Some(STEP_UP_HINT.to_owned()),
                404 => problem.hint = Some(PASSKEYS_HINT.to_owned()),
                _ => {}
            }
            Failure::Refused(problem)
        }
        failure => failure,
    })
}

// === impl What ===

impl What {
    /// Whether the session has another token behind it.
    pub(super) fn renews(&self) -> bool {
        matches!(self, Self::Prove | Self::SetUpCodes)
    }
}

// === impl Passkeys ===

impl Passkeys {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.passkeys.is_empty() {
            return output.line("no passkeys: the console makes one, at /me");
        }
        let row = |one: &Passkey| vec![json!(one.id), json!(one.name), json!(one.created_at), json!(one.used_at)];
        let rows: Vec<Vec<Value>> = self.passkeys.iter().map(row).collect();
        table::print(&["id", "name", "made", "used"], &rows, output)
    }
}
