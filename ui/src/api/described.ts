// Made by scripts/types.mjs from the server's description of its API; a test holds that it is the same. Do not edit.

/** What somebody could do, from the engine that decides. */
export type Abilities = {
  abilities: Ability[];
};

export type Ability = {
  permission: string;
  allowed: boolean;
  places: AbilityPlace[];
};

/** Where it is allowed, and by what. */
export type AbilityPlace = {
  /** A role, `key`, `approval` or `operator`. */
  by: string;
} & ({
  at: "every_source";
} | {
  at: "source";
  source: string;
} | {
  at: "tenant";
} | {
  at: "installation";
});

export type AcceptForm = {
  invitation: string;
  /** Of somebody who has no account yet. */
  name?: string | null;
  token?: boolean;
};

/** What became of an invitation: an account that is signed in, or a tenant more for the one that was. */
export type Accepted = SignIn | {
  tenant: string;
};

/** How access ended. */
export type AccessEnd = "time" | "staff" | "tenant";

export type AccessEnded = {
  how: AccessEnd;
  /** RFC 3339, UTC. */
  at: string;
};

/** Why staff want to read. */
export type AccessReason = "support" | "incident" | "abuse" | "legal";

/** A request of staff to read a source of a tenant, and what became of it. */
export type AccessRequest = {
  id: string;
  tenant: string;
  source: string;
  staff: string;
  reason: AccessReason;
  explanation: string;
  ticket: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  from: string;
  /** RFC 3339, UTC. */
  until: string;
  /** RFC 3339, UTC. */
  lapses_at: string;
  state: AccessState;
  approvals_needed: number;
  approvals: AccessSignature[];
  /** RFC 3339, UTC. */
  started_at: string | null;
  /** RFC 3339, UTC. */
  ends_at: string | null;
  ended: AccessEnded | null;
  readings: number;
  emergency: Emergency | null;
};

export type AccessRequests = {
  requests: AccessRequest[];
};

export type AccessSignature = {
  signer: string;
  passkey: string;
  /** RFC 3339, UTC. */
  at: string;
  /** The answer of the signer's device, as it came. */
  answer: string;
};

export type AccessState = "pending" | "approved" | "denied" | "lapsed" | "active" | "ended";

/** What staff asked of a tenant. */
export type AccessToTenant = {
  requests: AccessRequest[];
  /** The names of whoever is named in them, by id. */
  people: {
    [name: string]: string;
  };
};

export type Acknowledgement = {
  code: string;
};

/** An alert, and where it stands. */
export type Alert = {
  id: string;
  name: string;
  source: string;
  query: string;
  comparison: AlertComparison;
  threshold: number;
  window_minutes: number;
  destinations: string[];
  /** RFC 3339, UTC. */
  created_at: string;
  keeper: Keeper;
  state: AlertState;
  /** RFC 3339, UTC. */
  since: string;
  /** The newest look that gave a count. */
  last: AlertLook | null;
  missed_rounds: number;
  /** Why looks give no count. */
  trouble: AlertTrouble | null;
  /** Nobody looks any more. */
  stopped: AlertStopped | null;
};

/** One state became the other. */
export type AlertChange = {
  number: number;
  state: AlertState;
  /** RFC 3339, UTC. */
  at: string;
  count: number;
  /** What was counted. */
  from: string;
  /** RFC 3339, UTC. */
  to: string;
  messages: AlertMessage[];
};

export type AlertComparison = "at_least" | "at_most";

/** Where alerts tell, without its secret. */
export type AlertDestination = {
  id: string;
  name: string;
  kind: AlertDestinationKind;
  /** In words for people. */
  to: string;
  /** Of mail: the member. */
  user: string | null;
  /** Of mail: whether they showed that they read it. */
  confirmed: boolean | null;
  /** RFC 3339, UTC. */
  created_at: string;
};

export type AlertDestinationKind = "mail" | "webhook" | "slack";

export type AlertDestinations = {
  destinations: AlertDestination[];
};

export type AlertForm = {
  name: string;
  source: string;
  query?: string;
  comparison: AlertComparison;
  threshold: number;
  window_minutes: number;
  destinations?: string[];
};

export type AlertHistory = {
  changes: AlertChange[];
  /** Messages that tell nothing. */
  tests: AlertMessage[];
};

export type AlertLook = {
  /** RFC 3339, UTC. */
  at: string;
  count: number;
};

export type AlertMessage = {
  id: string;
  destination: string;
  /** RFC 3339, UTC. */
  created_at: string;
  tries: number;
  /** RFC 3339, UTC. */
  sent_at: string | null;
  /** Why it did not arrive, the last time that it was tried. */
  failure: string | null;
  /** RFC 3339, UTC. */
  retry_at: string | null;
};

/** What a rule would have done. */
export type AlertPreview = {
  hours: number;
  /** How often it would have begun to alert. */
  fired: number;
  alerting_minutes: number;
  now: number | null;
  most: number | null;
  least: number | null;
  points: AlertPreviewPoint[];
  warnings: Warning[];
};

export type AlertPreviewForm = {
  source: string;
  query?: string;
  comparison: AlertComparison;
  threshold: number;
  window_minutes: number;
};

export type AlertPreviewPoint = {
  /** RFC 3339, UTC. */
  time: string;
  count: number | null;
};

export type AlertState = "ok" | "alerting";

export type AlertStopped = {
  code: string;
  /** RFC 3339, UTC. */
  at: string;
};

/** Messages that tell nothing, and what became of them. */
export type AlertTest = {
  messages: AlertTestMessage[];
};

export type AlertTestMessage = {
  id: string;
  destination: string;
  sent: boolean;
  /** Why it did not arrive, as a code that is stable. */
  failure: string | null;
};

export type AlertTrouble = {
  code: string;
  /** RFC 3339, UTC. */
  since: string;
  failures: number;
};

export type Alerts = {
  alerts: Alert[];
};

export type AnswersForm = {
  version: string;
  answers: TemplateAnswersInput;
};

/** Where a source's days are written, and how far that came. */
export type Archive = {
  bucket: ArchiveBucket | null;
  folder: string | null;
  recipient: string | null;
  from: string;
  /** RFC 3339, UTC. */
  set_at: string;
  keeper: Keeper;
  last_day: string | null;
  next_day: string;
  /** When there is something to do next; none where it stopped. */
  next_at: string | null;
  /** Days that are to be written anew. */
  asked: string[];
  failing: ArchiveFailing | null;
  stopped: string | null;
  /** The last manifest of each of the newest days. */
  days: ArchiveDay[];
};

/** A bucket, without its secret. */
export type ArchiveBucket = {
  endpoint: string;
  region: string;
  name: string;
  prefix: string | null;
  access_key_id: string;
  authority: string | null;
};

export type ArchiveBucketForm = {
  endpoint: string;
  region: string;
  name: string;
  prefix?: string | null;
  access_key_id: string;
  /** May be left out where the endpoint, the bucket and the access key stay. */
  secret_access_key?: string | null;
  authority?: string | null;
};

/** The last manifest of a day. */
export type ArchiveDay = {
  day: string;
  number: number;
  /** Whether it says all of the day by itself. */
  anew: boolean;
  records: number;
  objects: number;
  bytes: number;
  unreadable_parts: number;
  manifest: string;
  sha256: string;
  /** RFC 3339, UTC. */
  written_at: string;
};

/** What keeps it from going on. */
export type ArchiveFailing = {
  code: string;
  /** RFC 3339, UTC. */
  since: string;
  /** How many times in a row. */
  failures: number;
  /** RFC 3339, UTC. */
  retry_at: string;
};

export type ArchiveForm = {
  bucket?: ArchiveBucketForm | null;
  folder?: string | null;
  /** A key of age, `age1…`. */
  recipient?: string | null;
  /** The first day, `YYYY-MM-DD`. */
  from?: string | null;
};

export type ArchiveSetting = {
  /** Whether this installation has a folder for archives. */
  folders: boolean;
  archive: Archive | null;
};

/** What arrived on a day: how much as a quota counts it, and when the last of it did. */
export type Arrival = {
  day: string;
  bytes: number;
  /** None where it was counted before its time was kept. */
  last_at: string | null;
};

export type AskForm = {
  tenant: string;
  source: string;
  reason: AccessReason;
  explanation: string;
  ticket: string;
  /** RFC 3339; without it, now. */
  from?: string | null;
  minutes: number;
  /** Asks for the emergency way, which a second of staff opens. */
  emergency?: EmergencyCause | null;
};

/** All filters of a source. */
export type AskedFilters = {
  filters: DropFilter[];
};

/** A file that was put behind a statement. */
export type Attached = {
  /** SHA-256 in hex. */
  digest: string;
};

/** A claim that people can sign, for whoever may. */
export type AttestableClaim = {
  claim: string;
  title: string;
  /** As the library has it, with the names of values between braces. */
  sentence: string;
  needsDocument: boolean;
  maxDays: number;
  quorum: number;
  /** As everybody is shown it: `NOT-CLAIMED` while it is not signed. */
  state: ClaimState;
  /** Why it is not said, if it was signed. */
  reason: string | null;
  current: Statement | null;
  /** What waits for signatures. Nobody else sees these. */
  pending: Statement[];
};

