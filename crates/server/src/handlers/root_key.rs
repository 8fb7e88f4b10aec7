//! The recovery kit of the root key, and the proof that it opens this installation.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/root-key/kit` | whether whoever asks would be given the kit: only who did the first setup, once |
//! | `POST /v1/root-key/kit` | gives it out |
//! | `GET /v1/root-key` | which root key it is, who made a kit and who proved its words when, for operators |
//! | `POST /v1/root-key/proof` | `{words}`: whether they are this root key's |
//!
//! Always holds: what a kit says is read from the root key's file when it is given out, and kept nowhere; a word is in no
//! log and no refusal.

use identity::{KitError, OperateSystem, Recovering, RecoveryState, ViewSystem};
use schemars::JsonSchema;
use seal::{RecoveryWords, RootKey};
use serde::{Deserialize, Serialize};

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Form, Made, made, ok};
use crate::problem::Problem;
use crate::recovery_kit;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// The 24 words of the kit, with or without their numbers.
    #[schemars(with = "String")]
    words: zeroize::Zeroizing<String>,
}

/// Whether the kit would be given out.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KitOffer {
    offered: bool,
    /// The code that it would be refused with.
    why_not: Option<&'static str>,
}

/// The recovery kit, which is shown this once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryKit")]
pub(crate) struct Kit {
    /// The id of the root key.
    key: String,
    made_at: Time,
    words: Vec<&'static str>,
    /// All of it on one page, to be kept.
    text: String,
}

/// What is known of the root key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RootKeyState")]
pub(crate) struct State {
    now: Time,
    /// Its id, which is derived from it and opens nothing.
    key: String,
    sealed_by: SealedBy,
    /// When a kit was made last.
    kit: Option<Step>,
    /// When the words of one were proved last.
    proof: Option<Step>,
    /// Whether that is so long ago that it should be done again.
    proof_is_old: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SealedBy {
    /// A file of the machine, with mode 0600.
    KeyFile,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RootKeyStep")]
struct Step {
    at: Time,
    /// None: at the shell of the machine.
    by: Option<Somebody>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RootKeySomebody")]
struct Somebody {
    id: String,
    /// None of an account that is gone.
    name: Option<String>,
}

pub(crate) async fn offer(who: Who) -> Result<Answer<KitOffer>, Problem> {
    who.run(|who, identity| match identity.kit_offer(&who.signed_in()?) {
        Ok(()) => Ok(ok(KitOffer { offered: true, why_not: None })),
        Err(KitError::Catalog(error)) => Err(error.into()),
        Err(refused) => Ok(ok(KitOffer { offered: false, why_not: Some(Problem::from(refused).code) })),
    })
    .await
}

pub(crate) async fn take(who: Who) -> Result<Made<Kit>, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        // Whom it is not offered to need prove nothing for that.
        identity.kit_offer(&signed_in)?;
        let root = own_key(who)?;
        identity.take_kit(&signed_in.fresh()?, &root.id())?;
        let at = signed_in.deed().at;
        let text = recovery_kit::text(&root, at, Some(&who.app.origin));
        let words = root.words().reveal().collect();
        Ok(made(Kit { key: root.id().to_string(), made_at: at.into(), words, text: text.as_str().to_owned() }))
    })
    .await
}

pub(crate) async fn state(who: Who) -> Result<Answer<State>, Problem> {
    who.run(|who, identity| {
        let permit = who.installation_permit::<ViewSystem>()?;
        Ok(ok(shown(who, &identity.recovery(&permit)?)))
    })
    .await
}

pub(crate) async fn prove(who: Who, Form(form): Form<Words>) -> Result<Answer<State>, Problem> {
    who.run(move |who, identity| {
        let permit = who.installation_permit::<OperateSystem>()?;
        let offered = RecoveryWords::parse(&form.words)?.id();
        identity.prove_root_key(&permit, (&who.app.root_id, &offered))?;
        Ok(ok(shown(who, &identity.recovery_state()?)))
    })
    .await
}

/// The key as it lies on the machine now, if it is still the one that this server runs under.
fn own_key(who: &Who) -> Result<RootKey, Problem> {
    let root = RootKey::load(&who.app.root_key).map_err(|error| Problem::internal(&error))?;
    if root.id() == who.app.root_id { Ok(root) } else { Err(Problem::internal(&recovery_kit::Replaced)) }
}

fn shown(who: &Who, state: &RecoveryState) -> State {
    let now = who.app.clock.now();
    State {
        now: now.into(),
        key: who.app.root_id.to_string(),
        sealed_by: SealedBy::KeyFile,
        kit: state.kit.as_ref().map(shown_step),
        proof: state.proof.as_ref().map(shown_step),
        proof_is_old: state.is_proof_old(now),
    }
}

fn shown_step(step: &Recovering) -> Step {
    let somebody = |(id, user): &(model::UserId, Option<identity::User>)| Somebody {
        id: id.to_string(),
        name: user.as_ref().map(|user| user.name.as_str().to_owned()),
    };
    Step { at: step.at.into(), by: step.by.as_ref().map(somebody) }
}
