//! A data folder and what lies in it: root key, keys, catalog, identity, sealed objects and journals.
//!
//! | path | what |
//! |---|---|
//! | `root.key` | the root key, mode 0600: whoever loses it loses everything |
//! | `keys/` | wrapped tenant and source keys; kept apart, so that a backup of the rest holds none |
//! | `objects/` | sealed parts, unless they lie in a bucket |
//! | `journal/` | sealed journal segments |
//! | `catalog.sqlite`, `identity.sqlite` | which parts exist; tenants, sources and keys, sealed where they identify people |
//! | `audit/` | signed checkpoints of the audit trail, which is in `identity.sqlite` |
//! | `evidence.sqlite`, `pages/` | what is said in public and what stands behind it, of the installation and of tenants |
//! | `ca.crt`, `tls/` | the local certificate authority; its private keys are sealed |

use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use factor::{Cost, Passkeys, Passphrases, RelyingParty};
use guard::certificate::{KeySafe, KeySafeError, LocalAuthority, Made};
use identity::{Identity, Means};
use model::{Clock, Entropy};
use seal::{
    Disk, Field, FieldSealer, KeyRing, LocalDisk, Pepper, RootKey, RootKeyError, RootKeyId, S3Disk, SealedStore, SystemEntropy,
};
use store::{Catalog, Store};
use zeroize::Zeroizing;

use crate::anchors;
use crate::clock::SystemClock;
use crate::config::{ObjectsConfig, Site};

const PEPPER_ID: u8 = 1;

/// An opened data folder, without its store.
pub(crate) struct Node {
    pub(crate) data: PathBuf,
    pub(crate) is_new: bool,
    pub(crate) root_id: RootKeyId,
    pub(crate) identity: Arc<Identity>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) authority: Arc<LocalAuthority>,
    pub(crate) authority_made: Made,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

// === impl Node ===

impl Node {
    /// Opens the folder for a command, which signs nobody in.
    pub(crate) fn open(data: &Path) -> anyhow::Result<Self> {
        Self::open_at(data, &Site::local(0))
    }

    /// Opens the folder; makes what is missing. Several processes may have it open.
    pub(crate) fn open_at(data: &Path, site: &Site) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        private_folder(data)?;
        private_folder(&data.join("tls"))?;
        private_folder(&anchors::folder(data))?;
        let (root, is_new) = root_key(data, &*entropy)?;
        let means = means(&root, site, &entropy)?;
        let identity = Identity::open(&identity_file(data), means, Arc::clone(&entropy))
            .context("could not open the catalog of tenants and keys")?;
        let key_table = LocalDisk::open(&key_table(data)).context("could not open the key table")?;
        let keys = KeyRing::open(&root, Arc::new(key_table), Arc::clone(&clock), Arc::clone(&entropy))
            .context("could not open the key table")?;
        let safe = Arc::new(RootSafe(FieldSealer::new(&root, Arc::clone(&entropy))));
        let (authority, authority_made) = LocalAuthority::load_or_create(&data.join("tls"), safe, clock.now())
            .context("could not open the local certificate authority")?;
        let node = Self {
            data: data.to_owned(),
            is_new,
            root_id: root.id(),
            identity: Arc::new(identity),
            keys: Arc::new(keys),
            authority: Arc::new(authority),
            authority_made,
            clock,
            entropy,
        };
        node.publish_authority()?;
        Ok(node)
    }

    pub(crate) fn root_key_file(&self) -> PathBuf {
        root_key_file(&self.data)
    }

    /// Clients are pointed at this copy of the authority's certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.data.join("ca.crt")
    }

    /// Seals what is kept beside the catalogs, under the root key.
    pub(crate) fn sealer(&self) -> anyhow::Result<FieldSealer> {
        Ok(self.sealers()?())
    }

    /// The same for whoever needs several, one after another.
    pub(crate) fn sealers(&self) -> anyhow::Result<impl Fn() -> FieldSealer + Send + Sync + use<>> {
        let path = self.root_key_file();
        let root = RootKey::load(&path).with_context(|| format!("could not load the root key {}", path.display()))?;
        let entropy = Arc::clone(&self.entropy);
        Ok(move || FieldSealer::new(&root, Arc::clone(&entropy)))
    }

    /// The folder of tenants' pages.
    pub(crate) fn pages(&self) -> anyhow::Result<PathBuf> {
        let folder = self.data.join("pages");
        private_folder(&folder)?;
        Ok(folder)
    }

    /// What clients trust this server by, as PEM.
    pub(crate) fn authority_certificate(&self) -> anyhow::Result<Vec<u8>> {
        let path = self.authority.certificate_path();
        fs::read(&path).with_context(|| format!("could not read {}", path.display()))
    }

    fn publish_authority(&self) -> anyhow::Result<()> {
        let (certificate, to) = (self.authority_certificate()?, self.ca_file());
        if fs::read(&to).is_ok_and(|there| there == certificate) {
            return Ok(());
        }
        fs::write(&to, certificate).with_context(|| format!("could not write {}", to.display()))
    }

    /// Opens the store and replays what a former run left, with the sealed store under it. Only one process may: see `lock`.
    pub(crate) fn store(&self, objects: &ObjectsConfig) -> anyhow::Result<(Store, Arc<SealedStore>)> {
        let objects: Arc<dyn Disk> = match objects.s3() {
            Some(bucket) => Arc::new(S3Disk::open(&bucket?).context("could not open the bucket")?),
            None => Arc::new(own_disk(&self.data.join("objects")).context("could not open the folder of sealed objects")?),
        };
        let journals = own_disk(&self.data.join("journal")).context("could not open the folder of the journal")?;
        let sealed = SealedStore::new(objects, Arc::new(journals), Arc::clone(&self.keys), Arc::clone(&self.entropy));
        let sealed = Arc::new(sealed);
        let catalog = Catalog::open(&self.data.join("catalog.sqlite")).context("could not open the catalog of parts")?;
        let store = Store::open(Arc::clone(&sealed), catalog, Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Ok((store.context("could not open the store")?, sealed))
    }

    /// Claims the folder for one server. Held until the value is dropped or the process ends.
    pub(crate) fn lock(&self) -> anyhow::Result<fs::File> {
        let path = self.data.join("server.lock");
        let file = fs::OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(&path)?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                bail!("another server runs on {}; stop it first, or choose another --data folder", self.data.display())
            }
            Err(error) => Err(error).with_context(|| format!("could not lock {}", path.display())),
        }
    }
}

