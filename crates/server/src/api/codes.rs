//! The stable codes that a refusal has, with their status, in the sets in which operations can end with them.
//!
//! The promises hold every refusal that they see against these.

/// Codes, each with its status.
pub(crate) type Codes = &'static [(u16, &'static str)];

// --- whatever is asked ---

/// The server's own fault, or its load.
pub(super) const ANY: Codes = &[(500, "internal"), (503, "busy"), (503, "not_recorded"), (503, "catalog_unavailable")];
/// What a page of another site sent, and a path that is none.
pub(super) const PAGE: Codes = &[(400, "path_invalid"), (403, "cross_site")];
pub(super) const PARAMETERS: Codes = &[(400, "parameter_invalid"), (400, "time_invalid"), (400, "limit_invalid")];
pub(super) const BODY: Codes = &[(400, "truncated_body"), (408, "body_stalled"), (413, "body_too_large")];
pub(super) const JSON: Codes = &[(400, "invalid_json")];

// --- credentials ---

/// A key, or a session, that is none or not any more.
pub(super) const CREDENTIAL: Codes = &[
    (401, "key_missing"),
    (401, "key_malformed"),
    (401, "key_unknown"),
    (401, "key_expired"),
    (401, "key_revoked"),
    (401, "session_ended"),
    (401, "second_factor_pending"),
    (403, "permission_missing"),
    (403, "access_not_approved"),
    (403, "second_factor_required"),
    (403, "single_sign_on_required"),
    (403, "step_up_required"),
    (403, "session_of_provider"),
    (503, "key_unchecked"),
];
pub(super) const KEY_OF_SOURCE: Codes = &[(403, "key_wrong_direction"), (404, "key_wrong_source")];
/// What an address is told that sent too many keys that do not count.
pub(super) const FAILED_KEYS: Codes = &[(429, "too_many_failed_keys")];
pub(super) const SESSION: Codes =
    &[(401, "sign_in_required"), (401, "not_a_session"), (401, "session_ended"), (401, "key_malformed"), (503, "key_unchecked")];
pub(super) const SIGNED_IN: Codes = &[
    (401, "second_factor_pending"),
    (403, "step_up_required"),
    (403, "session_of_provider"),
    (403, "second_factor_required"),
    (403, "single_sign_on_required"),
];
pub(super) const MISSING: Codes = &[(404, "not_found")];

// --- people ---

pub(super) const SETUP: Codes = &[
    (400, "tenant_invalid"),
    (400, "source_invalid"),
    (400, "name_invalid"),
    (400, "email_invalid"),
    (400, "owner_incomplete"),
    (401, "setup_token_wrong"),
    (404, "not_found"),
    (409, "email_taken"),
];
pub(super) const KIT: Codes = &[(403, "kit_not_offered"), (409, "kit_taken"), (409, "kit_closed")];
pub(super) const KIT_WORDS: Codes = &[(422, "kit_words_invalid"), (422, "kit_words_wrong"), (429, "too_many_tries")];
pub(super) const SIGN_IN: Codes = &[
    (400, "email_invalid"),
    (400, "passphrase_invalid"),
    (401, "credentials_wrong"),
    (409, "nothing_to_prove"),
    (429, "too_many_tries"),
];
pub(super) const CEREMONY: Codes = &[(401, "ceremony_ended"), (401, "passkey_refused"), (429, "too_many_tries")];
pub(super) const ACCOUNT: Codes =
    &[(400, "passphrase_invalid"), (404, "not_found"), (409, "last_way_in"), (422, "passphrase_weak"), (422, "code_wrong")];
