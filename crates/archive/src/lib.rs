//! What leaves the installation as a daily archive: files of compressed records, encrypted to a tenant's key, their manifest,
//! and the ways to where a tenant wants them.
//!
//! Always holds: what is written to a folder of this machine is encrypted to a recipient, or says nothing of any record; a
//! bucket is reached by the rules for addresses that tenants name, over TLS, with signed requests, and asked to encrypt what
//! was not encrypted here; no error repeats what a destination answered.
//! Reads no records, keeps nothing, and can open nothing of what it wrote.

mod bucket;
mod destination;
mod folder;
mod manifest;
mod object;

pub use bucket::{AtRest, Bucket, BucketParts};
pub use destination::{Destination, PutError};
pub use folder::Folder;
pub use manifest::{FORMAT, Manifest, ManifestObject, Previous, sha256};
pub use object::{Object, ObjectError, ObjectWriter, manifest_name, object_name, trial_name};
