//! `/.well-known/security.txt` as RFC 9116 has it. Its OpenPGP signature, if it has one, is not verified.

use model::{Timestamp, limits};

use super::Saw;
use crate::site::{Answer, Site};

const PATH: &str = "/.well-known/security.txt";
const DAY: i64 = 86_400;
/// RFC 9116 recommends less than a year.
const EXPIRES_DAYS_MAX: i64 = 366;

pub(crate) fn probe(site: &mut Site<'_>, now: Timestamp) -> Vec<Saw> {
    let url = format!("https://{}{PATH}", site.address.authority());
    let answer = match site.get(PATH, limits::OVERVIEW_ANSWER_BYTES_MAX) {
        Ok(answer) => answer,
        Err(error) => return vec![Saw::Nothing(error.to_string())],
    };
    match wrong(&answer, &url, now).as_slice() {
        [] => vec![Saw::AsSaid("valid".to_owned())],
        wrong => wrong.iter().map(|why| Saw::Otherwise(format!("security.txt: {why}"))).collect(),
    }
}

/// The same of a host that a claim is about, whose file has to name a contact and a time at which it ends, and no more.
pub(super) fn probe_host(site: &mut Site<'_>, now: Timestamp) -> Vec<Saw> {
    let answer = match site.get(PATH, limits::OVERVIEW_ANSWER_BYTES_MAX) {
        Ok(answer) if answer.status == 200 => answer,
        Ok(answer) => return vec![Saw::Otherwise(format!("security.txt: status {}", answer.status))],
        Err(error) => return vec![Saw::Nothing(error.to_string())],
    };
    let text = String::from_utf8_lossy(&answer.body);
    let fields = fields(&text);
    let expires: Vec<_> = fields.iter().filter(|(name, _)| name == "expires").map(|(_, at)| Timestamp::parse(at)).collect();
    if !fields.iter().any(|(name, _)| name == "contact") {
        return vec![Saw::Otherwise("security.txt: it has no Contact".to_owned())];
    }
    match expires.as_slice() {
        [Ok(at)] if *at > now => vec![Saw::AsSaid("security.txt is valid".to_owned())],
        _ => vec![Saw::Otherwise("security.txt: it does not say when it ends, or has ended".to_owned())],
    }
}

fn wrong(answer: &Answer, url: &str, now: Timestamp) -> Vec<String> {
    if answer.status != 200 {
        return vec![format!("status {}", answer.status)];
    }
    let mut wrong = Vec::new();
    let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !kind.starts_with("text/plain") || !kind.contains("charset=utf-8") {
        wrong.push(format!("it is served as `{kind}`, not as text/plain; charset=utf-8"));
    }
    let Ok(text) = std::str::from_utf8(&answer.body) else {
        wrong.push("it is no UTF-8".to_owned());
        return wrong;
    };
    let fields = fields(text);
    let all = |name: &str| fields.iter().filter(|(known, _)| known == name).map(|(_, value)| *value).collect::<Vec<_>>();
    if all("contact").is_empty() {
        wrong.push("it has no Contact".to_owned());
    }
    match all("expires").as_slice() {
        [expires] => wrong.extend(expires_wrong(expires, now)),
        several => wrong.push(format!("it has {} Expires, not one", several.len())),
    }
    let canonical = all("canonical");
    if !canonical.is_empty() && !canonical.contains(&url) {
        wrong.push(format!("its Canonical is not {url}"));
    }
    let insecure = fields.iter().filter(|(_, value)| value.starts_with("http://"));
    wrong.extend(insecure.map(|(name, _)| format!("its {name} is not https")));
    wrong
}

fn expires_wrong(expires: &str, now: Timestamp) -> Option<String> {
    let Ok(at) = Timestamp::parse(expires) else { return Some(format!("its Expires is no time: {expires}")) };
    let days = at.seconds_since(now) / DAY;
    if at <= now {
        return Some(format!("it expired {expires}"));
    }
    (days > EXPIRES_DAYS_MAX).then(|| format!("it expires in {days} days, more than a year"))
}

/// Its fields, without comments and without what a signature puts around them.
fn fields(text: &str) -> Vec<(String, &str)> {
    let signature = text.find("-----BEGIN PGP SIGNATURE-----").unwrap_or(text.len());
    let lines = text[..signature].lines().filter(|line| !line.starts_with(['#', '-']));
    lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://a/.well-known/security.txt";

    fn check(text: &str, expected: &[&str]) {
        let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
        let answer = Answer { status: 200, headers, body: text.as_bytes().to_vec() };
        let now = Timestamp::parse("2026-11-25T10:00:00Z").unwrap();
        let found = wrong(&answer, URL, now);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }

    #[test]
    fn each_way_of_being_invalid_is_named() {
        let good = format!("# x\nContact: mailto:s@a\nExpires: 2027-03-01T00:00:00Z\nCanonical: {URL}\n");
        check(&good, &[]);
        check(
            &format!("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{good}-----BEGIN PGP SIGNATURE-----\nExpires: x\n"),
            &[],
        );
        check("Expires: 2027-03-01T00:00:00Z\n", &["no Contact"]);
        check("Contact: mailto:s@a\n", &["0 Expires"]);
        check(&format!("{good}Expires: 2027-03-01T00:00:00Z"), &["2 Expires"]);
        check("Contact: mailto:s@a\nExpires: 2026-11-25T09:00:00Z", &["it expired"]);
        check("Contact: mailto:s@a\nExpires: 2029-11-25T09:00:00Z", &["more than a year"]);
        check("Contact: mailto:s@a\nExpires: soon", &["no time"]);
        check("Contact: http://a\nExpires: 2027-03-01T00:00:00Z\nCanonical: https://b/", &["Canonical", "contact is not https"]);
    }
}
