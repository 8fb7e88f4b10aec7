//! Tokens: the unit in which text is indexed and in which a search for words meets it.
//!
//! A token is a maximal run of ASCII letters, digits and `_`, and of bytes from 0x80 on, so a non-ASCII letter never
//! ends one. Always holds: whoever writes an index and whoever asks it cut and fold text here, and only here.
//! Folds ASCII letters to lower case and nothing else; a search that ignores case beyond ASCII must not ask for such tokens.

/// Longer tokens are folded on the heap.
const FOLDED_ON_STACK: usize = 64;

/// The folded form of each byte of a token; 0 for a byte that ends one.
static FOLDED: [u8; 256] = folded();

const fn folded() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || b == b'_' || !b.is_ascii() {
            table[byte] = b.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
}

/// Whether the byte can be part of a token.
#[must_use]
pub fn is_token_byte(byte: u8) -> bool {
    FOLDED[usize::from(byte)] != 0
}

/// Calls `f` with every token of `text`, folded, in order and with repetitions.
pub fn for_each_token(text: &[u8], mut f: impl FnMut(&[u8])) {
    let mut at = 0;
    while let Some(skipped) = text[at..].iter().position(|&b| is_token_byte(b)) {
        let start = at + skipped;
        let mut changed = 0;
        at = start;
        while let Some(&byte) = text.get(at) {
            let folded = FOLDED[usize::from(byte)];
            if folded == 0 {
                break;
            }
            changed |= folded ^ byte;
            at += 1;
        }
        let token = &text[start..at];
        if changed == 0 {
            f(token);
        } else if token.len() <= FOLDED_ON_STACK {
            let mut lower = [0; FOLDED_ON_STACK];
            let lower = &mut lower[..token.len()];
            lower.copy_from_slice(token);
            lower.make_ascii_lowercase();
            f(lower);
        } else {
            f(&token.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut tokens = Vec::new();
        for_each_token(text.as_bytes(), |token| tokens.push(String::from_utf8(token.to_vec()).unwrap()));
        assert_eq!(tokens, expected, "{text}");
    }

    #[test]
    fn letters_digits_and_underscores_hold_together() {
        check("GET /api/v1/user_list?id=42 HTTP/1.1", &["get", "api", "v1", "user_list", "id", "42", "http", "1", "1"]);
        check("", &[]);
        check(" -- ", &[]);
        check("one", &["one"]);
        check("[Timeout]", &["timeout"]);
    }

    #[test]
    fn only_ascii_is_folded_and_other_letters_do_not_end_a_token() {
        check("Größe ÉTÉ x", &["größe", "ÉtÉ", "x"]);
        check("naïve—dash", &["naïve—dash"]);
    }

    #[test]
    fn a_long_token_is_folded_whole() {
        let long = "Ab".repeat(100);
        check(&long, &[&long.to_lowercase()]);
    }
}
