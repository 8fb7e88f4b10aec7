//! Secrets in well-known shapes: a mark that says what it is, and as many characters of its alphabet as it has.
//!
//! Always holds: one pass finds the marks, and each mark is followed by a bounded look, by one that ends before the next mark,
//! or by one whose outcome counts for every mark that it went past: the time is linear in the text.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use identity::MaskKind;

use super::{Find, word_before};

/// What follows a mark.
enum Body {
    /// So many characters of an alphabet, at least and at most.
    Of(Alphabet, usize, usize),
    /// Two parts of so many characters, with a dot between.
    Dotted(usize, usize),
    /// Three parts with dots between.
    Jwt,
    /// `user:password` in base 64.
    Basic,
    /// Up to the end of the block.
    PrivateKey,
    /// `user:password@host`: the password.
    Address,
    /// A name's end, a separator, and a key of 40 characters.
    AwsSecret,
}

#[derive(Clone, Copy)]
enum Alphabet {
    Upper,
    Alphanumeric,
    /// With hyphen and underscore.
    Url,
    /// With hyphen, underscore, dot, tilde, plus, slash and equals sign.
    Token,
    /// The same with what stands for them in an address.
    Escaped,
}

struct Shape {
    mark: &'static str,
    what: &'static str,
    body: Body,
}

const fn shape(mark: &'static str, what: &'static str, body: Body) -> Shape {
    Shape { mark, what, body }
}

const AWS_KEY_ID: &str = "AWS key id";
const AWS_SECRET_KEY: &str = "AWS secret key";
const LONG: usize = 512;
/// How far a private key may go, and how far an address looks for its host.
const PRIVATE_KEY_BYTES_MAX: usize = 16 << 10;
const ADDRESS_BYTES_MAX: usize = 8 << 10;
const AWS_SECRET_CHARS: usize = 40;
const JWT_PART_CHARS_MIN: usize = 10;
const BASIC_CHARS_MIN: usize = 6;
/// Beyond so many the automaton looks at each byte instead of at many at once.
const SHAPES_MAX: usize = 64;