export type AttestedForm = {
  role: string;
  answer: unknown;
};

/** Who acts. */
export type AuditActor = {
  kind: "server";
} | {
  kind: "shell";
} | {
  kind: "setup_link";
} | {
  kind: "api_key";
  id: string;
} | {
  kind: "person";
  id: string;
} | {
  kind: "service_account";
  id: string;
} | {
  kind: "staff";
  id: string;
} | {
  kind: "access_request";
  id: string;
} | {
  kind: "stranger";
};

/** What happened. The entry names the source. */
export type AuditArchived = {
  type: "archive_changed";
  to: string;
  recipient: string | null;
  from: string;
} | {
  type: "archive_removed";
} | {
  type: "archive_asked";
  day: string;
} | {
  type: "archive_written";
  day: string;
  number: number;
  records: number;
  objects: number;
  bytes: number;
  manifest: string;
} | {
  type: "archive_failing";
  code: string;
  since: string;
} | {
  type: "archive_stopped";
  code: string;
} | {
  type: "archive_missed";
  first: string;
  last: string;
};

/** What an API key is for. */
export type AuditDirection = "write" | "read";

/** An entry of the trail, with the address that it came from, while that is known. */
export type AuditEntry = {
  format: number;
  /** The origin of the log that it is an entry of. */
  log: string;
  /** Its place in the log, from 0. */
  sequence: number;
  /** RFC 3339, UTC. */
  time: string;
  salt: string;
  event: AuditEvent;
  outcome: AuditOutcome;
  actor: AuditActor;
  /** With whose rights, where those are not the actor's own. */
  on_behalf_of?: AuditActor | null;
  /** How the actor signed in, the latest way last; of keys and of the server nothing. */
  signed_in_by?: string[];
  tenant?: string | null;
  source?: string | null;
  request?: string | null;
  personal?: AuditPersonal | null;
  address: string | null;
};

/** What happened. */
export type AuditEvent = {
  type: "server_started";
  version: string;
} | {
  type: "setup_link_made";
} | {
  type: "setup_done";
} | {
  type: "tenant_created";
} | {
  type: "source_created";
  retention_days: number;
} | {
  type: "source_renamed";
} | {
  type: "retention_changed";
  days: number;
} | {
  type: "api_key_created";
  key: string;
  direction: AuditDirection;
  expires: string | null;
} | {
  type: "api_key_revoked";
  key: string;
} | {
  type: "api_key_rotated";
  key: string;
  successor: string;
  overlap_seconds: number;
} | {
  type: "shared_key_shown";
  key: string;
} | {
  type: "records_read";
  question: AuditQuestion;
} | {
  type: "api_key_refused";
  key: string;
  times: number;
} | {
  type: "retention_ended";
  parts: number;
  records: number;
  keys: number;
} | {
  type: "subject_forgotten";
  subject: string;
} | {
  type: "strangers_refused";
  requests: number;
} | {
  type: "audit_retention_ended";
  until: number;
  days: number;
  bodies: number;
  missing: number;
} | {
  type: "audit_retention_changed";
  days: number;
} | {
  type: "audit_stream_added";
  stream: string;
  to: string;
} | {
  type: "audit_stream_removed";
  stream: string;
} | {
  type: "logs_anchored";
  day: string;
  logs: number;
  root: string;
} | {
  type: "permission_refused";
  permission: string;
  times: number;
} | {
  type: "account_created";
  user: string;
  kind: string;
} | {
  type: "account_disabled";
  user: string;
} | {
  type: "account_enabled";
  user: string;
} | {
  type: "account_recovered";
  user: string;
} | {
  type: "staff_certified";
  user: string;
} | {
  type: "profile_changed";
  user: string;
} | {
  type: "invitation_made";
  invitation: string;
  roles: string[];
} | {
  type: "invitation_resent";
  invitation: string;
} | {
  type: "invitation_revoked";
  invitation: string;
} | {
  type: "member_joined";
  user: string;
  invitation: string | null;
  roles: string[];
} | {
  type: "member_changed";
  user: string;
  roles: string[];
} | {
  type: "member_removed";
  user: string;
} | {
  type: "role_created";
  role: string;
  permissions: string[];
} | {
  type: "role_changed";
  role: string;
  permissions: string[];
} | {
  type: "role_deleted";
  role: string;
} | {
  type: "service_account_created";
  account: string;
  roles: string[];
} | {
  type: "service_account_changed";
  account: string;
  roles: string[];
} | {
  type: "service_account_deleted";
  account: string;
} | {
  type: "service_key_created";
  account: string;
  key: string;
  expires: string | null;
} | {
  type: "service_key_revoked";
  account: string;
  key: string;
} | {
  type: "signed_in";
  session: string;
  methods: string[];
} | {
  type: "sign_in_refused";
  user: string;
  times: number;
} | {
  type: "account_attacked";
  user: string;
  failures: number;
} | {
  type: "stepped_up";
  session: string;
  method: string;
} | {
  type: "signed_out";
  session: string;
} | {
  type: "session_ended";
  session: string;
  user: string;
} | {
  type: "tenant_entered";
  session: string;
} | {
  type: "passphrase_set";
  user: string;
} | {
  type: "passkey_added";
  passkey: string;
} | {
  type: "passkey_removed";
  passkey: string;
} | {
  type: "totp_enabled";
  user: string;
} | {
  type: "totp_disabled";
  user: string;
} | {
  type: "recovery_codes_made";
  user: string;
} | {
  type: "recovery_code_used";
  user: string;
  left: number;
} | {
  type: "sign_in_rules_changed";
  second_factor_required: boolean;
  single_sign_on_enforced: boolean;
} | {
  type: "provider_added";
  provider: string;
  issuer: string;
} | {
  type: "provider_changed";
  provider: string;
  issuer: string;
} | {
  type: "provider_removed";
  provider: string;
} | {
  type: "staff_access_configured";
  level: string;
  approvals: number;
} | {
  type: "staff_access_requested";
  access: string;
  reason: string;
  ticket: string;
} | {
  type: "staff_access_approved";
  access: string;
  passkey: string;
  /** SHA-256 of the statement that was signed. */
  statement: string;
} | {
  type: "staff_access_denied";
  access: string;
} | {
  type: "staff_access_started";
  access: string;
  passkey: string;
  ends: string;
} | {
  type: "staff_question_asked";
  access: string;
  question: AuditQuestion;
  text: string;
  records: number;
} | {
  type: "staff_access_ended";
  access: string;
  reason: string;
  readings: number;
} | {
  type: "break_glass_opened";
  access: string;
  cause: string;
} | {
  type: "break_glass_reviewed";
  access: string;
} | {
  type: "evidence_recorded";
  claim: string;
  state: string;
  statement: string;
} | {
  type: "claim_state_changed";
  claim: string;
  from: string;
  to: string;
} | {
  type: "failure_sealed";
  claim: string;
  commitment: string;
} | {
  type: "failure_revealed";
  claim: string;
  commitment: string;
  salt: string;
  statement: string;
} | {
  type: "attestation_proposed";
  claim: string;
  id: string;
} | {
  type: "attestation_file_attached";
  claim: string;
  id: string;
  digest: string;
} | {
  type: "attestation_discarded";
  claim: string;
  id: string;
} | {
  type: "attestation_signed";
  claim: string;
  passkey: string;
  statement: string;
} | {
  type: "claim_attested";
  claim: string;
  attestation: string;
  until: string;
} | {
  type: "attestation_withdrawn";
  claim: string;
  attestation: string;
} | {
  type: "attestation_expired";
  claim: string;
  attestation: string;
} | {
  type: "overview_published";
  digest: string;
} | {
  type: "own_page_founded";
  page: string;
} | {
  type: "own_claim_written";
  claim: string;
} | {
  type: "own_claim_discarded";
  claim: string;
} | {
  type: "own_claim_published";
  claim: string;
} | {
  type: "own_claim_taken_back";
  claim: string;
} | {
  type: "own_host_added";
  host: string;
} | {
  type: "own_host_asked";
  host: string;
} | {
  type: "own_host_removed";
  host: string;
} | AuditWatched | AuditTreated | AuditMeasured | AuditWorked | AuditTemplated | AuditArchived | AuditRecovered;

/** What happened. It is of a source where the entry names one, else of all sources of the tenant. */
export type AuditMeasured = {
  type: "quota_changed";
  bytes: number | null;
  period: string;
} | {
  type: "quota_reached";
  percent: number;
  bytes: number;
  period: string;
};

export type AuditOutcome = {
  result: "done";
} | {
  result: "refused";
  code: string;
};

/** Entries, newest first. */
export type AuditPage = {
  entries: AuditEntry[];
  next: number | null;
};

/** What is known of a person, under that person's key. */
export type AuditPersonal = {
  /** Whose key it is sealed under. */
  subject: string;
  /** Base 64. */
  sealed: string;
};

/** A proof over the log of the trail (RFC 6962): hashes in base 64, and the checkpoint that they lead to. */
export type AuditProof = {
  entry: number | null;
  since: number | null;
  proof: string[];
  /** A signed note. */
  checkpoint: string;
};

