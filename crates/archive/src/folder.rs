//! A tenant's folder in the one that whoever runs the installation allows.

use std::path::Path;
use std::sync::Arc;

use model::TenantId;
use seal::{ExportPath, LocalDisk, PathError};

use crate::destination::PutError;

/// Files appear in it whole and durable, 0600 in folders of 0700.
#[derive(Debug, Clone)]
pub struct Folder {
    disk: Arc<LocalDisk>,
    tenant: TenantId,
    name: String,
}

// === impl Folder ===

impl Folder {
    /// `allowed` is the operator's; `name` was parsed, and lies below a folder of the tenant's own.
    pub fn open(allowed: &Path, tenant: TenantId, name: &str) -> Result<Self, PutError> {
        Ok(Self { disk: Arc::new(LocalDisk::open(allowed)?), tenant, name: name.to_owned() })
    }

    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), PutError> {
        let path = ExportPath::parse(&format!("{}/{}/{name}", self.tenant, self.name));
        let path = path.map_err(|PathError| PutError::Malformed)?;
        let disk = Arc::clone(&self.disk);
        let written = tokio::task::spawn_blocking(move || disk.export(&path, &bytes)).await;
        written.map_err(|_| PutError::Malformed)?.map_err(PutError::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_writes_below_its_own_folder_only() {
        let allowed = tempfile::tempdir().unwrap();
        let folder = Folder::open(allowed.path(), TenantId::NONE, "acme").unwrap();
        folder.put("date=2026-11-26/a-T-0001.ndjson.gz.age", b"1".to_vec()).await.unwrap();
        folder.put("date=2026-11-26/a-T-0001.ndjson.gz.age", b"22".to_vec()).await.unwrap();
        let file = allowed.path().join(format!("{}/acme/date=2026-11-26/a-T-0001.ndjson.gz.age", TenantId::NONE));
        assert_eq!(std::fs::read(file).unwrap(), b"22");
        for name in ["../x", "/x", "a//b", ".hidden", "a/../../b", "x.tmp", ""] {
            assert!(matches!(folder.put(name, Vec::new()).await, Err(PutError::Malformed)), "{name}");
        }
    }
}
