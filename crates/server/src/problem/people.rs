//! Problems about people, roles, sessions and access.

use axum::http::StatusCode;
use identity::{
    AccessError, AccountError, CatalogError, ConfigureSourceError, CreateKeyError, CreateSourceError, CreateTenantError,
    InviteError, MemberError, RevokeKeyError, RoleError, RotateKeyError, ServiceError, SetQuotaError, SetTreatmentError,
    SettingsError, SharedKeyError, SignInError, StreamError,
};

use super::{Chain, Problem};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Says with this status and code what the error says.
fn said(status: StatusCode, code: &'static str, error: &dyn std::error::Error) -> Problem {
    Problem::new(status, code, error.to_string())
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        tracing::error!(error = %Chain(&error), "the identity catalog failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "catalog_unavailable", "this cannot be done now; try again later")
            .retry_after(5)
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => said(StatusCode::UNAUTHORIZED, "credentials_wrong", &error),
            SignInError::Wait { seconds } => said(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", &error).retry_after(seconds),
            SignInError::Refused(refused) => refused.into(),
            SignInError::Memory => Self::busy(error.to_string()),
            SignInError::NothingToProve => said(CONFLICT, "nothing_to_prove", &error),
            SignInError::NoCeremony => said(StatusCode::UNAUTHORIZED, "ceremony_ended", &error),
            SignInError::Passkey(_) => said(StatusCode::UNAUTHORIZED, "passkey_refused", &error),
            SignInError::Catalog(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Weak(_) => said(UNPROCESSABLE, "passphrase_weak", &error),
            AccountError::Memory => Self::busy(error.to_string()),
            AccountError::WrongCode => said(UNPROCESSABLE, "code_wrong", &error),
            AccountError::Nothing => said(StatusCode::NOT_FOUND, "not_found", &error),
            AccountError::LastWayIn => said(CONFLICT, "last_way_in", &error),
            AccountError::NoSession | AccountError::NoTenant => said(StatusCode::NOT_FOUND, "not_found", &error),
            AccountError::Refused(refused) => refused.into(),
            AccountError::Catalog(error) => error.into(),
        }
    }
}

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Self {
        match error {
            RoleError::NoRole => said(StatusCode::NOT_FOUND, "role_unknown", &error),
            RoleError::NameTaken => said(CONFLICT, "name_taken", &error),
            RoleError::TooMany => said(CONFLICT, "too_many", &error),
            RoleError::Empty => said(UNPROCESSABLE, "role_empty", &error),
            RoleError::Description => said(UNPROCESSABLE, "description_invalid", &error),
            RoleError::Escalation(_) => said(FORBIDDEN, "escalation", &error),
            RoleError::InUse(_) => said(CONFLICT, "role_in_use", &error),
            RoleError::Catalog(error) => error.into(),
        }
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::NoMember | MemberError::NoSession => said(StatusCode::NOT_FOUND, "not_found", &error),
            MemberError::LastOwner => said(CONFLICT, "last_owner", &error),
            MemberError::Grants => said(UNPROCESSABLE, "roles_invalid", &error),
            MemberError::NoSource(_) => said(UNPROCESSABLE, "source_unknown", &error),
            MemberError::Role(error) => error.into(),
            MemberError::Catalog(error) => error.into(),
        }
    }
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::NoInvitation => said(StatusCode::NOT_FOUND, "invitation_ended", &error),
            InviteError::IsMember => said(CONFLICT, "is_member", &error),
            InviteError::IsStaff => said(CONFLICT, "is_staff", &error),
            InviteError::TooManyOpen | InviteError::TooManyPeople | InviteError::TooManyTenants => {
                said(CONFLICT, "too_many", &error)
            }
            InviteError::HasAccount => said(CONFLICT, "has_account", &error),
            InviteError::OtherAccount => said(FORBIDDEN, "other_account", &error),
            InviteError::Member(error) => error.into(),
            InviteError::Catalog(error) => error.into(),
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NoAccount | ServiceError::NoKey => said(StatusCode::NOT_FOUND, "not_found", &error),
            ServiceError::NameTaken => said(CONFLICT, "name_taken", &error),
            ServiceError::TooMany => said(CONFLICT, "too_many", &error),
            ServiceError::Expiry => said(UNPROCESSABLE, "expiry_invalid", &error),
            ServiceError::Member(error) => error.into(),
            ServiceError::Catalog(error) => error.into(),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::NoBreakGlassOwner => said(UNPROCESSABLE, "break_glass_owner_missing", &error),
            SettingsError::NoProvider => said(UNPROCESSABLE, "provider_missing", &error),
            SettingsError::AuditRetention => said(UNPROCESSABLE, "retention_invalid", &error),
            SettingsError::Approvals => said(UNPROCESSABLE, "approvals_invalid", &error),
            SettingsError::Catalog(error) => error.into(),
        }
    }
}

