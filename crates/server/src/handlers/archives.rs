//! Where the days of a source are written, once they are over.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/sources/{source}/archive` | shows it, without its secret, and how far it came |
//! | `PUT …` | `{bucket}` or `{folder}`, `{recipient, from}`; the destination is tried before anything is changed |
//! | `DELETE …` | ends it |
//! | `POST …/run?day=YYYY-MM-DD` | has a day that is over written anew |

use std::sync::Arc;

use archive::trial_name;
use axum::http::StatusCode;
use identity::{
    Archive, ArchiveBucket, ArchiveDay, ArchiveError, ArchiveSpec, ArchiveTarget, AskedBucket, ConfigureSource, FolderName,
    Identity, ViewSource,
};
use model::limits::ARCHIVE_TRY_SECONDS_MAX;
use model::{Day, Scope, TenantId};
use schemars::JsonSchema;
use seal::{AgeRecipient, AgeWriter};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::shown::Time;
use super::streams::refuse_own;
use super::views::{ShownKeeper, shown_keeper};
use super::who::Who;
use crate::api::{Accepted, Answer, Done, Form, Parameters, accepted, nothing, ok};
use crate::app::App;
use crate::archiving;
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ArchiveForm")]
pub(crate) struct AskedArchive {
    #[serde(default)]
    bucket: Option<BucketForm>,
    #[serde(default)]
    folder: Option<String>,
    /// A key of age, `age1…`.
    #[serde(default)]
    recipient: Option<String>,
    /// The first day, `YYYY-MM-DD`.
    #[serde(default)]
    from: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ArchiveBucketForm")]
struct BucketForm {
    endpoint: String,
    region: String,
    name: String,
    #[serde(default)]
    prefix: Option<String>,
    access_key_id: String,
    /// May be left out where the endpoint, the bucket and the access key stay.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    secret_access_key: Option<Zeroizing<String>>,
    #[serde(default)]
    authority: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunParameters {
    /// A day that is over, `YYYY-MM-DD`.
    #[serde(default)]
    day: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ArchiveSetting")]
pub(crate) struct Setting {
    /// Whether this installation has a folder for archives.
    folders: bool,
    archive: Option<ShownArchive>,
}

/// Where a source's days are written, and how far that came.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Archive")]
struct ShownArchive {
    bucket: Option<ShownBucket>,
    folder: Option<String>,
    recipient: Option<String>,
    from: String,
    set_at: Time,
    keeper: ShownKeeper,
    last_day: Option<String>,
    next_day: String,
    /// When there is something to do next; none where it stopped.
    next_at: Option<Time>,
    /// Days that are to be written anew.
    asked: Vec<String>,
    failing: Option<ShownFailing>,
    stopped: Option<String>,
    /// The last manifest of each of the newest days.
    days: Vec<ShownDay>,
}

/// A bucket, without its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ArchiveBucket")]
struct ShownBucket {
    endpoint: String,
    region: String,
    name: String,
    prefix: Option<String>,
    access_key_id: String,
    authority: Option<String>,
}

/// What keeps it from going on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ArchiveFailing")]
struct ShownFailing {
    code: String,
    since: Time,
    /// How many times in a row.
    failures: u32,
    retry_at: Time,
}

/// The last manifest of a day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ArchiveDay")]
struct ShownDay {
    day: String,
    number: u32,
    /// Whether it says all of the day by itself.
    anew: bool,
    records: u64,
    objects: u32,
    bytes: u64,
    unreadable_parts: u64,
    manifest: String,
    sha256: String,
    written_at: Time,
}

/// A tenant of which a destination is being tried, until this is dropped.
struct Trying {
    app: Arc<App>,
    tenant: TenantId,
}

// === impl AskedArchive ===

impl AskedArchive {
    fn read(self, before: Option<&Archive>, app: &App) -> Result<ArchiveSpec, Problem> {
        let target = match (self.bucket, self.folder) {
            (Some(bucket), None) => ArchiveTarget::Bucket(bucket.read(before, app)?),
            (None, Some(folder)) => ArchiveTarget::Folder(FolderName::parse(&folder)?),
            (Some(_), Some(_)) | (None, None) => {
                let detail = "an archive goes to a `bucket` or to a `folder`";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "archive_target_invalid", detail));
            }
        };
        let recipient = self.recipient.filter(|text| !text.is_empty());
        let recipient = recipient.map(|text| recipient_of(text.trim(), app)).transpose()?;
        if matches!(target, ArchiveTarget::Folder(_)) && recipient.is_none() {
            return Err(ArchiveError::NoRecipient.into());
        }
        let from = self.from.map(|day| Day::parse(&day).ok_or(ArchiveError::Day)).transpose()?;
        Ok(ArchiveSpec { target, recipient, from })
    }
}

// === impl BucketForm ===

impl BucketForm {
    fn read(self, before: Option<&Archive>, app: &App) -> Result<ArchiveBucket, Problem> {
        let before = before.and_then(|before| match &before.target {
            ArchiveTarget::Bucket(bucket) => Some(bucket),
            ArchiveTarget::Folder(_) => None,
        });
        let bucket = ArchiveBucket::parse(
            AskedBucket {
                endpoint: self.endpoint,
                region: self.region,
                name: self.name,
                prefix: self.prefix,
                access_key_id: self.access_key_id,
                secret_access_key: self.secret_access_key,
                authority: self.authority,
            },
            before,
        )?;
        refuse_own(app, bucket.endpoint()).map_err(|_| Problem::from(ArchiveError::Endpoint))?;
        Ok(bucket)
    }
}

// === impl Trying ===

impl Trying {
    fn begin(app: &Arc<App>, tenant: TenantId) -> Result<Self, Problem> {
        if app.trying.lock().insert(tenant) {
            return Ok(Self { app: Arc::clone(app), tenant });
        }
        let detail = "a destination of this organization is being tried; try again in a moment";
        Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", detail).retry_after(5))
    }
}

impl Drop for Trying {
    fn drop(&mut self) {
        self.app.trying.lock().remove(&self.tenant);
    }
}

pub(crate) async fn archive(who: Who) -> Result<Answer<Setting>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        Ok(ok(setting(who, identity, permit.scope())?))
    })
    .await
}

