//! The key table: one small object per wrapped key.
//!
//! | path | holds |
//! |---|---|
//! | `root` | `0x52`, 16 bytes derived from the root key that the table is under |
//! | `{tenant}/tenant/{day}-00` | the tenant's key of a day, wrapped by the root |
//! | `{tenant}/{source}/{day}-{serial}` | a source's key, wrapped by the tenant's key of that day |
//! | `{tenant}/destroyed`, `{tenant}/{source}/destroyed` | `0x44`, time: no more keys here |
//!
//! A wrapped key is `0x4B`, time made (i64, big endian, nanoseconds since 1970), nonce 12, ciphertext 32, tag 16.

use model::{Day, Entropy, Scope, SourceId, TenantId, Timestamp};

use super::{KeyError, TableKey};
use crate::disk::{Disk, DiskError, PutMode};
use crate::name::DataKeyId;
use crate::path::ObjectPath;
use crate::root::{ROOT_ID_BYTES, RootKey, RootKeyId};
use crate::secret::{SECRET_BYTES, Secret, WRAP_OVERHEAD, length_prefixed};

pub(super) const TOMBSTONE_FORMAT: u8 = 0x44;
const KEY_FORMAT: u8 = 0x4b;
const ROOT_FORMAT: u8 = 0x52;
const KEY_BYTES: usize = 1 + 8 + SECRET_BYTES + WRAP_OVERHEAD;

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Tenant(TenantId),
    Source(Scope),
}

/// Where one wrapped key lies, and all that it is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    purpose: Purpose,
    id: DataKeyId,
}

// === impl Purpose ===

impl Purpose {
    fn folder(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!("{tenant}/tenant"),
            Self::Source(scope) => scope.to_string(),
        }
    }

    pub(super) fn tombstone(&self) -> ObjectPath {
        let folder = match self {
            Self::Tenant(tenant) => tenant.to_string(),
            Self::Source(scope) => scope.to_string(),
        };
        path(&format!("{folder}/destroyed"))
    }
}

// === impl Slot ===

impl Slot {
    pub(super) fn tenant(tenant: TenantId, day: Day) -> Self {
        Self { purpose: Purpose::Tenant(tenant), id: DataKeyId { day, serial: 0 } }
    }

    pub(super) fn source(scope: Scope, id: DataKeyId) -> Self {
        Self { purpose: Purpose::Source(scope), id }
    }

    pub(super) fn path(&self) -> ObjectPath {
        path(&format!("{}/{}", self.purpose.folder(), self.id))
    }

    fn of_tenant_path(path: &ObjectPath) -> Option<Self> {
        let tenant = TenantId::parse(path.as_str().split('/').next()?).ok()?;
        let slot = Self::tenant(tenant, DataKeyId::parse(path.file_name()).ok()?.day);
        (slot.path() == *path).then_some(slot)
    }

    fn binding(&self, made_at: Timestamp) -> Vec<u8> {
        let (purpose, tenant, source) = match self.purpose {
            Purpose::Tenant(tenant) => ("tenant", tenant, String::new()),
            Purpose::Source(scope) => ("source", scope.tenant, scope.source.to_string()),
        };
        length_prefixed(&[
            b"blockhouse/1/key",
            purpose.as_bytes(),
            tenant.to_string().as_bytes(),
            source.as_bytes(),
            self.id.to_string().as_bytes(),
            &made_at.nanos().to_be_bytes(),
        ])
    }
}

fn path(text: &str) -> ObjectPath {
    ObjectPath::parse(text).expect("ids and key ids are path segments")
}

/// Tells another root key before anything is made or missed under it.
pub(super) fn check_root(root: &RootKey, disk: &dyn Disk) -> Result<(), KeyError> {
    fits(root, disk)?;
    if marked(disk)?.is_some() {
        return Ok(());
    }
    let marker = [&[ROOT_FORMAT][..], root.id().as_bytes()].concat();
    Ok(disk.put(&path("root"), &marker, PutMode::Replace)?)
}

/// Tells another root key, and changes nothing. Says whether the table has anything to tell it by.
pub(super) fn fits(root: &RootKey, disk: &dyn Disk) -> Result<bool, KeyError> {
    match marked(disk)? {
        Some(id) if id == root.id() => Ok(true),
        Some(_) => Err(KeyError::WrongRoot),
        None => check_any_key(root, disk),
    }
}