/** How records are read. */
export type AuditQuestion = "search" | "sql" | "histogram" | "fields" | "field_values" | "context" | "tail" | "origin" | "series" | "look" | "archive" | "pipeline_trial";

/** What happened. `key`: the id of the root key, which is derived from it and opens nothing. */
export type AuditRecovered = {
  type: "root_key_kit_made";
  key: string;
} | {
  type: "root_key_proved";
  key: string;
} | {
  type: "root_key_proof_refused";
  key: string;
} | {
  type: "root_key_restored";
  key: string;
};

/** For how many days the bodies of entries are kept. */
export type AuditRetention = {
  days: number;
};

/** Where a trail is carried: to a source, or to an address. */
export type AuditStream = {
  id: string;
  /** RFC 3339, UTC. */
  created_at: string;
  source: string | null;
  /** Without what stands behind its question mark. */
  url: string | null;
  /** The last entry that arrived there. */
  last: number | null;
  /** RFC 3339, UTC. */
  arrived_at: string | null;
  failing: AuditStreamFailing | null;
};

/** What keeps it from going on. */
export type AuditStreamFailing = {
  code: string;
  /** RFC 3339, UTC. */
  since: string;
  /** How many times in a row. */
  failures: number;
  /** RFC 3339, UTC. */
  retry_at: string;
};

/** What happens: each comes before the change, with the SHA-256, in hex, of the template's text. */
export type AuditTemplated = {
  type: "template_kept";
  digest: string;
} | {
  type: "template_answered";
  digest: string;
} | {
  type: "template_discarded";
  digest: string;
};

/** What happened. */
export type AuditTreated = {
  type: "treatment_changed";
  masked: string[];
  recognised: string[];
} | {
  type: "filters_changed";
  filters: string[];
} | {
  type: "pipeline_changed";
  rules: string[];
};

/** What happened. */
export type AuditWatched = {
  type: "view_created";
  view: string;
} | {
  type: "view_changed";
  view: string;
} | {
  type: "view_removed";
  view: string;
} | {
  type: "link_created";
  link: string;
  until: string;
} | {
  type: "link_removed";
  link: string;
} | {
  type: "alert_created";
  alert: string;
  destinations: string[];
} | {
  type: "alert_changed";
  alert: string;
  destinations: string[];
} | {
  type: "alert_removed";
  alert: string;
} | {
  type: "source_watched";
  alert: string;
  until: string;
} | {
  type: "alert_fired";
  alert: string;
  count: number;
  told: number;
} | {
  type: "alert_recovered";
  alert: string;
  count: number;
  told: number;
} | {
  type: "alert_stopped";
  alert: string;
  code: string;
} | {
  type: "alert_destination_tested";
  destination: string;
} | {
  type: "alert_destination_created";
  destination: string;
  to: string;
} | {
  type: "alert_destination_approved";
  destination: string;
} | {
  type: "alert_destination_rotated";
  destination: string;
} | {
  type: "alert_destination_removed";
  destination: string;
};

/** What happened. */
export type AuditWorked = {
  type: "job_begun";
  job: string;
  kind: string;
  bytes: number;
} | {
  type: "job_ended";
  job: string;
  state: string;
  code: string | null;
  stored: number;
  refused: number;
} | {
  type: "job_cancelled";
  job: string;
  stored: number;
  refused: number;
};

/** What the browser is asked for, as `navigator.credentials` takes it, and the token to give back with its answer. */
export type Ceremony = {
  ceremony: string;
  options: unknown;
};

/** Who can know whether it is true. */
export type ClaimClass = "software" | "deployment" | "organisational" | "inherited";

/** The parts of a page. */
export type ClaimGroup = "in-transit" | "at-rest" | "isolation" | "api-keys" | "network" | "users" | "staff-access" | "monitoring" | "incidents" | "backups" | "retention" | "development" | "disclosure" | "infrastructure" | "organisation" | "compliance" | "page";

/** A disposition without what it carries, to count and to filter by. */
export type ClaimKind = "checked" | "not-yet" | "attested" | "documented" | "derived" | "build-rule" | "refused" | "description";

export type ClaimState = "PASS" | "FAIL" | "STALE" | "UNKNOWN" | "EXPIRED" | "SEALED-FAIL" | "NOT-CLAIMED" | "WITHDRAWN";

export type Confirmation = {
  code: string;
};

export type ConnectionKind = "plain_http" | "not_tls" | "tls_incompatible" | "certificate_not_trusted" | "handshake_failed";

export type ConnectionPort = "https" | "syslog" | "forward";

/** A record with those around it, the oldest first. */
export type Context = {
  before: Record[];
  record: Record;
  after: Record[];
  warnings: Warning[];
};

/** So many of so many. */
export type Count = {
  what: string;
  counted: number;
  whole: number | null;
};

/** The name of a key, and what is under it. */
export type DataKey = {
  id: string;
  /** `2026-01-31`, UTC. */
  day: string;
  state: DataKeyState;
  parts: number;
  records: number;
  raw_bytes: number;
  sealed_bytes: number;
};

export type DataKeyState = "seals" | "opens";

/** The data keys of a tenant's sources. */
export type DataKeys = {
  /** RFC 3339, UTC. */
  now: string;
  sources: DataKeysOfSource[];
  /** How many sources there are; fewer may be shown. */
  whole: number;
};

export type DataKeysOfSource = {
  id: string;
  name: string;
  retention_days: number;
  /** How many keys are older than those that are shown. */
  older: number;
  /** The day of the oldest of all. */
  oldest: string | null;
  /** The newest last. */
  keys: DataKey[];
};

export type DestinationForm = {
  name: string;
  kind: AlertDestinationKind;
  user?: string | null;
  url?: string | null;
  authority?: string | null;
};

/** Drops each record whose message holds a text, in whatever case. */
export type DropFilter = {
  name: string;
  contains: string;
};

/** What of a source's records is dropped before anything of them is kept. */
export type DropFilters = {
  filters: DropFilter[];
  /** Records that were dropped since the source was made. */
  dropped: number;
};

export type Emergency = {
  cause: EmergencyCause;
  second: AccessSignature | null;
  /** RFC 3339, UTC. */
  reviewed_at: string | null;
  review_late: boolean;
};

/** What counts as an emergency. */
export type EmergencyCause = "outage" | "attack" | "data_loss";

export type EnterTenant = {
  tenant: string;
  token?: boolean;
};

/** A signed payload. */
export type Envelope = {
  payloadType: string;
  /** Base 64. */
  payload: string;
  signatures: EnvelopeSignature[];
};

export type EnvelopeSignature = {
  /** The verifier key, as in a signed note: `name+hash+key`. */
  keyid: string;
  /** Base 64. */
  sig: string;
};

export type Field = {
  name: string;
  /** Of its values: `text`, `integer`, `float`, `boolean`, `json`. */
  types: string[];
  records: number;
};

/** The values of a field, the most frequent ones first. */
export type FieldValues = {
  name: string;
  /** Records that match. */
  records: number;
  /** Of them, those that have the field. */
  present: number;
  distinct: number | null;
  top: TopValue[];
  numbers: Numbers | null;
  /** `exact`, `whole parts`, or `sampled 1 in N`. */
  precision: string;
  stats: QueryStats;
  warnings: Warning[];
};

/** The fields that records have. */
export type Fields = {
  fields: Field[];
  /** `exact`, `whole parts`, or `sampled 1 in N`. */
  precision: string;
  stats: QueryStats;
  warnings: Warning[];
};

/** A page of what a query finds. */
export type Found = {
  records: Record[];
  /** The cursor of the next page, if there may be one. */
  next: string | null;
  stats: QueryStats;
  warnings: Warning[];
  /** The query, as it was understood. */
  understood: string;
};

/** The first tenant and source, and the source's keys, which are shown this once. */
export type Founded = {
  tenant_id: string;
  source_id: string;
  /** A secret, in the one answer that shows it. */
  write_key: string;
  /** A secret, in the one answer that shows it. */
  read_key: string;
};

/** A role with its reach: the whole tenant, or one source. */
export type Grant = {
  role: string;
  source: string | null;
};

/** A role with its reach: the whole tenant, or one source. */
export type GrantInput = {
  role: string;
  source?: string | null;
};

/** What whoever is in a group of the provider's may do. */
export type GroupGrant = {
  group: string;
  role: string;
  source: string | null;
};

/** What whoever is in a group of the provider's may do. */
export type GroupGrantInput = {
  group: string;
  role: string;
  source?: string | null;
};

export type Health = {
  status: string;
};

/** Counts over time. */
export type Histogram = {
  step_seconds: number;
  buckets: HistogramBucket[];
  total: number;
  precision: string;
  stats: QueryStats;
  warnings: Warning[];
};

/** Counts of one step. */
export type HistogramBucket = {
  /** When it begins. */
  time: string;
  count: number;
  /** By level; records without one count under the empty name. */
  levels: {
    [name: string]: number;
  };
};

/** What a host has to show: a TXT record, or a file. */
export type Host = {
  host: string;
  record: string;
  url: string;
  token: string;
  is_shown: boolean;
  /** RFC 3339, UTC. */
  asked_at: string | null;
};