pub(crate) async fn set(who: Who, Form(asked): Form<AskedArchive>) -> Result<Answer<Setting>, Problem> {
    let app = Arc::clone(&who.app);
    let (scope, spec) = who
        .clone()
        .run(move |who, identity| {
            let permit = who.source_permit::<ConfigureSource>()?;
            let before = identity.may_archive(&permit)?;
            Ok((permit.scope(), asked.read(before.as_ref(), &who.app)?))
        })
        .await?;
    try_out(&app, scope, &spec).await?;
    // Asked again: it took a while.
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_archive(&permit, spec)?;
        Ok(ok(setting(who, identity, permit.scope())?))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        identity.remove_archive(&who.source_permit::<ConfigureSource>()?)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn run(who: Who, Parameters(asked): Parameters<RunParameters>) -> Result<Accepted<Setting>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        let day = Day::parse(&asked.day).ok_or(ArchiveError::Day)?;
        identity.ask_archive_day(&permit, day)?;
        Ok(accepted(setting(who, identity, permit.scope())?))
    })
    .await
}

/// Writes a small object that says nothing, to see that it arrives.
async fn try_out(app: &Arc<App>, scope: Scope, spec: &ArchiveSpec) -> Result<(), Problem> {
    let _trying = Trying::begin(app, scope.tenant)?;
    let destination = archiving::destination(app, scope.tenant, (&spec.target, spec.recipient.as_ref()))?;
    let text = format!("Blockhouse writes the daily archives of the source {} here.\n", scope.source);
    let name = trial_name(scope.source);
    let put = archiving::put(app, &destination, (&name, text.into_bytes()), ARCHIVE_TRY_SECONDS_MAX);
    Ok(put.await.ok_or_else(|| Problem::busy("the server stops"))??)
}

/// A recipient that a file can be encrypted to, which is not so of every one that is well formed.
fn recipient_of(text: &str, app: &App) -> Result<AgeRecipient, Problem> {
    let invalid = |detail: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "archive_recipient_invalid", detail);
    let recipient = AgeRecipient::parse(text).map_err(|error| invalid(error.to_string()))?;
    AgeWriter::new(&recipient, &*app.entropy).map_err(|error| invalid(error.to_string()))?;
    Ok(recipient)
}

fn setting(who: &Who, identity: &Identity, scope: Scope) -> Result<Setting, Problem> {
    let found = identity.archive(scope)?;
    Ok(Setting { folders: who.app.archive_folder.is_some(), archive: found.map(|(archive, days)| shown(&archive, &days)) })
}

fn shown(archive: &Archive, days: &[ArchiveDay]) -> ShownArchive {
    let (bucket, folder) = match &archive.target {
        ArchiveTarget::Bucket(bucket) => (Some(shown_bucket(bucket)), None),
        ArchiveTarget::Folder(folder) => (None, Some(folder.as_str().to_owned())),
    };
    let failing = archive.failing.as_ref().map(|failing| ShownFailing {
        code: failing.code.clone(),
        since: failing.since().into(),
        failures: failing.failures,
        retry_at: failing.retry_at().into(),
    });
    ShownArchive {
        bucket,
        folder,
        recipient: archive.recipient.as_ref().map(|recipient| recipient.as_str().to_owned()),
        from: archive.from.to_string(),
        set_at: archive.set_at.into(),
        keeper: shown_keeper(archive.keeper),
        last_day: archive.last_day.map(|day| day.to_string()),
        next_day: archive.next_day.to_string(),
        next_at: archive.due_at().map(Time::from),
        asked: archive.asked.iter().map(ToString::to_string).collect(),
        failing,
        stopped: archive.stopped.clone(),
        days: days.iter().map(shown_day).collect(),
    }
}

fn shown_bucket(bucket: &ArchiveBucket) -> ShownBucket {
    ShownBucket {
        endpoint: bucket.endpoint().to_owned(),
        region: bucket.region().to_owned(),
        name: bucket.name().to_owned(),
        prefix: bucket.prefix().map(str::to_owned),
        access_key_id: bucket.access_key_id().to_owned(),
        authority: bucket.authority().map(str::to_owned),
    }
}

fn shown_day(day: &ArchiveDay) -> ShownDay {
    ShownDay {
        day: day.day.to_string(),
        number: day.number,
        anew: day.anew,
        records: day.records,
        objects: day.objects,
        bytes: day.bytes,
        unreadable_parts: day.unreadable_parts,
        manifest: day.manifest.clone(),
        sha256: day.sha256.clone(),
        written_at: day.written_at.into(),
    }
}
