//! Names and summaries of operations, and what they refuse beyond what every operation of their kind does.
//!
//! An operation's id is for programs and stable.

use super::codes::{self, Codes};

/// What no signature says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    /// As the table of routes names it.
    pub(super) handler: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) refuses: &'static [Codes],
}

pub(super) fn find(handler: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.handler == handler)
}

macro_rules! operations {
    ($($handler:literal $id:literal $summary:literal [$($codes:ident)*])*) => {
        pub(super) const OPERATIONS: &[Operation] = &[$(
            Operation { handler: $handler, id: $id, summary: $summary, refuses: &[$(codes::$codes),*] },
        )*];
    };
}

operations! {
    "open::healthz" "health" "Whether the server answers" []
    "open::openapi" "openapi" "This document" []
    "setup::setup" "setUp" "Make the first tenant and source with the one-time token" [JSON SETUP]
    "system::system" "getSystem" "What runs here, for whoever runs it" []

    "frames::to_key" "sendRecords" "Send records to the source of the key" [RECORDS]
    "frames::to_source" "sendRecordsToSource" "Send records to a source" [RECORDS]
    "export::http" "exportLogs" "Send records as OTLP" [RECORDS]
    "search::search" "search" "Records that a query finds, in pages" [PAGING]
    "search::histogram" "histogram" "Counts over time" []
    "search::fields" "listFields" "Fields that records have" []
    "search::field_values" "listFieldValues" "The most frequent values of a field" []
    "search::context" "context" "A record with those around it" [CONTEXT]
    "sql::sql" "sql" "Compute with SQL" [SQL]
    "tail::tail" "tail" "Follow records as they arrive, as Server-Sent Events" [TAIL]

    "sign_in::passphrase" "signInWithPassphrase" "Sign in with a passphrase" [SIGN_IN]
    "sign_in::passkey_start" "startPasskeySignIn" "Begin to sign in with a passkey" []
    "sign_in::passkey_finish" "finishPasskeySignIn" "Sign in with a passkey" [CEREMONY]
    "sign_in::code" "proveWithCode" "Prove a second factor with a one-time or recovery code" [SIGN_IN]
    "sign_in::prove_passphrase" "proveWithPassphrase" "Prove who is signed in, with the passphrase" [SIGN_IN]
    "sign_in::prove_passkey_start" "startPasskeyProof" "Begin to prove who is signed in, with a passkey" [SIGN_IN]
    "sign_in::prove_passkey_finish" "finishPasskeyProof" "Prove who is signed in, with a passkey" [CEREMONY SIGN_IN]
    "sign_in::sign_out" "signOut" "End the session" []
    "people::look" "lookAtInvitation" "What an invitation is for" [ACCEPT]
    "people::accept" "acceptInvitation" "Join a tenant by invitation" [ACCEPT NAME SESSION SIGNED_IN]
    "sso::logout" "logOutByProvider" "OpenID Connect back-channel logout" [LOGOUT UPSTREAM]

    "me::me" "getMe" "Who is signed in" []
    "me::abilities" "getMyAbilities" "What could be done in the tenant that the session works in" []
    "me::rename" "renameMe" "Change the own name" [NAME]
    "me::notices" "listNotices" "What the own account has to be told" []
    "me::sessions" "listSessions" "The own sessions" []
    "me::end_session" "endSession" "End one of the own sessions" [ACCOUNT]
    "me::end_other_sessions" "endOtherSessions" "End all of the own sessions but this one" []
    "me::enter_tenant" "enterTenant" "Work in another of the own tenants" [ACCOUNT]
    "me::set_passphrase" "setPassphrase" "Set the own passphrase" [ACCOUNT]
    "me::remove_passphrase" "removePassphrase" "Remove the own passphrase" [ACCOUNT]
    "me::offer_totp" "startTotp" "Begin to set up one-time codes" [ACCOUNT]
    "me::confirm_totp" "finishTotp" "Set up one-time codes" [ACCOUNT]
    "me::remove_totp" "removeTotp" "Remove one-time codes" [ACCOUNT]
    "me::make_recovery_codes" "makeRecoveryCodes" "Make recovery codes, which end the older ones" [ACCOUNT]
    "me::passkeys" "listPasskeys" "The own passkeys" []
    "me::start_passkey" "startPasskey" "Begin to add a passkey" [ACCOUNT]
    "me::finish_passkey" "finishPasskey" "Add a passkey" [CEREMONY ACCOUNT NAME TAKEN]
    "me::rename_passkey" "renamePasskey" "Name a passkey" [ACCOUNT NAME]
    "me::remove_passkey" "removePasskey" "Remove a passkey" [ACCOUNT]

    "tenants::source" "getSource" "A source" []
    "tenants::configure_source" "configureSource" "Change how long a source keeps records" [RETENTION]
    "refusals::refusals" "listRefusals" "What was refused at a source's door, while somebody looks" []
    "keys::keys" "listKeys" "Keys of a source" []
    "keys::create" "createKey" "Make a key of a source, shown once" [KEY_KIND NAME EXPIRY KEY_OF_SOURCE]
    "keys::rotate" "rotateKey" "Make a key in place of another, which ends a little later" [ROTATION EXPIRY KEY_OF_SOURCE]
    "keys::revoke" "revokeKey" "End a key now" []
    "tenants::tenants" "listTenants" "Tenants of the installation" []
    "tenants::create_tenant" "createTenant" "Make a tenant" [NAME TAKEN]
    "tenants::tenant" "getTenant" "A tenant with its settings" []
    "data_keys::data_keys" "listDataKeys" "Data keys of a tenant's sources, by day" []
    "tenants::sources" "listSources" "Sources of a tenant" []
    "tenants::create_source" "createSource" "Make a source" [NAME TAKEN RETENTION]
    "tenants::set_sign_in_rules" "setSignInRules" "Change what is demanded of sign-ins" [SIGN_IN_RULES]
    "tenants::set_staff_access" "setStaffAccess" "Change what staff may ask for" [APPROVALS]
    "sso::providers" "listProviders" "Providers that people sign in with" []
    "sso::add" "addProvider" "Add a provider" [PROVIDER UPSTREAM NAME GRANTS]
    "sso::change" "changeProvider" "Change a provider" [PROVIDER NAME GRANTS]
    "sso::test" "testProvider" "Look at a provider, as the next sign-in would" [PROVIDER UPSTREAM]
    "sso::remove" "removeProvider" "Remove a provider" [PROVIDER]

    "people::people" "listPeople" "People of a tenant" []
    "people::person" "getPerson" "Somebody of a tenant" []
    "people::set_roles" "setRoles" "Change somebody's roles" [GRANTS MEMBER]
    "people::remove" "removePerson" "Remove somebody from the tenant" [GRANTS MEMBER]
    "people::sessions" "listSessionsOf" "Where somebody is signed in to the tenant" [MEMBER]
    "people::end_session" "endSessionOf" "End a session of somebody's in the tenant" [MEMBER GRANTS]
    "people::abilities" "getAbilities" "What somebody may do" []
    "people::invitations" "listInvitations" "Invitations of a tenant" []
    "people::invite" "invite" "Invite somebody; the link is in this answer alone" [INVITE GRANTS MEMBER]
    "people::resend" "renewInvitation" "Make a new link for an invitation" [INVITE GRANTS MEMBER]
    "people::revoke_invitation" "revokeInvitation" "Take an invitation back" [INVITE]
    "roles::permissions" "listPermissions" "What there is to allow" []
    "roles::roles" "listRoles" "Roles of a tenant" []
    "roles::create" "createRole" "Make a role" [ROLE NAME TAKEN]
    "roles::preview" "previewRoles" "What somebody with these roles could do" [GRANTS]
    "roles::change" "changeRole" "Change a role" [ROLE NAME TAKEN]
    "roles::delete" "deleteRole" "Delete a role" [ROLE]
    "roles::services" "listServiceAccounts" "Service accounts of a tenant" []
    "roles::create_service" "createServiceAccount" "Make a service account" [NAME TAKEN GRANTS MEMBER]
    "roles::set_service_roles" "setServiceAccountRoles" "Change a service account's roles" [GRANTS MEMBER]
    "roles::delete_service" "deleteServiceAccount" "Delete a service account with its keys" [GRANTS MEMBER]
    "roles::service_keys" "listServiceKeys" "Keys of a service account" []
    "roles::create_service_key" "createServiceKey" "Make a key of a service account, shown once" [EXPIRY]
    "roles::revoke_service_key" "revokeServiceKey" "End a key of a service account" []

    "access::requests" "listAccessRequests" "What staff asked of the tenant" []
    "access::start_approval" "startApproval" "The words of a request, to be signed" [ACCESS]
    "access::approve" "approveAccess" "Approve a request with a signature" [ACCESS]
    "access::deny" "denyAccess" "Deny a request" [ACCESS]
    "access::end" "endAccess" "End access of staff" [ACCESS]
    "access::review" "reviewEmergency" "Say that an emergency was looked at" [ACCESS]
    "access::own" "listOwnAccessRequests" "What one of staff asked for" [ACCESS]
    "access::ask" "askForAccess" "Ask a tenant for access, as one of staff" [ACCESS ACCESS_ASKED]
    "access::start" "startAccess" "The words of an approved request, to be signed" [ACCESS]
    "access::begin" "beginAccess" "Begin to read under an approved request" [ACCESS]
    "access::leave" "leaveAccess" "End the own access" [ACCESS]
    "access::start_emergency" "startEmergency" "The words of an emergency, to be signed by a second of staff" [ACCESS]
    "access::open_emergency" "openEmergency" "Open the emergency way as the second of staff" [ACCESS]

    "audit::entries" "listAudit" "The tenant's audit trail, newest first, in pages" []
    "audit::download" "downloadAudit" "The tenant's audit trail as a file" [DOWNLOAD]
    "audit::proof" "proveAudit" "That an entry is in the trail, or that it only grew" []
    "audit::file" "getAuditLogFile" "A file of the trail's log (C2SP tlog-tiles)" []
    "streams::set_retention" "setAuditRetention" "Change how long the trail keeps bodies of entries" [RETENTION]
    "streams::streams" "listAuditStreams" "Where the trail is carried" []
    "streams::add" "addAuditStream" "Carry the trail to a source or an address" [STREAM KEY_OF_SOURCE]
    "streams::remove" "removeAuditStream" "End carrying the trail somewhere" []
    "audit::installation_entries" "listInstallationAudit" "The installation's audit trail" []
    "audit::installation_download" "downloadInstallationAudit" "The installation's audit trail as a file" [DOWNLOAD]
    "audit::installation_proof" "proveInstallationAudit" "The same proofs of the installation's trail" [MISSING]
    "audit::installation_file" "getInstallationAuditLogFile" "A file of the log of the installation's trail" [MISSING]
    "streams::installation_retention" "getInstallationAuditRetention" "How long the installation's trail is kept" []
    "streams::set_installation_retention" "setInstallationAuditRetention" "Change that" [RETENTION]
    "audit::public_file" "getPublicLogFile" "A file of the public log, or under `key` what verifies it" [MISSING]

    "overview::signed" "getOverview" "The security page, signed" []
    "overview::evidence" "getEvidence" "A signed statement behind a claim" [MISSING]
    "overview::oscal" "getOscal" "The security page as OSCAL" [MISSING]
    "overview::own" "getPage" "A page; signed where its address ends in `.json`" [MISSING]
    "contact::acknowledge" "acknowledgeContact" "Say that somebody reads what the security contact gets" [ACKNOWLEDGED]
    "own_page::library" "listLibrary" "Sentences of the library to start from" []
    "own_page::page" "getOwnPage" "The tenant's own page with its claims and hosts" []
    "own_page::found" "foundOwnPage" "Give the tenant's page its name" [OWN_PAGE]
    "own_page::write" "writeOwnClaim" "Keep a draft of a claim" [DRAFT OWN_CLAIM QUERY KEY_OF_SOURCE]
    "own_page::discard" "discardOwnClaim" "Forget a draft" [OWN_CLAIM]
    "own_page::try_once" "tryOwnClaim" "Look once at what a draft measures" [OWN_CLAIM QUERY KEY_OF_SOURCE]
    "own_page::publish" "publishOwnClaim" "Say a draft on the page" [OWN_CLAIM QUERY KEY_OF_SOURCE]
    "own_page::unpublish" "unpublishOwnClaim" "Take a claim back" [OWN_CLAIM]
    "own_page::hosts" "listHosts" "Hosts of the tenant, and what each has to show" []
    "own_page::challenge" "addHost" "Add a host" [HOST]
    "own_page::show" "askHost" "Ask a host for what it has to show" [HOST]
    "own_page::forget_host" "forgetHost" "Forget a host" [HOST]

    "statements::list::<Installation>" "listStatements" "What people sign of the installation's page" []
    "statements::propose::<Installation>" "proposeStatement" "Begin a statement" [STATEMENT]
    "statements::discard::<Installation>" "discardStatement" "Forget a statement that does not count yet" [STATEMENT]
    "statements::attach::<Installation>" "attachFile" "Put a file behind a statement" [STATEMENT]
    "statements::file::<Installation>" "getFile" "A file behind a statement" [STATEMENT]
    "statements::start_signing::<Installation>" "startSigning" "The words of a statement, to be signed" [STATEMENT]
    "statements::sign::<Installation>" "signStatement" "Sign a statement" [STATEMENT]
    "statements::withdraw::<Installation>" "withdrawStatement" "Take back what was signed" [STATEMENT]
    "statements::list::<Own>" "listOwnStatements" "What people sign of the tenant's page" [STATEMENT]
    "statements::propose::<Own>" "proposeOwnStatement" "Begin a statement for the tenant's page" [STATEMENT]
    "statements::discard::<Own>" "discardOwnStatement" "Forget one that does not count yet" [STATEMENT]
    "statements::attach::<Own>" "attachOwnFile" "Put a file behind one" [STATEMENT]
    "statements::file::<Own>" "getOwnFile" "A file behind one" [STATEMENT]
    "statements::start_signing::<Own>" "startOwnSigning" "The words of one, to be signed" [STATEMENT]
    "statements::sign::<Own>" "signOwnStatement" "Sign one" [STATEMENT]
    "statements::withdraw::<Own>" "withdrawOwnStatement" "Take back what was signed" [STATEMENT]

    "template::get::<Installation>" "getTemplate" "The template of the installation's page, with its answers" []
    "template::keep::<Installation>" "keepTemplate" "Keep a template, as its text" [TEMPLATE]
    "template::discard::<Installation>" "discardTemplate" "Forget the template" [TEMPLATE]
    "template::answers::<Installation>" "answerTemplate" "Answer the template" [TEMPLATE]
    "template::draft::<Installation>" "draftTemplate" "The page that is made of the template" [TEMPLATE]
    "template::get::<Own>" "getOwnTemplate" "The template of the tenant's page, with its answers" []
    "template::keep::<Own>" "keepOwnTemplate" "Keep a template, as its text" [TEMPLATE]
    "template::discard::<Own>" "discardOwnTemplate" "Forget the template" [TEMPLATE]
    "template::answers::<Own>" "answerOwnTemplate" "Answer the template" [TEMPLATE]
    "template::draft::<Own>" "draftOwnTemplate" "The page that is made of the template" [TEMPLATE]
}