export type HostAsked = {
  host: string;
  showed: HostShowed;
};

/** What a host has to show: a TXT record, or a file. */
export type HostChallenge = {
  host: string;
  record: string;
  url: string;
  token: string;
};

export type HostForm = {
  host: string;
};

export type HostShowed = "shown" | "not_shown" | "not_asked";

export type Hosts = {
  hosts: Host[];
};

/** How somebody says that a file is compressed. */
export type ImportCompression = "none" | "gzip" | "zstd" | "auto";

export type ImportForm = {
  name: string;
  /** Of the file as it is uploaded. */
  bytes: number;
  format?: ImportFormat;
  compression?: ImportCompression;
  /** SHA-256, in hexadecimal digits, for whoever goes on with an upload. */
  digest?: string | null;
};

/** What somebody says that a file is. */
export type ImportFormat = "auto" | "ndjson" | "json" | "plain" | "syslog";

export type Invitation = {
  id: string;
  email: string;
  roles: Grant[];
  invited_by: string | null;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string;
  state: InvitationState;
};

export type InvitationForm = {
  invitation: string;
};

export type InvitationState = "open" | "expired" | "revoked" | "accepted";

/** An invitation with its link, which is in this answer and nowhere else. */
export type InvitationWithLink = {
  id: string;
  email: string;
  roles: Grant[];
  invited_by: string | null;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string;
  state: InvitationState;
  link: string;
};

export type Invitations = {
  invitations: Invitation[];
};

export type InviteForm = {
  email: string;
  roles: GrantInput[];
};

/** What an invitation is for. */
export type Invited = {
  tenant: Named;
  email: string;
  has_account: boolean;
};

/** Long work, and how far it is. */
export type Job = {
  id: string;
  /** `import`. */
  kind: string;
  title: string;
  state: JobState;
  source: Named;
  keeper: Keeper;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  started_at: string | null;
  /** RFC 3339, UTC. */
  ended_at: string | null;
  /** When its numbers changed last. */
  moved_at: string;
  quiet_seconds: number;
  phases: JobPhase[];
  /** The one under way, by its name. */
  phase: string | null;
  /** Units a second. */
  rate: number | null;
  seconds_left: JobSecondsLeft | null;
  /** What it did last, for people. */
  last: string | null;
  /** Why it stands still, and tries again by itself. */
  waits: JobWaits | null;
  records: JobRecords;
  exceptions: JobExceptions;
  upload: JobUpload;
  import: JobImport;
  /** What becomes of what was done, if it is cancelled. */
  on_cancel: string;
  /** What it changed, once it has ended. */
  outcome: string | null;
  failure: JobFailure | null;
  receipt: JobReceipt;
};

export type JobException = {
  /** Counted from 1 in the decompressed file. */
  line: number;
  /** Counted from 0 there. */
  at: number;
  code: string;
};

/** Records that were refused. */
export type JobExceptions = {
  first: JobException[];
  /** How many are not among them. */
  more: number;
};

export type JobFailure = {
  code: string;
  /** For people. */
  detail: string;
  /** The byte, counted from 0, in the file as it was uploaded or decompressed. */
  at: number | null;
};

export type JobImport = {
  format: ImportFormat;
  compression: ImportCompression;
  digest: string | null;
};

/** Jobs, newest first. */
export type JobPage = {
  jobs: Job[];
  next: string | null;
  /** Of all that one may see, those that have not ended. */
  open: number;
};

export type JobPhase = {
  name: string;
  unit: string;
  done: number;
  total: number;
};

/** Entries of the tenant's audit trail. */
export type JobReceipt = {
  begun: number;
  ended: number | null;
};

export type JobRecords = {
  stored: number;
  /** By the source's filters. */
  dropped: number;
  refused: number;
};

/** Seconds, within a range. */
export type JobSecondsLeft = {
  least: number;
  most: number;
};

export type JobState = "running" | "done" | "failed" | "cancelled" | "receiving" | "waiting";

export type JobUpload = {
  bytes: number;
  received: number;
  piece_bytes: number;
  /** When it ends if nobody goes on with it. */
  until: string | null;
};

export type JobWaits = {
  code: string;
  /** RFC 3339, UTC. */
  since: string;
};

/** Who saved something. */
export type Keeper = {
  kind: "person";
  id: string;
} | {
  kind: "service_account";
  id: string;
};

/** A key of a source. */
export type Key = {
  id: string;
  kind: KeyKind;
  name: string;
  /** How it begins, by which a leaked one is recognised. */
  prefix: string;
  state: KeyState;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string | null;
  /** RFC 3339, UTC. */
  last_used_at: string | null;
  /** The addresses that it was used from last, the newest first. */
  used_from: KeyUse[];
  /** RFC 3339, UTC. */
  revoked_at: string | null;
  /** None of a key that is older than this note. */
  made_by: KeyMaker | null;
};

export type KeyForm = {
  /** `write` or `read`. */
  kind: string;
  name: string;
  /** Days until it ends; `null` is for ever. */
  days?: number | null;
};

/** The one direction that a key may be used in. */
export type KeyKind = "write" | "read";

export type KeyMaker = {
  actor: AuditActor;
  /** None of who has no name, or is gone. */
  name: string | null;
};

export type KeyState = "active" | "expired" | "revoked";

export type KeyUse = {
  address: string;
  /** When it was used from there last. */
  at: string;
};

export type Keys = {
  keys: Key[];
};

/** Whether the kit would be given out. */
export type KitOffer = {
  offered: boolean;
  /** The code that it would be refused with. */
  why_not: string | null;
};

/** A sentence to start from. */
export type LibraryClaim = {
  id: string;
  title: string;
  sentence: string;
  group: ClaimGroup;
  class: ClaimClass;
  limits: string;
};

export type LibraryClaims = {
  claims: LibraryClaim[];
};

/** A look at the logs of a source, to pass on. It holds no records and allows nothing. */
export type Link = {
  id: string;
  source: string;
  query: string;
  columns: string[];
  from: string;
  to: string;
  zone: string;
  record: string;
  wrapped: boolean;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  ends_at: string;
  keeper: Keeper;
};

export type LinkForm = {
  source: string;
  query?: string;
  columns?: string[];
  from?: string;
  to?: string;
  /** `utc`, `local`, or a name such as `Europe/Berlin`; none means the reader's own. */
  zone?: string;
  /** The record that is open. */
  record?: string;
  wrapped?: boolean;
};

export type Links = {
  links: Link[];
};

/** Who is signed in. */
export type Me = {
  id: string;
  email: string;
  name: string;
  kind: UserKind;
  /** RFC 3339, UTC. */
  created_at: string;
  /** The one that the session works in. */
  tenant: string | null;
  tenants: Membership[];
  session: Session;
  /** Whether who it is was proved just now, as what is sensitive asks for. */
  fresh: boolean;
  sign_in: WaysIn;
};

/** What is drawn of the records of each step of time. */
export type Measure = "avg" | "min" | "max" | "sum" | "percentile" | "count";

/** A tenant that somebody is a member of. */
export type Membership = {
  id: string;
  name: string;
  /** Each a role's name, with `@` and a source's id where it reaches no farther. */
  roles: string[];
};

export type Named = {
  id: string;
  name: string;
};

/** Where alerts tell, without its secret. */
export type NewAlertDestination = {
  id: string;
  name: string;
  kind: AlertDestinationKind;
  /** In words for people. */
  to: string;
  /** Of mail: the member. */
  user: string | null;
  /** Of mail: whether they showed that they read it. */
  confirmed: boolean | null;
  /** RFC 3339, UTC. */
  created_at: string;
  /** Of a webhook: what it verifies messages with; shown this once. */
  secret?: string | null;
};

/** Where a trail is carried: to a source, or to an address. */
export type NewAuditStream = {
  id: string;
  /** RFC 3339, UTC. */
  created_at: string;
  source: string | null;
  /** Without what stands behind its question mark. */
  url: string | null;
  /** The last entry that arrived there. */
  last: number | null;
  /** RFC 3339, UTC. */
  arrived_at: string | null;
  failing: AuditStreamFailing | null;
  /** What entries sent to an address are signed with; shown this once. */
  secret?: string | null;
};

export type NewCode = {
  code: string;
  token?: boolean;
};

/** A new key: shown in this answer, and never again. */
export type NewKey = {
  id: string;
  kind: KeyKind;
  name: string;
  /** How it begins, by which a leaked one is recognised. */
  prefix: string;
  state: KeyState;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string | null;
  /** RFC 3339, UTC. */
  last_used_at: string | null;
  /** The addresses that it was used from last, the newest first. */
  used_from: KeyUse[];
  /** RFC 3339, UTC. */
  revoked_at: string | null;
  /** None of a key that is older than this note. */
  made_by: KeyMaker | null;
  /** A secret, in the one answer that shows it. */
  key: string;
};

export type NewName = {
  name: string;
};

export type NewPasskey = {
  ceremony: string;
  answer: unknown;
  name: string;
  token?: boolean;
};

export type NewPassphrase = {
  passphrase: string;
};