const SHAPES: &[Shape] = &[
    shape("bh_write_", "Blockhouse key", Body::Of(Alphabet::Alphanumeric, 33, 33)),
    shape("bh_read_", "Blockhouse key", Body::Of(Alphabet::Alphanumeric, 33, 33)),
    shape("bh_service_", "Blockhouse key", Body::Of(Alphabet::Alphanumeric, 33, 33)),
    shape("bh_session_", "Blockhouse session", Body::Of(Alphabet::Alphanumeric, 33, 33)),
    shape("bh_invitation_", "Blockhouse invitation", Body::Of(Alphabet::Alphanumeric, 33, 33)),
    shape("bh_forward_", "Blockhouse key", Body::Of(Alphabet::Alphanumeric, 64, 64)),
    shape("bh_stream_", "Blockhouse secret", Body::Of(Alphabet::Url, 32, LONG)),
    shape("bh_webhook_", "Blockhouse secret", Body::Of(Alphabet::Url, 32, LONG)),
    shape("__Host-blockhouse-device=", "Blockhouse device", Body::Of(Alphabet::Url, 60, LONG)),
    shape("AKIA", AWS_KEY_ID, Body::Of(Alphabet::Upper, 16, 16)),
    shape("ASIA", AWS_KEY_ID, Body::Of(Alphabet::Upper, 16, 16)),
    shape("aws_secret", AWS_SECRET_KEY, Body::AwsSecret),
    shape("AWS_SECRET", AWS_SECRET_KEY, Body::AwsSecret),
    shape("secretAccessKey", AWS_SECRET_KEY, Body::AwsSecret),
    shape("SecretAccessKey", AWS_SECRET_KEY, Body::AwsSecret),
    shape("ghp_", "GitHub token", Body::Of(Alphabet::Alphanumeric, 36, LONG)),
    shape("gho_", "GitHub token", Body::Of(Alphabet::Alphanumeric, 36, LONG)),
    shape("ghu_", "GitHub token", Body::Of(Alphabet::Alphanumeric, 36, LONG)),
    shape("ghs_", "GitHub token", Body::Of(Alphabet::Alphanumeric, 36, LONG)),
    shape("ghr_", "GitHub token", Body::Of(Alphabet::Alphanumeric, 36, LONG)),
    shape("github_pat_", "GitHub token", Body::Of(Alphabet::Url, 60, LONG)),
    shape("glpat-", "GitLab token", Body::Of(Alphabet::Token, 20, LONG)),
    shape("gldt-", "GitLab token", Body::Of(Alphabet::Token, 20, LONG)),
    shape("glrt-", "GitLab token", Body::Of(Alphabet::Token, 20, LONG)),
    shape("glptt-", "GitLab token", Body::Of(Alphabet::Token, 20, LONG)),
    shape("xoxb-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xoxp-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xoxa-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xoxr-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xoxs-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xoxe-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("xapp-", "Slack token", Body::Of(Alphabet::Url, 10, LONG)),
    shape("hooks.slack.com/services/", "Slack webhook", Body::Of(Alphabet::Token, 20, LONG)),
    shape("sk_live_", "Stripe key", Body::Of(Alphabet::Alphanumeric, 16, LONG)),
    shape("rk_live_", "Stripe key", Body::Of(Alphabet::Alphanumeric, 16, LONG)),
    shape("sk_test_", "Stripe key", Body::Of(Alphabet::Alphanumeric, 16, LONG)),
    shape("rk_test_", "Stripe key", Body::Of(Alphabet::Alphanumeric, 16, LONG)),
    shape("whsec_", "webhook secret", Body::Of(Alphabet::Token, 24, LONG)),
    shape("AIza", "Google API key", Body::Of(Alphabet::Url, 35, 35)),
    shape("ya29.", "Google token", Body::Of(Alphabet::Token, 20, LONG)),
    shape("GOCSPX-", "Google client secret", Body::Of(Alphabet::Url, 20, LONG)),
    shape("npm_", "npm token", Body::Of(Alphabet::Alphanumeric, 36, 36)),
    shape("pypi-AgEIcHlwaS5vcmc", "PyPI token", Body::Of(Alphabet::Url, 40, LONG)),
    shape("sk-ant-", "Anthropic key", Body::Of(Alphabet::Url, 20, LONG)),
    shape("sk-proj-", "OpenAI key", Body::Of(Alphabet::Url, 20, LONG)),
    shape("sk-", "OpenAI key", Body::Of(Alphabet::Alphanumeric, 48, 48)),
    shape("hf_", "Hugging Face token", Body::Of(Alphabet::Alphanumeric, 34, LONG)),
    shape("hvs.", "Vault token", Body::Of(Alphabet::Url, 24, LONG)),
    shape("SG.", "SendGrid key", Body::Dotted(22, 43)),
    shape("dckr_pat_", "Docker token", Body::Of(Alphabet::Url, 27, LONG)),
    shape("glsa_", "Grafana token", Body::Of(Alphabet::Url, 41, LONG)),
    shape("glc_", "Grafana token", Body::Of(Alphabet::Token, 32, LONG)),
    shape("shpat_", "Shopify token", Body::Of(Alphabet::Alphanumeric, 32, 32)),
    shape("AccountKey=", "Azure storage key", Body::Of(Alphabet::Token, 88, 88)),
    shape("sig=", "shared access signature", Body::Of(Alphabet::Escaped, 43, LONG)),
    shape("dop_v1_", "DigitalOcean token", Body::Of(Alphabet::Alphanumeric, 64, 64)),
    shape("AGE-SECRET-KEY-1", "age key", Body::Of(Alphabet::Upper, 58, 58)),
    shape("eyJ", "JWT", Body::Jwt),
    shape("-----BEGIN ", "private key", Body::PrivateKey),
    shape("Bearer ", "bearer token", Body::Of(Alphabet::Token, 20, LONG << 3)),
    shape("bearer ", "bearer token", Body::Of(Alphabet::Token, 20, LONG << 3)),
    shape("Basic ", "basic credentials", Body::Basic),
    shape("basic ", "basic credentials", Body::Basic),
    shape("://", "password", Body::Address),
];
const _: () = assert!(SHAPES.len() <= SHAPES_MAX);

/// The marks, as one automaton; without it, which cannot happen with a list that the tests build, nothing is stored.
static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(SHAPES.iter().map(|shape| shape.mark));
    built.expect("the marks are a short fixed list")
});

