//! The certificates that the server showed: how they are signed, how large their keys are, and until when they count.
//!
//! That the chain leads to a root of this machine and that the name fits was verified when the page was fetched.

use model::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, OID_SIG_DSA_WITH_SHA1, Oid, asn1_rs::oid};
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::Saw;

const RSA_BITS_MIN: usize = 2_048;
const EC_BITS_MIN: usize = 256;
const ECDSA_WITH_SHA1: Oid<'static> = oid!(1.2.840.10045.4.1);

pub(crate) fn probe(chain: &[CertificateDer<'_>], now: Timestamp) -> Vec<Saw> {
    if chain.is_empty() {
        return vec![Saw::Nothing("the server showed no certificate".to_owned())];
    }
    let mut saw = Vec::new();
    for (place, der) in chain.iter().enumerate() {
        match parse_x509_certificate(der) {
            Ok((_, certificate)) => {
                saw.extend(wrong(&certificate, now).map(|why| Saw::Otherwise(format!("certificate {place}: {why}"))))
            }
            Err(_) => saw.push(Saw::Nothing(format!("certificate {place} cannot be read"))),
        }
    }
    let until = parse_x509_certificate(&chain[0]).map(|(_, own)| at(own.validity().not_after.timestamp()).to_string());
    saw.push(Saw::AsSaid(format!("{} certificates, the server's own until {}", chain.len(), until.unwrap_or_default())));
    saw
}

fn wrong(certificate: &X509Certificate<'_>, now: Timestamp) -> impl Iterator<Item = String> {
    let validity = certificate.validity();
    let (from, until) = (at(validity.not_before.timestamp()), at(validity.not_after.timestamp()));
    let time = (now < from || now > until).then(|| format!("it counts from {from} to {until} only"));
    // A root is trusted for its key, and its signature of itself says nothing.
    let is_root = certificate.subject() == certificate.issuer();
    let old = [OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, OID_SIG_DSA_WITH_SHA1, ECDSA_WITH_SHA1];
    let signature = (!is_root && old.contains(&certificate.signature_algorithm.algorithm))
        .then(|| "it is signed with SHA-1 or MD5".to_owned());
    [time, signature, weak_key(certificate)].into_iter().flatten()
}

fn weak_key(certificate: &X509Certificate<'_>) -> Option<String> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < RSA_BITS_MIN => Some(format!("its RSA key has {} bits", key.key_size())),
        Ok(PublicKey::EC(point)) if point.key_size() < EC_BITS_MIN => Some(format!("its EC key has {} bits", point.key_size())),
        Ok(PublicKey::DSA(_)) => Some("its key is DSA".to_owned()),
        Ok(_) | Err(_) => None,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn check(now: &str, good: bool) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let saw = probe(&[made.der().clone()], Timestamp::parse(now).unwrap());
        assert_eq!(saw.iter().all(|one| matches!(one, Saw::AsSaid(_))), good, "{saw:?}");
    }

    #[test]
    fn a_certificate_counts_between_its_times_only() {
        check("2026-06-01", true);
        check("2025-12-31", false);
        check("2027-01-02", false);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let now = Timestamp::from_nanos(0);
        assert!(matches!(probe(&[], now).as_slice(), [Saw::Nothing(_)]));
        assert!(probe(&[CertificateDer::from(vec![1, 2])], now).iter().any(|one| matches!(one, Saw::Nothing(_))));
    }
}