/** A new key: shown in this answer, and never again. */
export type NewServiceKey = {
  id: string;
  prefix: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string | null;
  /** RFC 3339, UTC. */
  last_used_at: string | null;
  /** RFC 3339, UTC. */
  revoked_at: string | null;
  /** A secret, in the one answer that shows it. */
  key: string;
};

export type NewSource = {
  name: string;
  retention_days?: number;
};

export type NewTenant = {
  name: string;
};

/** What somebody has to be told. */
export type NoticeAt = {
  /** RFC 3339, UTC. */
  at: string;
} & ({
  notice: "account_attacked";
  failures: number;
} | {
  notice: "unusual_sign_in";
  address: string | null;
  agent: string;
} | {
  notice: "passphrase_changed";
} | {
  notice: "passkey_added";
  name: string;
} | {
  notice: "passkey_removed";
  name: string;
} | {
  notice: "totp_enabled";
} | {
  notice: "totp_disabled";
} | {
  notice: "recovery_codes_made";
} | {
  notice: "recovery_code_used";
  left: number;
} | {
  notice: "staff_access_configured";
  level: StaffAccess;
} | {
  notice: "staff_access_requested";
  tenant: string;
  request: string;
} | {
  notice: "staff_access_started";
  tenant: string;
  request: string;
} | {
  notice: "staff_access_ended";
  tenant: string;
  request: string;
  readings: number;
} | {
  notice: "provider_ended";
  tenant: string;
  name: string;
} | {
  notice: "audit_retention_changed";
  tenant: string;
  days: number;
} | {
  notice: "audit_stream_added";
  tenant: string;
  to: string;
} | {
  notice: "alert_destination_added";
  tenant: string;
  to: string;
} | {
  notice: "alert_stopped";
  tenant: string;
  alert: string;
  name: string;
  code: string;
} | {
  notice: "quota_reached";
  tenant: string;
  source: string | null;
  percent: number;
} | {
  notice: "archive_failing";
  tenant: string;
  source: string;
  code: string;
} | {
  notice: "archive_stopped";
  tenant: string;
  source: string;
  code: string;
} | {
  notice: "break_glass_used";
  tenant: string;
  request: string;
} | StatementEnd);

export type Notices = {
  notices: NoticeAt[];
};

/** Of values that are numbers. */
export type Numbers = {
  min: number;
  max: number;
  mean: number;
};

export type OnlyPassphrase = {
  passphrase: string;
  token?: boolean;
};

export type OwnClaim = {
  id: string;
  draft: OwnClaimDraft;
  /** As it is on the page. */
  published: OwnClaimDraft | null;
  state: ClaimState | null;
  /** RFC 3339, UTC. */
  withdrawn_until: string | null;
};

export type OwnClaimBound = {
  kind: "probe";
  host: string;
  kinds: OwnClaimProbe[];
} | {
  kind: "evidence";
  source: string;
  query: string;
  windowMinutes: number;
  atLeast?: number | null;
  atMost?: number | null;
} | {
  kind: "sequence";
  source: string;
  trigger: string;
  burst: number;
  withinSeconds: number;
  follows: string;
  answerSeconds: number;
  /** Bursts are counted for each value of this field, and answered by records of the same value. */
  groupBy?: string | null;
  windowMinutes: number;
} | {
  kind: "attested";
  maxDays: number;
};

/** The same as it comes in, as JSON. */
export type OwnClaimDraft = {
  /** `OWN-…`, unique on its page. */
  id: string;
  title: string;
  sentence: string;
  group: ClaimGroup;
  class: ClaimClass;
  /** What it does not say. */
  limits: string;
  bound: OwnClaimBound;
};

/** What is looked at of a host. */
export type OwnClaimProbe = "tls" | "headers" | "security-txt";

/** What became of a claim that was taken back. */
export type OwnClaimUnpublished = {
  became: "removed";
} | {
  became: "withdrawn";
  /** RFC 3339, UTC. */
  until: string;
};

export type OwnPage = {
  slug: string;
  publisher: string;
  url: string;
};

export type OwnPageForm = {
  slug: string;
  publisher: string;
};

/** A tenant's page about its own product, with all that belongs to it. */
export type OwnPageWithClaims = {
  page: OwnPage | null;
  claims: OwnClaim[];
  hosts: Host[];
};

export type Passkey = {
  id: string;
  name: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  used_at: string | null;
};

export type Passkeys = {
  passkeys: Passkey[];
};

export type People = {
  people: Person[];
};

export type Permission = {
  name: string;
  description: string;
  object: PermissionObject;
  /** Whether it asks for a fresh proof or is told loudly. */
  sensitive: boolean;
};

/** What a permission is about. */
export type PermissionObject = "source" | "tenant" | "installation";

export type Permissions = {
  permissions: Permission[];
};

/** Somebody who is a member of the tenant. */
export type Person = {
  id: string;
  email: string;
  name: string;
  state: UserState;
  roles: Grant[];
  /** RFC 3339, UTC. */
  joined_at: string;
  /** Whether the account can prove a second factor. */
  second_factor: boolean;
  passkeys: number;
  /** RFC 3339, UTC. */
  seen_at: string | null;
};

/** The rules that a source's records go through, in their order. */
export type Pipeline = {
  rules: PipelineRule[];
  /** Of each rule, since one of its name was first made. */
  counts: PipelineRuleCount[];
};

/** What is done to a record. */
export type PipelineAction = {
  parse: PipelineParse;
} | {
  rename: PipelineRename;
} | {
  set: PipelineSet;
} | {
  remove: PipelineRemove;
} | {
  mask: PipelineMask;
} | {
  drop: boolean;
} | {
  route: PipelineRoute;
};

/** What is done to a record. */
export type PipelineActionInput = {
  parse: PipelineParseInput;
} | {
  rename: PipelineRename;
} | {
  set: PipelineSet;
} | {
  remove: PipelineRemove;
} | {
  mask: PipelineMask;
} | {
  drop: boolean;
} | {
  route: PipelineRoute;
};

/** A number, or of the level the name of one. */
export type PipelineBound = number | string;

/** A field and exactly one test. */
export type PipelineCondition = {
  /** As search names it. */
  field: string;
  is?: PipelineValue | null;
  is_not?: PipelineValue | null;
  /** In whatever case. */
  contains?: string | null;
  starts_with?: string | null;
  /** A regular expression. */
  matches?: string | null;
  at_least?: PipelineBound | null;
  less_than?: PipelineBound | null;
  exists?: boolean | null;
};

/** A record as it is, and as it would be. */
export type PipelineExample = {
  id: string;
  /** The names of the rules that touch it. */
  rules: string[];
  before: {
    [name: string]: unknown;
  };
  /** Nothing where it would be dropped. */
  after: {
    [name: string]: unknown;
  } | null;
};

/** All rules of a source, in their order. */
export type PipelineForm = {
  rules: PipelineRuleInput[];
};

/** A format of lines. */
export type PipelineFormat = "apache" | "heroku" | "java" | "json" | "klog" | "lambda" | "logfmt" | "nginx" | "python" | "rails" | "rust" | "syslog" | "zap" | "any";

/** Puts `[masked NAME]` in place of what a pattern finds. */
export type PipelineMask = {
  /** Where there is none: in all texts and numbers. */
  field?: string | null;
  pattern: string;
  name: string;
};

/** Reads a text into fields, by a format or by the named groups of a pattern. */
export type PipelineParse = {
  field: string;
  as?: PipelineFormat | null;
  pattern?: string | null;
  /** Before the name of each field, and a dot. */
  into?: string | null;
};

/** Reads a text into fields, by a format or by the named groups of a pattern. */
export type PipelineParseInput = {
  field?: string;
  as?: PipelineFormat | null;
  pattern?: string | null;
  /** Before the name of each field, and a dot. */
  into?: string | null;
};

/** Removes a field and what is inside it. */
export type PipelineRemove = {
  field: string;
};

/** Gives a field another name. */
export type PipelineRename = {
  from: string;
  to: string;
};

/** Gives a record a stream within its source, and ends its rules. */
export type PipelineRoute = {
  stream: string;
};

/** A rule: where all of its conditions hold, one action is done. */
export type PipelineRule = {
  name: string;
  when: PipelineCondition[];
  then: PipelineAction;
};

/** Records that a rule changed or dropped, and those that it should have and could not. */
export type PipelineRuleCount = {
  name: string;
  touched: number;
  failed: number;
};

/** A rule: where all of its conditions hold, one action is done. */
export type PipelineRuleInput = {
  name: string;
  when?: PipelineCondition[];
  then: PipelineActionInput;
};

/** Gives a field a value. */
export type PipelineSet = {
  field: string;
  value: PipelineValue;
};

/** What rules would do to the newest records. */
export type PipelineTrial = {
  /** How many were looked at. */
  records: number;
  /** Of them, those that any rule would change or drop. */
  touched: number;
  dropped: number;
  /** RFC 3339, UTC. */
  oldest: string | null;
  /** RFC 3339, UTC. */
  newest: string | null;
  counts: PipelineRuleCount[];
  examples: PipelineExample[];
  warnings: Warning[];
};

/** Rules to be tried, and on how many of the newest records. */
export type PipelineTrialForm = {
  rules: PipelineRuleInput[];
  records?: number | null;
};

