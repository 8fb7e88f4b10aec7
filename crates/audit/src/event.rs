//! What can happen: the closed vocabulary of the trail.
//!
//! Always holds: no event has a field that could hold a log, a secret or a name; people and things are named by ids. The
//! only free texts are what staff wrote to the tenant whose data they asked for. An event's name is never given to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Direction, Question};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditEvent")]
pub enum Event {
    ServerStarted {
        version: String,
    },
    /// A one-time setup link was made; the one before is void.
    SetupLinkMade,
    SetupDone,
    TenantCreated,
    SourceCreated {
        retention_days: u32,
    },
    SourceRenamed,
    RetentionChanged {
        days: u32,
    },
    ApiKeyCreated {
        key: String,
        direction: Direction,
        expires: Option<String>,
    },
    ApiKeyRevoked {
        key: String,
    },
    /// `successor` took the place of `key`, which lives on for a while.
    ApiKeyRotated {
        key: String,
        successor: String,
        overlap_seconds: i64,
    },
    /// What a sender of Fluent's forward protocol shares with the server, for this key, was shown.
    SharedKeyShown {
        key: String,
    },
    /// Records were read, or would have been.
    RecordsRead {
        question: Question,
    },
    /// A key that is known was refused, so many times since it was last written down.
    ApiKeyRefused {
        key: String,
        times: u64,
    },
    /// Records beyond their retention, and keys that sealed nothing else, were ended.
    RetentionEnded {
        parts: u64,
        records: u64,
        keys: u64,
    },
    /// What was known of this subject beyond its id cannot be read any more.
    SubjectForgotten {
        subject: String,
    },
    /// Requests without a credential that names anybody, since the last such event.
    StrangersRefused {
        requests: u64,
    },
    /// The bodies of entries before `until`, older than `days`, were ended; those of `missing` were gone or damaged before.
    AuditRetentionEnded {
        until: u64,
        days: u32,
        bodies: u64,
        missing: u64,
    },
    /// How many days the entries of this log keep their bodies from now on.
    AuditRetentionChanged {
        days: u32,
    },
    /// The log is carried there from now on: to a source, or to the host of an address.
    AuditStreamAdded {
        stream: String,
        to: String,
    },
    AuditStreamRemoved {
        stream: String,
    },
    /// What every other log was on this day: so many of them, and the root of the tree of commitments to their checkpoints.
    LogsAnchored {
        day: String,
        logs: u64,
        root: String,
    },
    /// Somebody known asked for what no role allows, so many times since it was last written down.
    PermissionRefused {
        permission: String,
        times: u64,
    },
    AccountCreated {
        user: String,
        kind: String,
    },
    AccountDisabled {
        user: String,
    },
    AccountEnabled {
        user: String,
    },
    /// A one-time link to set up a new way to sign in was made at the shell; the sessions before it ended.
    AccountRecovered {
        user: String,
    },
    /// It was confirmed that one of staff may use granted access.
    StaffCertified {
        user: String,
    },
    ProfileChanged {
        user: String,
    },
    InvitationMade {
        invitation: String,
        roles: Vec<String>,
    },
    InvitationResent {
        invitation: String,
    },
    InvitationRevoked {
        invitation: String,
    },
    MemberJoined {
        user: String,
        invitation: Option<String>,
        roles: Vec<String>,
    },
    MemberChanged {
        user: String,
        roles: Vec<String>,
    },
    MemberRemoved {
        user: String,
    },
    RoleCreated {
        role: String,
        permissions: Vec<String>,
    },
    RoleChanged {
        role: String,
        permissions: Vec<String>,
    },
    RoleDeleted {
        role: String,
    },
    ServiceAccountCreated {
        account: String,
        roles: Vec<String>,
    },
    ServiceAccountChanged {
        account: String,
        roles: Vec<String>,
    },
    ServiceAccountDeleted {
        account: String,
    },
    ServiceKeyCreated {
        account: String,
        key: String,
        expires: Option<String>,
    },
    ServiceKeyRevoked {
        account: String,
        key: String,
    },
    /// A sign-in was completed, by these means.
    SignedIn {
        session: String,
        methods: Vec<String>,
    },
    /// Somebody failed to sign in to an account, so many times since it was last written down.
    SignInRefused {
        user: String,
        times: u64,
    },
    /// An account is under attack; its person was told.
    AccountAttacked {
        user: String,
        failures: u32,
    },
    SteppedUp {
        session: String,
        method: String,
    },
    SignedOut {
        session: String,
    },
    /// A session was ended by somebody else than itself.
    SessionEnded {
        session: String,
        user: String,
    },
    /// A session works in another tenant now.
    TenantEntered {
        session: String,
    },
    PassphraseSet {
        user: String,
    },
    PasskeyAdded {
        passkey: String,
    },
    PasskeyRemoved {
        passkey: String,
    },
    TotpEnabled {
        user: String,
    },
    TotpDisabled {
        user: String,
    },
    RecoveryCodesMade {
        user: String,
    },
    RecoveryCodeUsed {
        user: String,
        left: u64,
    },
    SignInRulesChanged {
        second_factor_required: bool,
        single_sign_on_enforced: bool,
    },
    ProviderAdded {
        provider: String,
        issuer: String,
    },
    ProviderChanged {
        provider: String,
        issuer: String,
    },
    ProviderRemoved {
        provider: String,
    },
    /// Whether staff can ask for access, and how many have to approve it.
    StaffAccessConfigured {
        level: String,
        approvals: u8,
    },
    StaffAccessRequested {
        access: String,
        reason: String,
        ticket: String,
    },
    StaffAccessApproved {
        access: String,
        passkey: String,
        /// SHA-256 of the statement that was signed.
        statement: String,
    },
    StaffAccessDenied {
        access: String,
    },
    StaffAccessStarted {
        access: String,
        passkey: String,
        ends: String,
    },
    /// Staff asked this; the text of the question, and how many records it gave.
    StaffQuestionAsked {
        access: String,
        question: Question,
        text: String,
        records: u64,
    },
    StaffAccessEnded {
        access: String,
        reason: String,
        readings: u64,
    },
    /// Two of staff opened the emergency way.
    BreakGlassOpened {
        access: String,
        cause: String,
    },
    BreakGlassReviewed {
        access: String,
    },
    /// In the public log: checks of a promise were run, and gave it this state. `statement`: SHA-256, in hex, of what was signed.
    EvidenceRecorded {
        claim: String,
        state: String,
        statement: String,
    },
    /// In the public log: what a promise is worth changed.
    ClaimStateChanged {
        claim: String,
        from: String,
        to: String,
    },
    /// In the public log: a promise is broken; what, is told later. A leaf hash, base 64, over 32 secret bytes and the payload.
    FailureSealed {
        claim: String,
        commitment: String,
    },
    /// In the public log: the secret bytes, in base 64, and the statement that an earlier commitment was made over.
    FailureRevealed {
        claim: String,
        commitment: String,
        salt: String,
        statement: String,
    },
    /// Somebody began a statement of a claim, which others may sign until it is forgotten; `id` is the statement's.
    AttestationProposed {
        claim: String,
        id: String,
    },
    /// Somebody put a file behind it: SHA-256, in hex.
    AttestationFileAttached {
        claim: String,
        id: String,
        digest: String,
    },
    AttestationDiscarded {
        claim: String,
        id: String,
    },
    /// Somebody signed, with a passkey, what is claimed in public. `statement` is the leaf hash of the words that were signed.
    AttestationSigned {
        claim: String,
        passkey: String,
        statement: String,
    },
    /// So many people as it needs signed a claim, so that it counts until then. `attestation` is the SHA-256, in hex, of the
    /// words that all of them signed. This and the two below: in the trail of whose page it is on, and in the public log.
    ClaimAttested {
        claim: String,
        attestation: String,
        until: String,
    },
    AttestationWithdrawn {
        claim: String,
        attestation: String,
    },
    /// What had been signed came to its end.
    AttestationExpired {
        claim: String,
        attestation: String,
    },
    /// In the public log: the security overview says this now; SHA-256, in hex.
    OverviewPublished {
        digest: String,
    },
    /// A tenant gave its own page its name, which is public.
    OwnPageFounded {
        page: String,
    },
    /// A claim of a tenant's own page was written; nobody sees it yet. This and the three below tell its id, never its words.
    OwnClaimWritten {
        claim: String,
    },
    OwnClaimDiscarded {
        claim: String,
    },
    /// It is said in public from now on, as it was written last.
    OwnClaimPublished {
        claim: String,
    },
    /// It is said no more; whether the page shows that it was withdrawn, the public log says.
    OwnClaimTakenBack {
        claim: String,
    },
    /// A host may be looked at for the tenant's own page once it shows that it is the tenant's.
    OwnHostAdded {
        host: String,
    },
    /// Somebody had a host asked for what it has to show.
    OwnHostAsked {
        host: String,
    },
    OwnHostRemoved {
        host: String,
    },
    /// Of views and alerts. Its events, and those below, have names of their own, beside these.
    #[serde(untagged)]
    Watched(crate::Watched),
    #[serde(untagged)]
    Treated(crate::Treated),
    #[serde(untagged)]
    Measured(crate::Measured),
    #[serde(untagged)]
    Worked(crate::Worked),
    #[serde(untagged)]
    Templated(crate::Templated),
    #[serde(untagged)]
    Archived(crate::Archived),
    #[serde(untagged)]
    Recovered(crate::Recovered),
}