/// The root key that the table's mark names.
fn marked(disk: &dyn Disk) -> Result<Option<RootKeyId>, KeyError> {
    let marker = path("root");
    let found = match disk.size(&marker) {
        Ok(size) => disk.read(&marker, 0..size.min(ROOT_ID_BYTES as u64 + 2))?,
        Err(DiskError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let id = found.strip_prefix(&[ROOT_FORMAT]).and_then(|id| id.try_into().ok());
    id.map(|id| Some(RootKeyId::from_bytes(id))).ok_or_else(|| KeyError::Damaged(marker.to_string()))
}

/// A table that has lost its mark still tells another root key by the first tenant's key that does not open.
fn check_any_key(root: &RootKey, disk: &dyn Disk) -> Result<bool, KeyError> {
    for (path, _) in disk.list("")? {
        let Some(slot) = Slot::of_tenant_path(&path) else { continue };
        let Some(stored) = read(disk, &slot)? else { continue };
        return unwrap(&root.derive("wrap", &[]), &slot, &stored).map(|_| true).map_err(|_| KeyError::WrongRoot);
    }
    Ok(false)
}

pub(super) fn wrap(wrapping: &Secret, slot: &Slot, made_at: Timestamp, secret: &Secret, entropy: &dyn Entropy) -> Vec<u8> {
    let wrapped = wrapping.wrap(entropy, &slot.binding(made_at), secret.expose());
    let mut out = Vec::with_capacity(KEY_BYTES);
    out.push(KEY_FORMAT);
    out.extend_from_slice(&made_at.nanos().to_be_bytes());
    out.extend_from_slice(&wrapped.expect("a key is short enough for the cipher"));
    out
}

/// The stored form of a key; `None` if there is none.
pub(super) fn read(disk: &dyn Disk, slot: &Slot) -> Result<Option<[u8; KEY_BYTES]>, KeyError> {
    let path = slot.path();
    let stored = match disk.size(&path) {
        Ok(size) if size == KEY_BYTES as u64 => disk.read(&path, 0..size),
        Ok(_) => return Err(KeyError::Damaged(path.to_string())),
        Err(error) => Err(error),
    };
    match stored {
        Ok(bytes) => bytes.try_into().map(Some).map_err(|_| KeyError::Damaged(path.to_string())),
        Err(DiskError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn unwrap(wrapping: &Secret, slot: &Slot, stored: &[u8; KEY_BYTES]) -> Result<(Timestamp, Secret), KeyError> {
    let damaged = || KeyError::Damaged(slot.path().to_string());
    let (&format, rest) = stored.split_first().ok_or_else(damaged)?;
    let (made_at, wrapped) = rest.split_first_chunk().ok_or_else(damaged)?;
    if format != KEY_FORMAT {
        return Err(damaged());
    }
    let made_at = Timestamp::from_nanos(i64::from_be_bytes(*made_at));
    let opened = wrapping.unwrap(&slot.binding(made_at), wrapped).map_err(|_| damaged())?;
    Ok((made_at, Secret::from_slice(&opened).ok_or_else(damaged)?))
}

/// The keys of a source, by their names alone, so that damaged ones can be destroyed too.
pub(super) fn source_keys(disk: &dyn Disk, scope: Scope) -> Result<Vec<DataKeyId>, KeyError> {
    let listed = disk.list(&Purpose::Source(scope).folder())?;
    let mut ids: Vec<_> = listed.iter().filter_map(|(path, _)| DataKeyId::parse(path.file_name()).ok()).collect();
    ids.sort();
    Ok(ids)
}

pub(super) fn tenant_days(disk: &dyn Disk, tenant: TenantId) -> Result<Vec<Day>, KeyError> {
    let listed = disk.list(&Purpose::Tenant(tenant).folder())?;
    Ok(listed.iter().filter_map(|(path, _)| DataKeyId::parse(path.file_name()).ok()).map(|id| id.day).collect())
}

/// The keys of all sources of a tenant.
pub(super) fn tenant_source_keys(disk: &dyn Disk, tenant: TenantId) -> Result<Vec<(Scope, DataKeyId)>, KeyError> {
    let listed = disk.list(&tenant.to_string())?;
    Ok(listed.iter().filter_map(|(path, _)| source_key(tenant, path)).collect())
}

/// Every key of the table, by its name.
pub(super) fn all_keys(disk: &dyn Disk) -> Result<Vec<TableKey>, KeyError> {
    let listed = disk.list("")?;
    let key = |path: &ObjectPath| {
        let tenant = TenantId::parse(path.as_str().split('/').next()?).ok()?;
        let of_source = || source_key(tenant, path).map(|(scope, id)| TableKey::Source(scope, id));
        Slot::of_tenant_path(path).map(|slot| TableKey::Tenant(tenant, slot.id.day)).or_else(of_source)
    };
    let mut keys: Vec<_> = listed.iter().filter_map(|(path, _)| key(path)).collect();
    keys.sort();
    Ok(keys)
}

fn source_key(tenant: TenantId, path: &ObjectPath) -> Option<(Scope, DataKeyId)> {
    let mut segments = path.as_str().split('/').skip(1);
    let source = SourceId::parse(segments.next()?).ok()?;
    let id = DataKeyId::parse(segments.next()?).ok()?;
    Some((Scope { tenant, source }, id))
}