impl From<StreamError> for Problem {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::NoStream => said(StatusCode::NOT_FOUND, "not_found", &error),
            StreamError::TooMany => said(CONFLICT, "too_many", &error),
            StreamError::OtherTenant => said(StatusCode::NOT_FOUND, "key_wrong_source", &error),
            StreamError::Catalog(error) => error.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotAnEngineer => said(FORBIDDEN, "not_an_engineer", &error),
            AccessError::Never => said(FORBIDDEN, "access_never", &error),
            AccessError::NoRequest => said(StatusCode::NOT_FOUND, "not_found", &error),
            AccessError::NoSource => said(StatusCode::NOT_FOUND, "source_unknown", &error),
            AccessError::Text => said(UNPROCESSABLE, "text_invalid", &error),
            AccessError::Window => said(UNPROCESSABLE, "window_invalid", &error),
            AccessError::TooManyOpen => said(CONFLICT, "too_many", &error),
            AccessError::State(_) => said(CONFLICT, "access_state", &error),
            AccessError::NotNow { .. } => said(FORBIDDEN, "access_not_now", &error),
            AccessError::SignedAlready => said(CONFLICT, "signed_already", &error),
            AccessError::NoPasskey => said(CONFLICT, "passkey_missing", &error),
            AccessError::NotCertified => said(FORBIDDEN, "not_certified", &error),
            AccessError::Signature(_) => said(FORBIDDEN, "signature_refused", &error),
            AccessError::Refused(refused) => refused.into(),
            AccessError::Catalog(error) => error.into(),
        }
    }
}

impl From<CreateTenantError> for Problem {
    fn from(error: CreateTenantError) -> Self {
        match error {
            CreateTenantError::NameTaken => said(CONFLICT, "name_taken", &error),
            CreateTenantError::TooMany => said(CONFLICT, "too_many", &error),
            CreateTenantError::Catalog(error) => error.into(),
        }
    }
}

impl From<CreateSourceError> for Problem {
    fn from(error: CreateSourceError) -> Self {
        match error {
            CreateSourceError::NameTaken => said(CONFLICT, "name_taken", &error),
            CreateSourceError::NoTenant => said(StatusCode::NOT_FOUND, "not_found", &error),
            CreateSourceError::Retention => said(UNPROCESSABLE, "retention_invalid", &error),
            CreateSourceError::TooMany => said(CONFLICT, "too_many", &error),
            CreateSourceError::Catalog(error) => error.into(),
        }
    }
}

impl From<ConfigureSourceError> for Problem {
    fn from(error: ConfigureSourceError) -> Self {
        match error {
            ConfigureSourceError::NoSource => said(StatusCode::NOT_FOUND, "not_found", &error),
            ConfigureSourceError::NameTaken => said(CONFLICT, "name_taken", &error),
            ConfigureSourceError::Retention => said(UNPROCESSABLE, "retention_invalid", &error),
            ConfigureSourceError::Catalog(error) => error.into(),
        }
    }
}

impl From<SetQuotaError> for Problem {
    fn from(error: SetQuotaError) -> Self {
        match error {
            SetQuotaError::NoSource => said(StatusCode::NOT_FOUND, "not_found", &error),
            SetQuotaError::Bytes => said(UNPROCESSABLE, "quota_invalid", &error),
            SetQuotaError::Catalog(error) => error.into(),
        }
    }
}

impl From<SetTreatmentError> for Problem {
    fn from(error: SetTreatmentError) -> Self {
        match error {
            SetTreatmentError::NoSource | SetTreatmentError::NoFilter => said(StatusCode::NOT_FOUND, "not_found", &error),
            SetTreatmentError::Filter(_) => said(UNPROCESSABLE, "filter_invalid", &error),
            SetTreatmentError::Pipeline(_) => said(UNPROCESSABLE, "pipeline_invalid", &error),
            SetTreatmentError::Catalog(error) => error.into(),
        }
    }
}

impl From<CreateKeyError> for Problem {
    fn from(error: CreateKeyError) -> Self {
        match error {
            CreateKeyError::NoSource => said(StatusCode::NOT_FOUND, "not_found", &error),
            CreateKeyError::Expiry => said(UNPROCESSABLE, "expiry_invalid", &error),
            CreateKeyError::TooMany => said(CONFLICT, "too_many", &error),
            CreateKeyError::CertificateKnown => said(CONFLICT, "certificate_known", &error),
            CreateKeyError::Catalog(error) => error.into(),
        }
    }
}

impl From<RevokeKeyError> for Problem {
    fn from(error: RevokeKeyError) -> Self {
        match error {
            RevokeKeyError::NoKey => said(StatusCode::NOT_FOUND, "not_found", &error),
            RevokeKeyError::Catalog(error) => error.into(),
        }
    }
}

impl From<RotateKeyError> for Problem {
    fn from(error: RotateKeyError) -> Self {
        match error {
            RotateKeyError::NoKey => said(StatusCode::NOT_FOUND, "not_found", &error),
            RotateKeyError::Ended => said(CONFLICT, "key_ended", &error),
            RotateKeyError::Certificate => said(CONFLICT, "key_is_certificate", &error),
            RotateKeyError::Overlap => said(UNPROCESSABLE, "overlap_invalid", &error),
            RotateKeyError::Create(error) => error.into(),
            RotateKeyError::Catalog(error) => error.into(),
        }
    }
}

impl From<SharedKeyError> for Problem {
    fn from(error: SharedKeyError) -> Self {
        match error {
            SharedKeyError::NoKey => said(StatusCode::NOT_FOUND, "not_found", &error),
            SharedKeyError::Ended => said(CONFLICT, "key_ended", &error),
            SharedKeyError::Certificate => said(CONFLICT, "key_is_certificate", &error),
            SharedKeyError::NotForWriting => said(CONFLICT, "key_not_for_writing", &error),
            SharedKeyError::Catalog(error) => error.into(),
        }
    }
}