/** What a field is compared with or set to. */
export type PipelineValue = boolean | number | string;

export type PreviewForm = {
  roles: GrantInput[];
};

/** A refusal. `status` and `code` are stable. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  /** For people. */
  detail: string;
  /** The record, counted from 0 in the order of the request. */
  record?: number | null;
  /** The byte, counted from 0 in the body (decompressed) or the query. */
  at?: number | null;
  length?: number | null;
  hint?: string | null;
  /** Bytes of an upload that were received: it goes on there. */
  received?: number | null;
};

/** A provider, without its secret. */
export type Provider = {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  has_secret: boolean;
  scopes: string[];
  domains: string[];
  hosted_domains: string[];
  gives_addresses: boolean;
  groups_claim: string;
  group_roles: GroupGrant[];
  default_roles: Grant[];
  creates_accounts: boolean;
  counts_as_second_factor: boolean;
  authority: string | null;
  private_address: boolean;
  /** RFC 3339, UTC. */
  created_at: string;
  /** Where a sign-in through it begins. */
  sign_in: string;
  /** What the provider has to know as the address to come back to. */
  callback: string;
  /** And as that of its back-channel logout. */
  logout: string;
};

export type ProviderForm = {
  name: string;
  /** `google` fills in the issuer. */
  preset?: string | null;
  issuer?: string | null;
  client_id: string;
  client_secret?: string | null;
  scopes?: string[];
  domains?: string[];
  hosted_domains?: string[];
  gives_addresses?: boolean;
  groups_claim?: string;
  group_roles?: GroupGrantInput[];
  default_roles?: GrantInput[];
  creates_accounts?: boolean;
  counts_as_second_factor?: boolean;
  authority?: string | null;
  private_address?: boolean;
};

/** What a provider says of itself. */
export type ProviderTested = {
  issuer: string;
  /** RFC 3339, UTC. */
  looked_at: string;
};

export type Providers = {
  providers: Provider[];
};

/** What a question cost. */
export type QueryStats = {
  rows_scanned: number;
  rows_matched: number;
  parts_read: number;
  parts_pruned: number;
  parts_unreadable: number;
  elapsed_ms: number;
};

/** How much may come in within a UTC day or month, and how much did. */
export type Quota = {
  /** None where it is not bounded. */
  bytes: number | null;
  period: QuotaPeriod;
  /** Bytes that came in since the period began. */
  used: number;
  /** When the next period begins. */
  resets_at: string;
  state: QuotaState;
};

/** How much may come in. What a change does not name is as it is at first: not bounded, by month. */
export type QuotaInput = {
  /** Of the records' msgpack form; none where it is not bounded. */
  bytes?: number | null;
  period?: QuotaPeriod;
};

/** A day or a month of the calendar, in UTC. */
export type QuotaPeriod = "day" | "month";

export type QuotaState = "ok" | "near" | "reached" | "refusing";

/** What is read out of messages. */
export type Recognition = {
  /** Known formats become named attributes. */
  formats: boolean;
  /** The lines of a stack trace become one record. */
  stack_traces: boolean;
};

/** What is read out of messages. */
export type RecognitionInput = {
  /** Known formats become named attributes. */
  formats?: boolean;
  /** The lines of a stack trace become one record. */
  stack_traces?: boolean;
};

/** A record, as it was sent. */
export type Record = {
  id: string;
  /** RFC 3339, UTC. */
  timestamp: string;
  level: string | null;
  message: string | null;
  attributes: {
    [name: string]: unknown;
  };
};

/** Where a record came from. */
export type RecordOrigin = {
  /** The record's. */
  id: string;
  /** The second in which it came. Not known of records that came before senders were kept; nor is the sender. */
  received_at: string | null;
  sent_by: RecordSender | null;
  /** The part that has it, or, while it is in none, what the journal keeps it in. */
  sealed_in: SealedIn[];
};

/** Who sent a record. */
export type RecordSender = {
  by: AuditActor;
  address: string | null;
  /** `1.2` or `1.3`. */
  tls: string | null;
};

/** Codes that are shown this once. */
export type RecoveryCodes = {
  codes: string[];
};

/** The recovery kit, which is shown this once. */
export type RecoveryKit = {
  /** The id of the root key. */
  key: string;
  /** RFC 3339, UTC. */
  made_at: string;
  words: string[];
  /** All of it on one page, to be kept. */
  text: string;
};

/** What is masked in a source's records before they are written, and how often it was. */
export type Redaction = {
  cards: boolean;
  secrets: boolean;
  emails: boolean;
  ip_addresses: boolean;
  masked: TimesMasked;
};

/** What is masked. What a change does not name is as it is at first. */
export type RedactionInput = {
  cards?: boolean;
  secrets?: boolean;
  emails?: boolean;
  ip_addresses?: boolean;
};

export type Refusal = {
  /** RFC 3339, UTC. */
  at: string;
  status: number;
  code: string;
  detail: string;
  /** What may be shown of the key. */
  key: string | null;
  /** How often; more than once only where an address is told to wait. */
  times: number;
  address: string | null;
};

/** What was refused, the newest first. */
export type Refusals = {
  /** Since when somebody has been looking. */
  since: string;
  refusals: Refusal[];
  /** Older ones that there was no room for. */
  left_out: number;
  /**
   * Connections of the last ten minutes that ended before TLS was there, and so before anything could be refused: from
   * the address of whoever looks, or one of these refusals; where there is one organization alone, from all.
   */
  connections: TurnedAwayConnection[];
};

/** The same session under a new token. */
export type Renewed = {
  session: Session;
  /** Where it was asked for; else it is in the cookie. */
  token?: string | null;
};

export type Role = {
  /** Of a built-in role, its name. */
  id: string;
  name: string;
  built_in: boolean;
  description: string;
  permissions: string[];
  /** Whether it counts only with a second factor. */
  second_factor: boolean;
  /** RFC 3339, UTC. */
  created_at?: string | null;
};

export type RoleForm = {
  name: string;
  description?: string;
  permissions: string[];
  second_factor?: boolean;
};

export type Roles = {
  roles: Role[];
};

export type RolesForm = {
  roles: GrantInput[];
};

export type RootKeySomebody = {
  id: string;
  /** None of an account that is gone. */
  name: string | null;
};

/** What is known of the root key. */
export type RootKeyState = {
  /** RFC 3339, UTC. */
  now: string;
  /** Its id, which is derived from it and opens nothing. */
  key: string;
  sealed_by: SealedBy;
  /** When a kit was made last. */
  kit: RootKeyStep | null;
  /** When the words of one were proved last. */
  proof: RootKeyStep | null;
  /** Whether that is so long ago that it should be done again. */
  proof_is_old: boolean;
};

export type RootKeyStep = {
  /** RFC 3339, UTC. */
  at: string;
  /** None: at the shell of the machine. */
  by: RootKeySomebody | null;
};

export type RotateForm = {
  overlap_seconds?: number;
};

/** Whether every byte of a sealed object opened under its key, in its place. */
export type SealState = {
  state: "whole";
} | {
  state: "broken";
  why: string;
} | {
  state: "gone";
};

export type SealedBy = "key_file";

/** A sealed object, AES-256-GCM. */
export type SealedIn = {
  id: string;
  /** `part` or `journal`. */
  kind: string;
  /** As the data keys of the tenant are listed. */
  data_key: string;
  /** What all of it was found to be just now, where that was asked for. */
  seal?: SealState | null;
};

export type SecondFactorRule = "recommended" | "required";

/** What a graph draws. */
export type Series = {
  measure: Measure;
  step_seconds: number;
  points: SeriesPoint[];
  /** Of the whole time. */
  count: number;
  value: number | null;
  /** `exact`, or how far off it is at most. */
  precision: string;
  stats: QueryStats;
  warnings: Warning[];
};

export type SeriesPoint = {
  /** When its step begins. */
  time: string;
  /** Matching records. */
  count: number;
  value: number | null;
};

export type ServiceAccount = {
  id: string;
  name: string;
  roles: Grant[];
  /** RFC 3339, UTC. */
  created_at: string;
};

export type ServiceAccounts = {
  service_accounts: ServiceAccount[];
};

export type ServiceForm = {
  name: string;
  roles: GrantInput[];
};

export type ServiceKey = {
  id: string;
  prefix: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  expires_at: string | null;
  /** RFC 3339, UTC. */
  last_used_at: string | null;
  /** RFC 3339, UTC. */
  revoked_at: string | null;
};

export type ServiceKeyForm = {
  days?: number | null;
};

export type ServiceKeys = {
  keys: ServiceKey[];
};

export type ServiceRolesForm = {
  roles: GrantInput[];
};

/** A session, to whoever it is of. */
export type Session = {
  id: string;
  /** Whether it is the one that asks. */
  own: boolean;
  tenant: string | null;
  methods: SignInMethod[];
  second_factor: boolean;
  /** RFC 3339, UTC. */
  proved_at: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  seen_at: string;
  /** RFC 3339, UTC. */
  ends_at: string;
  /** What the client said of itself. */
  agent: string;
  address: string | null;
  /** The request of staff that it reads under. */
  access: string | null;
};