pub(super) const NAME: Codes = &[(400, "name_invalid")];
pub(super) const TAKEN: Codes = &[(409, "name_taken"), (409, "too_many")];
pub(super) const PROVIDER: Codes = &[
    (400, "issuer_invalid"),
    (409, "single_sign_on_enforced"),
    (409, "too_many"),
    (422, "sso_config"),
    (422, "sso_issuer_mismatch"),
    (422, "sso_provider_plaintext"),
    (502, "sso_issuer_mismatch"),
];
pub(super) const UPSTREAM: Codes = &[
    (502, "sso_provider_unreachable"),
    (502, "sso_provider_slow"),
    (502, "sso_provider_address"),
    (502, "sso_provider_plaintext"),
    (502, "sso_provider_redirect"),
    (502, "sso_provider_too_large"),
    (502, "sso_provider_answer"),
];
pub(super) const LOGOUT: Codes = &[
    (400, "logout_token_missing"),
    (400, "sso_not_a_logout"),
    (400, "sso_token"),
    (400, "sso_algorithm"),
    (400, "sso_key"),
    (400, "sso_signature"),
    (400, "sso_issuer_mismatch"),
    (400, "sso_audience"),
    (400, "sso_expired"),
    (400, "sso_early"),
    (404, "not_found"),
];
pub(super) const GRANTS: Codes = &[
    (400, "role_unknown"),
    (400, "source_invalid"),
    (403, "escalation"),
    (404, "role_unknown"),
    (422, "roles_invalid"),
    (422, "source_unknown"),
];
pub(super) const MEMBER: Codes = &[(404, "not_found"), (409, "last_owner")];
pub(super) const INVITE: Codes =
    &[(400, "email_invalid"), (404, "invitation_ended"), (409, "is_member"), (409, "is_staff"), (409, "too_many")];
pub(super) const ACCEPT: Codes = &[
    (403, "other_account"),
    (404, "invitation_ended"),
    (409, "has_account"),
    (409, "is_member"),
    (409, "is_staff"),
    (409, "too_many"),
];
pub(super) const ROLE: Codes = &[
    (400, "permission_unknown"),
    (403, "escalation"),
    (404, "role_unknown"),
    (409, "role_in_use"),
    (422, "role_empty"),
    (422, "description_invalid"),
];
pub(super) const EXPIRY: Codes = &[(409, "too_many"), (422, "expiry_invalid")];
pub(super) const KEY_KIND: Codes = &[(400, "kind_invalid")];
pub(super) const ROTATION: Codes =
    &[(409, "key_ended"), (409, "key_is_certificate"), (409, "certificate_known"), (422, "overlap_invalid")];
pub(super) const SHARED_KEY: Codes = &[(409, "key_ended"), (409, "key_is_certificate"), (409, "key_not_for_writing")];
pub(super) const RETENTION: Codes = &[(422, "retention_invalid")];
pub(super) const FILTER: Codes = &[(422, "filter_invalid")];
pub(super) const PIPELINE: Codes = &[(422, "pipeline_invalid")];
pub(super) const TRIAL: Codes = &[(400, "limit_invalid"), (408, "query_timeout"), (408, "query_cancelled")];
pub(super) const QUOTA: Codes = &[(422, "quota_invalid")];
pub(super) const ARCHIVE: Codes = &[(403, "keeper_missing"), (403, "permission_missing")];
pub(super) const ARCHIVE_RUN: Codes =
    &[(409, "archive_day_not_kept"), (409, "archive_day_not_over"), (409, "too_many"), (422, "archive_day_invalid")];
pub(super) const ARCHIVE_TRIED: Codes = &[
    (409, "archive_day_not_kept"),
    (409, "archive_folder_not_allowed"),
    (422, "archive_access_denied"),
    (422, "archive_address"),
    (422, "archive_bucket_invalid"),
    (422, "archive_bucket_unknown"),
    (422, "archive_credentials_wrong"),
    (422, "archive_day_invalid"),
    (422, "archive_encryption_refused"),
    (422, "archive_endpoint_invalid"),
    (422, "archive_folder_invalid"),
    (422, "archive_recipient_invalid"),
    (422, "archive_recipient_missing"),
    (422, "archive_region_wrong"),
    (422, "archive_secret_missing"),
    (422, "archive_target_invalid"),
    (429, "too_many_tries"),
    (500, "archive_folder_failed"),
    (502, "archive_clock"),
    (502, "archive_redirected"),
    (502, "archive_refused"),
    (502, "archive_slow"),
    (502, "archive_unreachable"),
    (507, "archive_folder_full"),
];
pub(super) const SIGN_IN_RULES: Codes = &[(400, "user_invalid"), (422, "break_glass_owner_missing"), (422, "provider_missing")];
pub(super) const APPROVALS: Codes = &[(422, "approvals_invalid")];
pub(super) const ACCESS: Codes = &[
    (403, "not_an_engineer"),
    (403, "access_never"),
    (403, "access_not_now"),
    (403, "not_certified"),
    (403, "signature_refused"),
    (404, "source_unknown"),
    (404, "not_found"),
    (409, "access_state"),
    (409, "signed_already"),
    (409, "passkey_missing"),
    (409, "too_many"),
];
pub(super) const ACCESS_ASKED: Codes = &[(400, "time_invalid"), (422, "text_invalid"), (422, "window_invalid")];

