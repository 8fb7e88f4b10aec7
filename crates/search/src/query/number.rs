/// A number as a query or a text value writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

// === impl Number ===

impl Number {
    /// Decimal numbers only: `inf` and `nan` are words.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let starts = text.bytes().find(|b| !matches!(b, b'-' | b'+' | b'.'))?;
        if !starts.is_ascii_digit() {
            return None;
        }
        if let Ok(int) = text.parse() {
            return Some(Self::Int(int));
        }
        text.parse().ok().filter(|float: &f64| float.is_finite()).map(Self::Float)
    }

    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }
}