pub(super) fn find(text: &[u8], found: &mut Vec<Find>) {
    // Up to where no JWT begins: every mark in a run of its characters has the same end, and what is behind that.
    let (mut end, mut no_jwt_before) = (0, 0);
    for mark in MARKS.find_iter(text) {
        let shape = &SHAPES[mark.pattern().as_usize()];
        let is_jwt = matches!(shape.body, Body::Jwt);
        if mark.start() < end || is_jwt && mark.start() < no_jwt_before {
            continue;
        }
        let range = shape.range(text, mark.range());
        if is_jwt && range.is_none() {
            no_jwt_before = mark.end() + run(&text[mark.end()..], Alphabet::Url);
        }
        if let Some(range) = range {
            end = range.end;
            found.push(Find { range, kind: MaskKind::Secret, what: shape.what });
            // A key id is often followed by its secret, as in a line of a table.
            if shape.what == AWS_KEY_ID
                && let Some(secret) = aws_secret_in(&text[end..])
            {
                let range = end + secret.start..end + secret.end;
                end = range.end;
                found.push(Find { range, kind: MaskKind::Secret, what: AWS_SECRET_KEY });
            }
        }
    }
}

/// Whether a field of this name holds a secret that has no mark of its own.
pub(super) fn is_name(key: &[u8]) -> bool {
    let aws = |mark: &aho_corasick::Match| matches!(SHAPES[mark.pattern().as_usize()].body, Body::AwsSecret);
    MARKS.find_iter(key).any(|mark| aws(&mark))
}

/// What of such a field's text is to be masked.
pub(super) fn find_named(text: &[u8], found: &mut Vec<Find>) {
    if text.len() == AWS_SECRET_CHARS && text.iter().all(|byte| is_of_aws_secret(*byte)) {
        found.push(Find { range: 0..text.len(), kind: MaskKind::Secret, what: AWS_SECRET_KEY });
    }
}

/// Where one may start in a body.
pub(super) fn places(body: &[u8]) -> impl Iterator<Item = usize> {
    let likely = |mark: &aho_corasick::Match| {
        let shape = &SHAPES[mark.pattern().as_usize()];
        let rest = &body[mark.end()..];
        match shape.body {
            // Of an address most have no password. Where an escape cuts it off, it is looked at once that is undone.
            Body::Address => may_have_password(rest),
            // Short marks are in words too, as in `disk-full`. An escape within a body is a place of its own.
            Body::Of(alphabet, least, _) => !shape.goes_on(&body[..mark.start()]) && run_of(rest, alphabet, least) == least,
            _ => true,
        }
    };
    MARKS.find_iter(body).filter(likely).map(|mark| mark.end() - 1)
}

// === impl Shape ===

impl Shape {
    /// What to mask where the mark stands.
    fn range(&self, text: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
        let rest = &text[mark.end..];
        match self.body {
            Body::Of(..) | Body::Dotted(..) | Body::Basic if self.goes_on(&text[..mark.start]) => None,
            Body::Of(alphabet, least, most) => {
                let count = run_of(rest, alphabet, most + 1);
                let exact = least == most && count > most;
                let named = self.mark.ends_with([' ', '=', '/']);
                let start = if named { mark.end } else { mark.start };
                (count >= least && !exact).then_some(start..mark.end + count.min(most))
            }
            Body::Dotted(first, second) => {
                let end = mark.end + first + 1 + second;
                let parts = [run_of(rest, Alphabet::Url, first + 1), run_of(rest.get(first + 1..)?, Alphabet::Url, second + 1)];
                (parts == [first, second] && rest[first] == b'.').then_some(mark.start..end)
            }
            Body::Basic => basic(rest).map(|length| mark.end..mark.end + length),
            Body::Jwt => jwt(rest).map(|length| mark.start..mark.end + length),
            Body::PrivateKey => private_key(&text[mark.start..]).map(|length| mark.start..mark.start + length),
            Body::Address => password(rest).map(|inner| mark.end + inner.start..mark.end + inner.end),
            Body::AwsSecret => aws_secret(rest).map(|inner| mark.end + inner.start..mark.end + inner.end),
        }
    }

    /// Whether the mark goes on with a word, as in `TASKIA` or base 64.
    fn goes_on(&self, before: &[u8]) -> bool {
        self.mark.as_bytes()[0].is_ascii_alphanumeric() && word_before(before).last().is_some_and(u8::is_ascii_alphanumeric)
    }
}