// --- the trail ---

pub(super) const DOWNLOAD: Codes = &[(400, "format_invalid")];
pub(super) const STREAM: Codes =
    &[(400, "target_invalid"), (400, "address_invalid"), (404, "key_wrong_source"), (409, "too_many"), (422, "address_invalid")];

// --- logs ---

pub(super) const RECORDS: Codes = &[
    (422, "idempotency_key_reused"),
    (400, "invalid_encoding"),
    (400, "invalid_json"),
    (400, "invalid_utf8"),
    (400, "invalid_number"),
    (400, "invalid_escape"),
    (400, "invalid_metadata"),
    (400, "invalid_logplex"),
    (400, "invalid_msgpack"),
    (400, "invalid_protobuf"),
    (400, "control_character"),
    (400, "not_an_object"),
    (400, "too_deep"),
    (400, "truncated_json"),
    (400, "table_full"),
    (400, "unsupported_content_type"),
    (400, "idempotency_key_invalid"),
    (413, "decompression_bomb"),
    (413, "record_too_large"),
    (413, "too_many_records"),
    (415, "unsupported_encoding"),
    (415, "unsupported_content_type"),
    (503, "disk_full"),
    (503, "no_data_key"),
    (503, "journal_failed"),
];
pub(super) const QUOTA_USED: Codes = &[(402, "quota_exceeded")];
/// The same of a protocol whose senders keep what is refused so.
pub(super) const QUOTA_USED_FOR_NOW: Codes = &[(429, "quota_exceeded")];
/// What the search language refuses, and what takes too long.
pub(super) const QUERY: Codes = &[
    (400, "address_as_field"),
    (400, "after_quote"),
    (400, "bad_comparison"),
    (400, "bad_escape"),
    (400, "bad_name"),
    (400, "bad_range"),
    (400, "bad_regex"),
    (400, "bad_time"),
    (400, "dangling_escape"),
    (400, "dangling_operator"),
    (400, "double_colon"),
    (400, "empty_group"),
    (400, "empty_text"),
    (400, "missing_name"),
    (400, "missing_value"),
    (400, "no_order"),
    (400, "query_too_deep"),
    (400, "query_too_long"),
    (400, "regex_too_large"),
    (400, "time_range_invalid"),
    (400, "unclosed_parenthesis"),
    (400, "unclosed_quote"),
    (400, "unclosed_range"),
    (400, "unknown_level"),
    (400, "unmatched_parenthesis"),
    (400, "wildcard_in_bound"),
    (408, "query_timeout"),
    (408, "query_cancelled"),
];
pub(super) const PAGING: Codes = &[(400, "cursor_invalid"), (400, "order_invalid")];
pub(super) const CONTEXT: Codes = &[(400, "id_invalid"), (404, "record_not_found")];
pub(super) const SQL: Codes = &[(400, "invalid_json"), (400, "sql_refused"), (400, "sql_invalid"), (422, "query_memory")];
pub(super) const TAIL: Codes = &[(429, "too_many_followers")];

pub(super) const SERIES: Codes = &[
    (400, "measure_invalid"),
    (422, "query_too_long"),
    (422, "field_invalid"),
    (422, "percentile_invalid"),
    (422, "query_memory"),
];

// --- long work ---

pub(super) const IMPORT: Codes =
    &[(409, "too_many"), (413, "import_too_large"), (422, "import_empty"), (422, "digest_invalid"), (503, "disk_full")];
