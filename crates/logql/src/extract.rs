//! Parameters of `json` and `logfmt`: which members of a line are which labels.

use crate::parser::Parser;
use crate::scan::{Parsed, Scan};

/// Labels, each with where it lies in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extraction {
    Json(Vec<(String, JsonPath)>),
    Logfmt(Vec<(String, String)>),
}

/// `http.headers[0]["x y"]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    steps: Vec<JsonStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonStep {
    Member(String),
    Element(usize),
}

// === impl Extraction ===

impl Extraction {
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let (json, logfmt) = match self {
            Self::Json(all) => (Some(all.iter().map(|(label, _)| label.as_str())), None),
            Self::Logfmt(all) => (None, Some(all.iter().map(|(label, _)| label.as_str()))),
        };
        json.into_iter().flatten().chain(logfmt.into_iter().flatten())
    }
}

// === impl JsonPath ===

impl JsonPath {
    /// An error is where in the text it stands.
    fn new(text: &str) -> Result<Self, usize> {
        let mut steps = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if let Some(inner) = rest.strip_prefix('[') {
                let mut scan = Scan { text, at: at + 1 };
                if scan.sees_string() {
                    steps.push(JsonStep::Member(scan.string().map_err(|error| error.at)?.0));
                } else {
                    let digits = inner.find(|c: char| !c.is_ascii_digit()).unwrap_or(inner.len());
                    steps.push(JsonStep::Element(inner[..digits].parse().map_err(|_| at + 1)?));
                    scan.at += digits;
                }
                if !scan.sees("]") {
                    return Err(scan.at);
                }
                at = scan.at + 1;
                continue;
            }
            let dot = usize::from(at > 0);
            let name = if at > 0 { rest.strip_prefix('.').ok_or(at)? } else { rest };
            let length = name.find(['.', '[', ']', '"']).unwrap_or(name.len());
            if length == 0 {
                return Err(at + dot);
            }
            steps.push(JsonStep::Member(name[..length].to_owned()));
            at += dot + length;
        }
        if steps.is_empty() { Err(0) } else { Ok(Self { text: text.to_owned(), steps }) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn steps(&self) -> &[JsonStep] {
        &self.steps
    }

    /// The dotted name of the field that it means, where it names no element.
    #[must_use]
    pub fn field(&self) -> Option<String> {
        let name = |step: &JsonStep| match step {
            JsonStep::Member(name) => Some(name.clone()),
            JsonStep::Element(_) => None,
        };
        Some(self.steps.iter().map(name).collect::<Option<Vec<_>>>()?.join("."))
    }
}

// === impl Parser ===

impl Parser<'_> {
    /// `a="x.y", b` behind `json`; none are no extraction.
    pub(crate) fn json_paths(&mut self) -> Parsed<Option<Extraction>> {
        let all = self.extracted()?;
        let path = |(label, text, span): (String, String, std::ops::Range<usize>)| {
            let path = JsonPath::new(&text).map_err(|at| {
                let end = text.ceil_char_boundary((at + 1).min(text.len()));
                let place = self.scan.within(&span, &text, Some(at..end));
                self.scan.error(place, "logql_invalid", format!("`{text}` is no path such as `a.b[0]`"))
            });
            Ok((label, path?))
        };
        let all = all.into_iter().map(path).collect::<Parsed<Vec<_>>>()?;
        Ok((!all.is_empty()).then_some(Extraction::Json(all)))
    }

    /// `a="b", c` behind `logfmt`; none are no extraction.
    pub(crate) fn logfmt_keys(&mut self) -> Parsed<Option<Extraction>> {
        let all: Vec<_> = self.extracted()?.into_iter().map(|(label, key, _)| (label, key)).collect();
        Ok((!all.is_empty()).then_some(Extraction::Logfmt(all)))
    }

    fn extracted(&mut self) -> Parsed<Vec<(String, String, std::ops::Range<usize>)>> {
        let mut all = Vec::new();
        while self.scan.peek_name().is_some() {
            let start = self.scan.at;
            let label = self.scan.name()?.to_owned();
            let named = start..start + label.len();
            self.count_term(named.clone())?;
            match self.scan.eat("=") {
                true => {
                    let (text, span) = self.scan.string()?;
                    all.push((label, text, span));
                }
                false => all.push((label.clone(), label, named)),
            }
            if !self.scan.eat(",") {
                break;
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_members_and_elements() {
        let steps = |text: &str| JsonPath::new(text).map(|path| path.steps);
        let member = |name: &str| JsonStep::Member(name.to_owned());
        assert_eq!(steps("a.b-c"), Ok(vec![member("a"), member("b-c")]));
        assert_eq!(steps("a[12][\"x.y\"].z"), Ok(vec![member("a"), JsonStep::Element(12), member("x.y"), member("z")]));
        assert_eq!(steps("[\"é\"]"), Ok(vec![member("é")]));
        let wrong = [("", 0), ("a.", 2), (".a", 0), ("a[", 2), ("a[x]", 2), ("a[0", 3), ("a[0]b", 4), ("a]", 1), ("a..b", 2)];
        for (text, at) in wrong {
            assert_eq!(steps(text), Err(at), "{text}");
        }
        assert_eq!(JsonPath::new("a[\"b\"].c").unwrap().field().as_deref(), Some("a.b.c"));
        assert_eq!(JsonPath::new("a[0]").unwrap().field(), None);
    }
}