// === impl Alphabet ===

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || b"-_".contains(&byte),
            Self::Token => byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte),
            Self::Escaped => byte.is_ascii_alphanumeric() || b"-_.~+/=%".contains(&byte),
        }
    }
}

/// How many characters of an alphabet a text begins with.
fn run(text: &[u8], alphabet: Alphabet) -> usize {
    run_of(text, alphabet, text.len())
}

/// The same of at most so many.
fn run_of(text: &[u8], alphabet: Alphabet, most: usize) -> usize {
    text.iter().take(most).take_while(|byte| alphabet.has(**byte)).count()
}

/// How long the credentials are: only what reads as `user:password` is taken for some, since words follow the mark too.
fn basic(rest: &[u8]) -> Option<usize> {
    let (mut text, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in rest.iter().take(LONG).map_while(|byte| base64_digit(*byte)) {
        bits = bits << 6 | digit;
        count += 1;
        if count % 4 != 1 {
            text.push((bits >> (6 - 2 * ((count - 1) % 4))) as u8);
        }
    }
    let padding = rest[count..].iter().take(2).take_while(|byte| **byte == b'=').count();
    let text = std::str::from_utf8(&text).ok().filter(|_| count >= BASIC_CHARS_MIN)?;
    (text.contains(':') && !text.contains(char::is_control)).then_some(count + padding)
}

/// Of either alphabet of RFC 4648.
fn base64_digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

fn jwt(rest: &[u8]) -> Option<usize> {
    let header = run(rest, Alphabet::Url);
    let claims = header + 1;
    if header < JWT_PART_CHARS_MIN || !rest[header..].starts_with(b".eyJ") {
        return None;
    }
    let claims_end = claims + run(&rest[claims..], Alphabet::Url);
    let signature = rest.get(claims_end).filter(|byte| **byte == b'.').map(|_| run(&rest[claims_end + 1..], Alphabet::Url))?;
    (signature >= JWT_PART_CHARS_MIN).then_some(claims_end + 1 + signature)
}

/// `-----BEGIN … PRIVATE KEY…-----` and what follows; without an end all of it that may be one.
fn private_key(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(PRIVATE_KEY_BYTES_MAX)];
    let head = &text[..text.len().min(64)];
    memchr::memmem::find(head, b"PRIVATE KEY")?;
    let begun = memchr::memmem::find(&head[11..], b"-----").map(|at| at + 16)?;
    let end = memchr::memmem::find(&text[begun..], b"-----END ").map(|at| begun + at);
    let end = end.and_then(|end| memchr::memmem::find(&text[end + 9..], b"-----").map(|at| end + 9 + at + 5));
    Some(end.unwrap_or(text.len()))
}

fn password(rest: &[u8]) -> Option<Range<usize>> {
    let authority = authority(rest);
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    (colon + 1 < at).then_some(colon + 1..at)
}

/// Whether there is one, or an escape hides what it ends with.
fn may_have_password(rest: &[u8]) -> bool {
    password(rest).is_some() || rest.get(authority(rest).len()) == Some(&b'\\')
}

/// What stands before the path. No mark of an address is in it, so each byte is looked at once.
fn authority(rest: &[u8]) -> &[u8] {
    let rest = &rest[..rest.len().min(ADDRESS_BYTES_MAX)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\[]{}".contains(byte);
    &rest[..rest.iter().position(ends).unwrap_or(rest.len())]
}

/// `_access_key = "…"` and the like.
fn aws_secret(rest: &[u8]) -> Option<Range<usize>> {
    let named = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    aws_secret_in(&rest[named..]).map(|secret| named + secret.start..named + secret.end)
}

/// A key of 40 characters behind a few marks that set it off.
fn aws_secret_in(rest: &[u8]) -> Option<Range<usize>> {
    let marks = |byte: &&u8| byte.is_ascii_whitespace() || b"\"'`:=>\\,;|".contains(byte);
    let start = rest.iter().take(8).take_while(marks).count();
    let count = rest[start..].iter().take(AWS_SECRET_CHARS + 1).take_while(|byte| is_of_aws_secret(**byte)).count();
    (start > 0 && count == AWS_SECRET_CHARS).then_some(start..start + count)
}

fn is_of_aws_secret(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}
