//! JSON numbers: what an `i64` or an `f64` holds without loss of digits, and the rest as the text that was sent.

use super::error::{Fault, ShredReason};

/// Decimal digits that an `f64` is trusted with.
const FLOAT_DIGITS_MAX: usize = 17;
/// Powers of ten that are exact in an `f64`.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
    /// Neither type holds it to the last digit.
    Raw,
}

/// The digits before the point.
struct Whole {
    negative: bool,
    /// Wraps where there are more than 19 digits.
    value: u64,
    digits: usize,
}

/// Reads the number that starts at `start` and says where it ends.
#[inline]
pub(super) fn number(text: &str, start: usize) -> Result<(Number, usize), Fault> {
    let bytes = text.as_bytes();
    let negative = bytes.get(start) == Some(&b'-');
    let first = start + usize::from(negative);
    let (value, end) = digits(bytes, first, 0);
    let whole = Whole { negative, value, digits: end - first };
    if whole.digits == 0 {
        return Err(bad(bytes, end));
    }
    if whole.digits > 1 && bytes[first] == b'0' {
        return Err(bad(bytes, first + 1));
    }
    match bytes.get(end) {
        Some(b'.' | b'e' | b'E') => decimal(text, start, &whole, end),
        Some(_) | None => Ok((whole.integer(), end)),
    }
}

#[inline]
fn digits(bytes: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(digit) = bytes.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (value, at)
}

fn decimal(text: &str, start: usize, whole: &Whole, mut at: usize) -> Result<(Number, usize), Fault> {
    let bytes = text.as_bytes();
    let (mut mantissa, mut count, mut exponent) = (whole.value, whole.digits, 0_i64);
    if bytes.get(at) == Some(&b'.') {
        let (value, end) = digits(bytes, at + 1, mantissa);
        let fraction = end - at - 1;
        if fraction == 0 {
            return Err(bad(bytes, end));
        }
        (mantissa, count, exponent, at) = (value, count + fraction, -(fraction as i64), end);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = bytes.get(at + 1).copied();
        let first = at + 1 + usize::from(matches!(sign, Some(b'+' | b'-')));
        let (value, end) = digits(bytes, first, 0);
        if end == first {
            return Err(bad(bytes, end));
        }
        // Anything this large is outside the fast path, whatever it wrapped to.
        let value = if end - first > 9 { 999_999_999 } else { value as i64 };
        exponent += if sign == Some(b'-') { -value } else { value };
        at = end;
    }
    let raw = &text[start..at];
    if count > FLOAT_DIGITS_MAX && significant(raw) > FLOAT_DIGITS_MAX {
        return Ok((Number::Raw, at));
    }
    let magnitude = match usize::try_from(exponent.unsigned_abs()).ok().and_then(|e| TENS.get(e)) {
        // Both operands are exact, so the one rounding is right (Clinger's fast path).
        Some(ten) if mantissa < 1 << 53 => match exponent {
            ..0 => mantissa as f64 / ten,
            0.. => mantissa as f64 * ten,
        },
        Some(_) | None => match raw.parse::<f64>() {
            Ok(value) => value.abs(),
            Err(_) => return Ok((Number::Raw, at)),
        },
    };
    // A subnormal has fewer digits than were sent, and zero has none.
    if !magnitude.is_finite() || (mantissa != 0 && !magnitude.is_normal()) {
        return Ok((Number::Raw, at));
    }
    Ok((Number::Float(if whole.negative { -magnitude } else { magnitude }), at))
}

/// Digits of the mantissa without leading zeros.
fn significant(raw: &str) -> usize {
    let mantissa = raw.split(['e', 'E']).next().unwrap_or_default();
    mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|b| *b == b'0').count()
}

#[cold]
fn bad(bytes: &[u8], at: usize) -> Fault {
    let reason = if at >= bytes.len() { ShredReason::Truncated } else { ShredReason::BadNumber };
    Fault { at, reason }
}

// === impl Whole ===

impl Whole {
    #[inline]
    fn integer(&self) -> Number {
        // No 19 digits wrap a u64.
        if self.digits > 19 {
            return Number::Raw;
        }
        match (self.negative, self.value) {
            (true, 0) => Number::Raw,
            (true, value) => 0_i64.checked_sub_unsigned(value).map_or(Number::Raw, Number::Int),
            (false, value) => i64::try_from(value).map_or(Number::Raw, Number::Int),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Number) {
        assert_eq!(number(text, 0), Ok((expected, text.len())), "{text}");
        assert_eq!(number(&format!("[{text}]"), 1), Ok((expected, text.len() + 1)), "{text}");
    }

    #[test]
    fn integers_that_fit_are_integers_and_larger_ones_stay_text() {
        check("0", Number::Int(0));
        check("-1", Number::Int(-1));
        check("9223372036854775807", Number::Int(i64::MAX));
        check("-9223372036854775808", Number::Int(i64::MIN));
        check("9223372036854775808", Number::Raw);
        check("-9223372036854775809", Number::Raw);
        check("18446744073709551616", Number::Raw);
        check("100000000000000000000000000000001", Number::Raw);
        check("-0", Number::Raw);
    }

    #[test]
    fn decimals_are_floats_as_far_as_their_digits_go() {
        check("0.1", Number::Float(0.1));
        check("-12.5", Number::Float(-12.5));
        check("1e3", Number::Float(1000.0));
        check("1E-2", Number::Float(0.01));
        check("1.7976931348623157e308", Number::Float(f64::MAX));
        check("0.12345678901234567", Number::Float(0.12345678901234567));
        check("0.000000000000000000000000001", Number::Float(1e-27));
        check("0.123456789012345678", Number::Raw);
        check("1e309", Number::Raw);
        check("1e-400", Number::Raw);
        check("4.9e-324", Number::Raw);
        check("1e99999999999999999999", Number::Raw);
        check("0e99999999999999999999", Number::Float(0.0));
    }

    #[test]
    fn what_json_does_not_allow_is_refused_where_it_goes_wrong() {
        for (text, at) in [("01", 1), ("-x", 1), ("1.x", 2), ("1.e5", 2), ("1ex", 2), ("1e+x", 3), ("-00", 2)] {
            assert_eq!(number(text, 0), Err(Fault { at, reason: ShredReason::BadNumber }), "{text}");
        }
        for text in ["-", "1.", "1e", "1e-"] {
            assert_eq!(number(text, 0), Err(Fault { at: text.len(), reason: ShredReason::Truncated }), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_float_is_what_the_standard_library_reads(text in "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?") {
            let (value, end) = number(&text, 0).unwrap();
            assert_eq!(end, text.len());
            match value {
                Number::Int(value) => assert_eq!(value.to_string(), text),
                Number::Float(value) => assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}"),
                Number::Raw => {}
            }
        }
    }
}
