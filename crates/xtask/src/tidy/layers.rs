//! Which crate may use which, and which crate alone may name a library.

use cargo_metadata::{DependencyKind, Metadata};

/// A crate of the workspace and what its manifest names outside of tests.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) uses: Vec<String>,
}

/// Who may use whom; a crate that is not listed may not exist.
const EDGES: [(&str, &[&str]); 27] = [
    ("model", &[]),
    ("seal", &["model"]),
    ("store", &["model", "seal"]),
    ("audit", &["model", "seal"]),
    ("factor", &["model", "seal"]),
    ("policy", &["model"]),
    ("oidc", &["model"]),
    ("watch", &["model"]),
    ("identity", &["model", "seal", "store", "audit", "factor", "policy", "oidc", "watch"]),
    ("ingest", &["model", "seal", "store", "audit", "identity"]),
    ("logql", &["model"]),
    ("search", &["model", "seal", "store", "identity", "logql"]),
    ("guard", &["model"]),
    ("claims", &["model"]),
    ("trust", &["model", "seal", "audit", "factor", "identity", "claims"]),
    ("page", &["model", "claims"]),
    ("verifier", &["model", "audit", "claims"]),
    ("contact", &["model", "seal"]),
    ("mail", &["model"]),
    ("archive", &["model", "seal", "oidc"]),
    ("ui", &[]),
    (
        "server",
        &[
            "model", "seal", "store", "audit", "policy", "oidc", "factor", "identity", "ingest", "logql", "search", "guard",
            "claims", "trust", "page", "verifier", "contact", "mail", "ui", "watch", "archive",
        ],
    ),
    ("bucket", &[]),
    ("authenticator", &[]),
    ("proof", &["policy"]),
    ("xtask", &[]),
    ("fuzz-bodies", &["model", "seal", "store", "audit", "identity", "ingest", "logql", "search", "claims", "contact", "trust"]),
];

/// Libraries that one place isolates. `guard` may take a digest from `aws-lc-rs` for a certificate's fingerprint,
/// `audit` and `contact` digests and signatures, `archive` digests, `factor` and `trust` the digest of a statement, `policy` and `proof` that
/// of the wall, and the authenticator of the tests signs: none names a cipher. `archive` signs requests to a tenant's bucket.
const OWNERS: [(&str, &[&str]); 17] = [
    (
        "aws-lc-rs",
        &["seal", "guard", "audit", "factor", "trust", "policy", "verifier", "contact", "authenticator", "proof", "archive"],
    ),
    ("object_store", &["seal", "archive"]),
    ("datafusion", &["search"]),
    ("axum", &["server"]),
    ("maud", &["page"]),
    ("clap", &["server"]),
    ("tokio-rustls", &["guard", "bucket"]),
    ("s3s", &["bucket"]),
    ("rusqlite", &["store", "audit", "identity", "trust"]),
    ("cedar-policy", &["policy", "proof"]),
    ("cedar-policy-symcc", &["proof"]),
    ("argon2", &["factor"]),
    ("zxcvbn", &["factor"]),
    ("totp-rs", &["factor"]),
    ("webauthn-rs", &["factor"]),
    ("openidconnect", &["oidc"]),
    ("lettre", &["mail"]),
];

/// Libraries of which two versions in one binary would not fit together.
const ONE_VERSION: [&str; 4] = ["arrow", "parquet", "datafusion", "rustls"];

pub(crate) fn declared(metadata: &Metadata) -> Vec<Declared> {
    let uses = |package: &cargo_metadata::Package| {
        let lasting = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        lasting.map(|d| d.name.clone()).collect()
    };
    metadata.packages.iter().map(|p| Declared { name: p.name.to_string(), uses: uses(p) }).collect()
}

pub(crate) fn wrong_edges(crates: &[Declared]) -> Vec<String> {
    let mut found = Vec::new();
    for one in crates {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == one.name) else {
            found.push(format!("crates/{}: not in the table of layers", one.name));
            continue;
        };
        let ours = one.uses.iter().filter(|used| EDGES.iter().any(|(name, _)| name == used));
        let wrong = ours.filter(|used| !allowed.contains(&used.as_str()));
        found.extend(wrong.map(|used| format!("crates/{}: may not use `{used}`", one.name)));
    }
    found
}

pub(crate) fn wrong_owners(crates: &[Declared]) -> Vec<String> {
    let mut found = Vec::new();
    for one in crates {
        for (library, owners) in OWNERS {
            let named = one.uses.iter().any(|used| used == library || used.starts_with(&format!("{library}-")));
            if named && !owners.contains(&one.name.as_str()) {
                found.push(format!("crates/{}: only {} may name `{library}`", one.name, owners.join(" and ")));
            }
        }
    }
    found
}

pub(crate) fn missing_from_code_map(crates: &[Declared], map: &str) -> Vec<String> {
    let missing =
        crates.iter().filter(|c| !map.contains(&format!("crates/{}", c.name)) && !map.contains(&format!("`{}`", c.name)));
    missing.map(|c| format!("ARCHITECTURE.md: the code map does not name `{}`", c.name)).collect()
}

pub(crate) fn several_versions(lock: &str) -> Vec<String> {
    let count = |name: &str| lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
    let several = ONE_VERSION.into_iter().filter(|name| count(name) > 1);
    several.map(|name| format!("Cargo.lock: `{name}` is there in {} versions", count(name))).collect()
}