export type Sessions = {
  sessions: Session[];
};

export type SessionsEnded = {
  ended: number;
};

export type Setup = {
  token: string;
  tenant: string;
  source?: string;
  /** Who becomes the owner, and sets up a way to sign in with the session of the answer. */
  email?: string | null;
  name?: string | null;
};

/** What a sender of Fluent's forward protocol needs. It counts as long as its write key does. */
export type SharedKey = {
  /** The write key's id. */
  username: string;
  /** A secret, in the one answer that shows it. */
  shared_key: string;
};

export type SignForm = {
  /** What the signer is, in their own words. */
  role: string;
};

/** How far a sign-in has come. */
export type SignIn = {
  state: SignInState;
  session?: Session | null;
  /** By which of these a second factor can be proved, while it is awaited. */
  methods?: SignInMethod[] | null;
  /** The session's, where it was asked for; else it is in the cookie. */
  token?: string | null;
};

export type SignInForm = {
  second_factor: SecondFactorRule;
  single_sign_on?: SingleSignOnRule;
  break_glass_owner?: string | null;
};

/** How somebody proved who they are. */
export type SignInMethod = "setup_link" | "invitation" | "passphrase" | "totp" | "recovery_code" | "passkey" | "single_sign_on" | "shell";

export type SignInState = "signed_in" | "second_factor";

export type Signatory = {
  name: string;
  role: string;
  at: string;
};

/** A passkey's answer over the words of a request. */
export type SignedForm = {
  answer: unknown;
  token?: boolean;
};

export type SingleSignOnRule = "optional" | "enforced";

export type Source = {
  id: string;
  name: string;
  retention_days: number;
  /** RFC 3339, UTC. */
  created_at: string;
  /** How many keys count now. Whoever may see the source may see how many; which they are takes `keys:view`. */
  active_keys: number;
  /** What arrived on each of the last 30 UTC days, the oldest first. A day on which nothing did is left out. */
  arrivals: Arrival[];
};

export type SourceForm = {
  /** Of no other source of the tenant. Keys, records and links know the source by its id. */
  name?: string | null;
  retention_days?: number | null;
};

export type Sources = {
  sources: Source[];
};

/** What a statement computes. */
export type SqlAnswer = {
  /** Each in the order of the columns. */
  rows: unknown[][];
  columns: SqlColumn[];
  /** Whether there were more rows than an answer has. */
  truncated: boolean;
  stats: QueryStats;
  warnings: Warning[];
};

export type SqlColumn = {
  name: string;
  type: string;
};

export type SqlForm = {
  /** One `SELECT` over the table `logs`. */
  sql: string;
};

/** What staff may ask for. */
export type StaffAccess = "never" | "on_approval" | "break_glass";

export type StaffAccessForm = {
  level: StaffAccess;
  approvals?: number;
};

/** One statement. */
export type Statement = {
  id: string;
  claim: string;
  sentence: string;
  document: StatementDocument | null;
  /** SHA-256 in hex. */
  attachments: string[];
  from: string;
  until: string;
  by: Signatory[];
  needed: number;
  withdrawn: StatementWithdrawn | null;
};

export type StatementDocument = {
  issuer: string;
  id: string;
  scope: string;
  validUntil: string;
};

/** What a document says of itself. */
export type StatementDocumentForm = {
  issuer: string;
  id: string;
  scope: string;
  /** Its last day, `2027-03-31`. */
  validUntil: string;
};

/** What somebody signed in public ends soon. */
export type StatementEnd = {
  /** The address of the page that it is on. */
  page: string;
  claim: string;
  title: string;
  until: string;
  /** So many days before, somebody is told; fewer can be left. */
  days: number;
};

/** What is to be signed. */
export type StatementForm = {
  claim: string;
  /** For how long it counts; without it, as long as the claim allows. */
  days?: number | null;
  /** Of a claim that a document carries. */
  document?: StatementDocumentForm | null;
};

/** Who took a statement back, and why. Not public. */
export type StatementWithdrawn = {
  by: AuditActor;
  at: string;
  reason: string;
};

/** The claims that people sign. */
export type Statements = {
  claims: AttestableClaim[];
};

export type StreamForm = {
  source?: string | null;
  url?: string | null;
  authority?: string | null;
  from?: StreamFrom;
};

/** Which entries a new stream carries. */
export type StreamFrom = "now" | "start";

export type Streams = {
  streams: AuditStream[];
};

/** What runs here. */
export type System = {
  version: string;
  /** RFC 3339, UTC. */
  started_at: string;
  /** RFC 3339, UTC. */
  now: string;
  origin: string;
  tls: SystemTls;
  connections: SystemConnections;
  keys: SystemKeys;
  storage: SystemStorage;
  queries: SystemQueries;
  jobs: SystemJobs;
};

export type SystemCertificate = {
  fingerprint: string;
  /** RFC 3339, UTC. */
  ends_at: string;
  /** Of the local authority; none where the certificate was given. */
  authority: string | null;
};

/** Counts since the start, but for those that are open. */
export type SystemConnections = {
  open: number;
  accepted: number;
  tls13: number;
  tls12: number;
  http1: number;
  http2: number;
  refused: SystemRefused;
};

/** Jobs of all tenants that have not ended. */
export type SystemJobs = {
  receiving: number;
  waiting: number;
  running: number;
  at_once: number;
};

/** Keys that did not count at receivers of logs, since the start. */
export type SystemKeys = {
  failed: number;
  /** Those of them whose address was told to wait. */
  told_to_wait: number;
};

export type SystemQueries = {
  under_way: number;
  at_once: number;
};

export type SystemRefused = {
  plain_http: number;
  tls_incompatible: number;
  handshake_failed: number;
  handshake_timeout: number;
  over_cap: number;
  slow_headers: number;
  write_stalled: number;
};

export type SystemRoom = {
  free_bytes: number;
  total_bytes: number;
};

export type SystemStorage = {
  /** `bucket` or `folder`. */
  objects: string;
  room: SystemRoom | null;
  takes_logs: boolean;
};

export type SystemTls = {
  /** The oldest version that is spoken. */
  oldest: string;
  certificate: SystemCertificate;
};

/** A template with what people answered, held against the library. */
export type Template = {
  /** Of its text and answers. */
  version: string;
  digest: string;
  /** RFC 3339, UTC. */
  keptAt: string;
  format: TemplateFormat;
  sections: TemplateSection[];
  answers: TemplateAnswers;
  findings: TemplateFinding[];
  open: TemplateOpen[];
};

/** `{"domain": "example.org", "choices": {"cloud-infrastructure/3#1": "AWS"}, "deleted": ["ddos-protection"]}` */
export type TemplateAnswers = {
  /** The publisher's domain, for `DOMAIN`. */
  domain: string | null;
  /** Which sections are offered at all. */
  filter: TemplateFilter;
  /** By a choice's id, or by the line and column of its bracket: `37:25`. */
  choices: {
    [name: string]: TemplateChosen;
  };
  /** Ids of sections, with all in them, and of sentences. */
  deleted: string[];
  /** Own words in place of a sentence, by its id. */
  reworded: {
    [name: string]: string;
  };
};

/** `{"domain": "example.org", "choices": {"cloud-infrastructure/3#1": "AWS"}, "deleted": ["ddos-protection"]}` */
export type TemplateAnswersInput = {
  /** The publisher's domain, for `DOMAIN`. */
  domain?: string | null;
  /** Which sections are offered at all. */
  filter?: TemplateFilterInput;
  /** By a choice's id, or by the line and column of its bracket: `37:25`. */
  choices?: {
    [name: string]: TemplateChosen;
  };
  /** Ids of sections, with all in them, and of sentences. */
  deleted?: string[];
  /** Own words in place of a sentence, by its id. */
  reworded?: {
    [name: string]: string;
  };
};

/** For whom a section is, those with the least to protect first. */
export type TemplateAudience = "everyone" | "growing" | "established";

export type TemplateChoice = {
  id: string;
  options: string[];
  range: TemplateChoiceRange;
};

/** Whether other answers than the options fit. */
export type TemplateChoiceRange = "closed" | "open-ended";

/** One option, or several of a choice that is open-ended. */
export type TemplateChosen = string | string[];

/** What the library has for a sentence, and how that differs. */
export type TemplateClaim = {
  id: string;
  title: string;
  kind: ClaimKind;
  why: string | null;
  library: string;
  wording: TemplateWording | null;
  /** In a word, for people. */
  reads: string | null;
};

/** How much of a section has to be changed. */
export type TemplateCustomization = "none" | "low" | "medium" | "high";

/** How a page says what the library has a sentence for. */
export type TemplateDifference = {
  /** The sentence of the page. */
  sentence: string;
  claim: string;
  library: string;
  own: string;
  wording: TemplateWording;
};

/** The page that is made of a template. */
export type TemplateDraft = {
  version: string;
  markdown: string;
  sections: TemplateDraftSection[];
  /** From the sentences of the library. */
  differences: TemplateDifference[];
};

export type TemplateDraftSection = {
  /** As in the template. */
  id: string;
  title: string;
  level: number;
  sentences: TemplateDraftSentence[];
};