/// What the identity catalog is sealed with, and what signs people in.
fn means(root: &RootKey, site: &Site, entropy: &Arc<dyn Entropy>) -> anyhow::Result<Means> {
    let party = RelyingParty { id: site.name.clone(), origins: vec![site.origin.clone()], name: "Blockhouse".to_owned() };
    Ok(Means {
        sealer: FieldSealer::new(root, Arc::clone(entropy)),
        peppers: Pepper::new(root, PEPPER_ID).into(),
        passphrases: Passphrases::new(Pepper::new(root, PEPPER_ID), None, Cost::STANDARD),
        passkeys: Passkeys::new(&party).context("passkeys cannot be used at this address")?,
    })
}

/// A folder that this process alone writes to, without what an interrupted write left there.
fn own_disk(path: &Path) -> Result<LocalDisk, seal::DiskError> {
    let disk = LocalDisk::open(path)?;
    let cleared = disk.clear_leftovers()?;
    if cleared > 0 {
        tracing::info!(cleared, "removed files of interrupted writes");
    }
    Ok(disk)
}

/// Makes a folder that only its owner may enter, if it is not there.
fn private_folder(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("could not make the folder {}", path.display()))
}

/// Where the root key of a data folder lies.
pub(crate) fn root_key_file(data: &Path) -> PathBuf {
    data.join("root.key")
}

/// Where the catalog of tenants and keys of a data folder lies.
pub(crate) fn identity_file(data: &Path) -> PathBuf {
    data.join("identity.sqlite")
}

pub(crate) fn key_table(data: &Path) -> PathBuf {
    data.join("keys")
}

fn root_key(data: &Path, entropy: &dyn Entropy) -> anyhow::Result<(RootKey, bool)> {
    let path = root_key_file(data);
    // Asked before the key is: whoever makes all of them makes the key first. What was sealed opens under no new key, and a new
    // one would lie where the old one has to come back.
    let was_sealed = identity_file(data).exists() || key_table(data).join("root").exists();
    let made = match path.exists() {
        false if was_sealed => return Err(RootKeyError::Missing(path).into()),
        false => Some(RootKey::create(&path, entropy)),
        true => None,
    };
    match made {
        Some(Ok(key)) => Ok((key, true)),
        // Made by another process in this very moment.
        Some(Err(RootKeyError::AlreadyExists(_))) | None => {
            Ok((RootKey::load(&path).with_context(|| format!("could not load the root key {}", path.display()))?, false))
        }
        Some(Err(error)) => Err(error).with_context(|| format!("could not make the root key {}", path.display())),
    }
}

/// Seals private keys of certificates under the root key.
struct RootSafe(FieldSealer);

const SAFE_PLACE: Field<'static> = Field { table: "tls", column: "private_key", row: b"", scope: b"" };

impl KeySafe for RootSafe {
    fn seal(&self, key: &[u8]) -> Result<Vec<u8>, KeySafeError> {
        Ok(self.0.seal(&SAFE_PLACE, key)?)
    }

    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeySafeError> {
        Ok(self.0.open(&SAFE_PLACE, sealed)?)
    }
}
