//! Names that had a meaning.

use super::super::Code::DeadVocabulary;
use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    dead(
        "privacy shield",
        "2020-07-16",
        "the framework was declared void by the Court of Justice",
        "name the transfer basis in force, with its date",
    ),
    dead("open tracing | opentracing", "2022-01-31", "the project is archived", "say OpenTelemetry"),
    dead("sans top 25 | sans top twenty", "2019-09", "the list goes on as the CWE Top 25", "say CWE Top 25, with the year"),
    dead("keybase", "2020-05", "the service was bought and is not developed on", "give a key or a form of your own"),
    dead("ssl", "2015-06", "the protocol may not be used", "say TLS, with the versions").unless("ssl labs"),
    dead("tls 1 0 | tls 1 1", "2021-03", "the version may not be used", "say TLS 1.2 or 1.3"),
    dead("iso 27001 2013 | iso iec 27001 2013", "2025-10-31", "certificates of this edition ended", "name the edition of 2022"),
    dead("pci dss 3 2 1 | pci dss v3 2 1", "2024-03-31", "this version was retired", "name the version in force"),
    dead("pci dss 4 0 | pci dss v4 0", "2024-12-31", "this version was retired", "name the version in force").unless("4 0 1"),
    dead("sqreen", "2021-04", "the scanner does not exist under this name", "show your own scan, with its date"),
];

const fn dead(finds: &'static str, since: &'static str, reason: &'static str, instead: &'static str) -> Entry {
    Entry::new(DeadVocabulary, finds, reason, instead).since(since)
}