pub(super) const UPLOAD: Codes = &[
    (400, "piece_wrong_size"),
    (403, "job_of_another"),
    (404, "not_found"),
    (409, "offset_wrong"),
    (409, "job_not_receiving"),
    (503, "disk_full"),
];
pub(super) const JOBS: Codes = &[(400, "cursor_invalid")];
pub(super) const JOB: Codes = &[(404, "not_found"), (409, "job_ended")];

// --- what is watched ---

/// Of what is kept of a look at a source.
pub(super) const LOOK: Codes = &[
    (400, "time_invalid"),
    (403, "keeper_missing"),
    (409, "too_many"),
    (422, "source_unknown"),
    (422, "query_too_long"),
    (422, "columns_invalid"),
    (422, "time_invalid"),
];
pub(super) const VIEW: Codes = &[(404, "not_found"), (422, "field_invalid"), (422, "percentile_invalid")];
pub(super) const LINK: Codes = &[(422, "zone_invalid"), (422, "record_invalid"), (422, "link_too_long")];
pub(super) const ALERT: Codes = &[
    (403, "keeper_missing"),
    (404, "not_found"),
    (409, "too_many"),
    (422, "source_unknown"),
    (422, "query_too_long"),
    (422, "window_invalid"),
    (422, "threshold_invalid"),
    (422, "destinations_invalid"),
    (422, "query_memory"),
    (429, "too_soon"),
];
pub(super) const DESTINATION: Codes = &[
    (400, "target_invalid"),
    (400, "address_invalid"),
    (404, "not_found"),
    (409, "mail_not_configured"),
    (409, "secret_missing"),
    (409, "too_many"),
    (422, "address_invalid"),
    (422, "code_wrong"),
    (422, "user_unknown"),
    (429, "too_many_tries"),
    (429, "too_soon"),
];

// --- what is said in public ---

pub(super) const ACKNOWLEDGED: Codes = &[(404, "acknowledgement_unknown"), (404, "not_found")];
pub(super) const OWN_PAGE: Codes = &[
    (400, "name_invalid"),
    (409, "page_exists"),
    (409, "name_taken"),
    (409, "too_many"),
    (422, "slug_invalid"),
    (422, "slug_reserved"),
];
pub(super) const OWN_CLAIM: Codes = &[
    (404, "claim_unknown"),
    (409, "claim_published"),
    (409, "claim_other_kind"),
    (409, "claim_not_looked_at"),
    (409, "host_not_shown"),
    (409, "page_missing"),
    (409, "too_many"),
    (422, "source_unknown"),
    (429, "too_soon"),
];
pub(super) const DRAFT: Codes = &[
    (400, "invalid_json"),
    (422, "claim_id_differs"),
    (422, "claim_id_invalid"),
    (422, "claim_text_invalid"),
    (422, "claim_number_invalid"),
    (422, "claim_bound_missing"),
    (422, "claim_same_query"),
    (422, "claim_class_invalid"),
    (422, "claim_words_refused"),
];
pub(super) const HOST: Codes = &[
    (404, "host_unknown"),
    (409, "page_missing"),
    (409, "too_many"),
    (422, "host_invalid"),
    (422, "host_not_public"),
    (429, "too_soon"),
];
pub(super) const STATEMENT: Codes = &[
    (403, "signature_refused"),
    (404, "not_found"),
    (404, "nothing_said"),
    (409, "value_unknown"),
    (409, "not_attached"),
    (409, "too_many"),
    (409, "statement_signed"),
    (409, "statement_changed"),
    (409, "signed_already"),
    (409, "passkey_missing"),
    (409, "log_ahead"),
    (409, "nothing_signed"),
    (422, "claim_not_attestable"),
    (422, "days_invalid"),
    (422, "document_missing"),
    (422, "document_unasked"),
    (422, "document_invalid"),
    (422, "document_over"),
    (422, "file_size"),
    (422, "reason_invalid"),
    (422, "signer_role_invalid"),
    (422, "text_invalid"),
];
pub(super) const TEMPLATE: Codes =
    &[(404, "template_missing"), (409, "template_changed"), (409, "template_open"), (422, "template_invalid")];