export type TemplateDraftSentence = {
  /** As in the template. */
  id: string;
  kind: TemplateSentenceKind;
  block: number;
  /** In Markdown. */
  text: string;
  /** Ids of the claims that it makes. */
  claims: string[];
};

/** Up to which rung of each ladder sections are kept. `None` keeps all. */
export type TemplateFilter = {
  audience: TemplateAudience | null;
  customization: TemplateCustomization | null;
};

/** Up to which rung of each ladder sections are kept. `None` keeps all. */
export type TemplateFilterInput = {
  audience?: TemplateAudience | null;
  customization?: TemplateCustomization | null;
};

/** One thing that is wrong. */
export type TemplateFinding = {
  code: TemplateFindingCode;
  severity: TemplateFindingSeverity;
  /** None for what is not there. */
  at: TemplatePosition | null;
  /** Other places that it is about. */
  also: TemplatePosition[];
  /** The words, as they stand in the page. */
  words: string;
  wrong: string;
  instead: string;
  /** Ids of the claims and observations that it concerns. */
  claims: string[];
};

/** Which rule found it. */
export type TemplateFindingCode = "lint.superlative" | "lint.absolute" | "lint.undefined-time" | "lint.undefined-thing" | "lint.guarantee" | "lint.category" | "lint.contradiction" | "lint.hedge" | "lint.dead-vocabulary" | "lint.unresolved" | "lint.links-and-providers" | "lint.empty-bullet" | "lint.unreadable-mail" | "lint.comment-leak" | "lint.exclusive" | "lint.orphan-reference" | "lint.legal-conclusion" | "lint.omitted" | "lint.structure" | "lint.unmatched" | "lint.too-many";

export type TemplateFindingSeverity = "note" | "reword" | "blocks";

export type TemplateFlaw = {
  at: TemplatePosition;
  what: TemplateFlawKind;
};

export type TemplateFlawKind = "empty-bullet" | "unclosed-comment";

export type TemplateFormat = "markdown" | "plain";

export type TemplateGuidance = {
  audience: TemplateAudience | null;
  /** When it is for somebody else than the rung says: `if you hold medical data`. */
  condition: string | null;
  customization: TemplateCustomization | null;
  pick: TemplatePick;
  recommendedFor: string;
  explanation: string;
  howToCustomize: string;
};

export type TemplateNow = {
  template: Template | null;
};

/** What stands in the way of a draft. */
export type TemplateOpen = {
  problem: TemplateProblem;
  words: string;
};

/** What of a section stays. */
export type TemplatePick = "everything" | "what-is-used" | "one-of";

/** A place in the text. Lines and columns count from one, columns in characters; `start` and `end` are bytes. */
export type TemplatePosition = {
  line: number;
  column: number;
  start: number;
  end: number;
};

/** Why there is no draft. */
export type TemplateProblem = {
  problem: "unresolved";
  choice: string;
  options: string[];
  at: TemplatePosition;
} | {
  problem: "not-an-option";
  choice: string;
  given: string;
  options: string[];
} | {
  problem: "one-only";
  choice: string;
  given: number;
} | {
  problem: "no-domain";
  at: TemplatePosition;
} | {
  problem: "not-a-domain";
  given: string;
} | {
  problem: "unknown";
  key: string;
} | {
  problem: "not-a-sentence";
  sentence: string;
} | {
  problem: "flawed";
  flaw: TemplateFlaw;
} | {
  problem: "nothing";
} | {
  problem: "refused";
  finding: TemplateFinding;
} | {
  problem: "unreadable";
  reason: string;
};

export type TemplateSection = {
  id: string;
  title: string;
  level: number;
  parent: string | null;
  /** Whether the filter of the answers leaves it in. */
  offered: boolean;
  guidance: TemplateGuidance;
  sentences: TemplateSentence[];
};

export type TemplateSentence = {
  id: string;
  line: number;
  kind: TemplateSentenceKind;
  text: string;
  choices: TemplateChoice[];
  needsDomain: boolean;
  is: TemplateSentenceIs;
  claims: TemplateClaim[];
};

/** What a sentence was found to be. */
export type TemplateSentenceIs = "claim" | "unmatched" | "lead-in";

export type TemplateSentenceKind = "prose" | "bullet";

/** How an own sentence compares. */
export type TemplateWording = {
  is: "same";
} | {
  is: "weaker";
  because: TemplateWordingReason[];
} | {
  is: "stronger";
  because: TemplateWordingReason[];
} | {
  is: "both";
  because: [TemplateWordingReason[], TemplateWordingReason[]];
} | {
  is: "own";
  because: [TemplateWordingReason[], TemplateWordingReason[]];
};

/** One difference, with the words that make it. */
export type TemplateWordingReason = {
  "quantifier-dropped": string;
} | {
  "quantifier-added": string;
} | {
  "restriction-dropped": string;
} | {
  "restriction-added": string;
} | {
  "hedge-dropped": string;
} | {
  "hedge-added": string;
} | {
  "guarantee-dropped": string;
} | {
  "guarantee-added": string;
} | {
  "exception-dropped": string;
} | {
  "exception-added": string;
} | {
  "number-dropped": string;
} | {
  "number-added": string;
} | {
  "number-changed": [string, string];
} | "negated" | {
  "left-out": string;
};

export type Tenant = {
  id: string;
  name: string;
  /** RFC 3339, UTC. */
  created_at: string;
  settings: TenantSettings;
};

/** A tenant, to whoever runs the installation. */
export type TenantOfInstallation = {
  id: string;
  name: string;
  /** RFC 3339, UTC. */
  created_at: string;
};

/** What a tenant demands of sign-ins and allows to staff. */
export type TenantSettings = {
  second_factor: SecondFactorRule;
  single_sign_on: SingleSignOnRule;
  break_glass_owner: string | null;
  staff_access: StaffAccess;
  approvals_needed: number;
  audit_retention_days: number;
};

export type Tenants = {
  tenants: TenantOfInstallation[];
};

/** How often each kind was masked, since the source was made. */
export type TimesMasked = {
  cards: number;
  secrets: number;
  emails: number;
  ip_addresses: number;
};

/** The words that a passkey signs, and what the browser is asked for that. */
export type ToSign = {
  statement: string;
  options: unknown;
};

export type TopValue = {
  value: unknown;
  count: number;
};

/** For an app that shows one-time codes. */
export type TotpOffer = {
  /** `otpauth://…`. */
  url: string;
  secret: string;
};

/** One look at what a draft measures. */
export type Tried = {
  /** `held`, `broken` or `not-run`. */
  verdict: string;
  summary: string;
  counts: Count[];
  details: string[];
  /** Whether the same was found out at a broken twin: `broken` if it was. */
  twin: string;
};

/** A connection that was turned away; those of one address, port and kind are one. */
export type TurnedAwayConnection = {
  /** When the newest came. */
  at: string;
  kind: ConnectionKind;
  port: ConnectionPort;
  address: string;
  detail: string;
  times: number;
};

/** What was received of an upload. */
export type UploadReceived = {
  received: number;
  state: JobState;
};

/** Whose account it is. Staff of the installation are members of no tenant. */
export type UserKind = "person" | "operator" | "engineer";

export type UserState = "active" | "disabled";

/** A question that somebody saved. */
export type View = {
  id: string;
  name: string;
  source: string;
  query: string;
  columns: string[];
  from: string;
  to: string;
  graph: ViewGraph | null;
  /** RFC 3339, UTC. */
  created_at: string;
  /** RFC 3339, UTC. */
  changed_at: string;
  keeper: Keeper;
};

export type ViewForm = {
  name: string;
  source: string;
  query?: string;
  columns?: string[];
  from?: string;
  to?: string;
  graph?: ViewGraphInput | null;
};

export type ViewGraph = {
  shape: ViewGraphShape;
  measure: Measure;
  /** Of what, unless records are counted: a field with numbers. */
  field: string | null;
  /** Of a percentile: from 0 to 100. */
  percentile: number | null;
};

export type ViewGraphInput = {
  shape: ViewGraphShape;
  measure?: Measure;
  /** Of what, unless records are counted: a field with numbers. */
  field?: string | null;
  /** Of a percentile: from 0 to 100. */
  percentile?: number | null;
};

export type ViewGraphShape = "line" | "area" | "bar" | "counter";

export type Views = {
  views: View[];
};

/** What a reader should know of an answer. */
export type Warning = {
  /** Stable. */
  code: string;
  detail: string;
  /** Where in the query, in bytes. */
  at?: number | null;
  length?: number | null;
};

/** By what somebody can sign in. */
export type WaysIn = {
  passphrase: boolean;
  totp: boolean;
  passkeys: number;
  /** So many are left. */
  recovery_codes: number;
  single_sign_on: number;
};

export type WithCode = {
  code: string;
  token?: boolean;
};

/** The token of a ceremony, and the browser's answer as it is. */
export type WithPasskey = {
  ceremony: string;
  answer: unknown;
  token?: boolean;
};

export type WithPassphrase = {
  email: string;
  passphrase: string;
  token?: boolean;
};

export type WithdrawForm = {
  reason: string;
};

export type Words = {
  /** The 24 words of the kit, with or without their numbers. */
  words: string;
};
