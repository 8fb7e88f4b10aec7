//! The little of OpenPGP that signs a text and checks the signature: version 4 keys and signatures with Ed25519.
//!
//! | packet | what is in it |
//! |---|---|
//! | public key (6) | version 4, seconds since 1970 (4 bytes), algorithm 22, curve's name, point as a number |
//! | user id (13) | a line of text |
//! | signature (2) | version 4, kind, algorithm, hash, hashed and other notes, 2 bytes of the digest, R and S as numbers |
//!
//! Ours, because the complete libraries bring several dozen crates, a second implementation of cryptography and ciphers
//! that nobody should name any more. Version 4 with algorithm 22 (RFC 9580 calls it EdDSALegacy) is what every OpenPGP
//! reads, GnuPG among them, which has no version 6.
//! Knows no encryption, no other algorithm and no trust between keys.

mod armor;
pub(crate) mod cleartext;
pub(crate) mod key;
mod packet;
mod signature;
#[cfg(test)]
mod tests;
