//! Filters of lines and of labels.

use crate::parser::Parser;
use crate::scan::Parsed;
use crate::tree::{LabelFilter, LineFilter, Matcher, Quantity, Reach, Sign};
use crate::units::{parse_bytes, parse_duration};

// === impl Parser ===

impl Parser<'_> {
    pub(crate) fn line_filter(&mut self) -> Parsed<Option<LineFilter>> {
        let start = self.scan.at;
        for pattern in ["|>", "!>"] {
            if self.scan.sees(pattern) {
                return Err(self.scan.unsupported(start..start + pattern.len(), pattern));
            }
        }
        let filter = if self.scan.eat("|=") {
            LineFilter::Contains(self.alternatives(|parser| Ok(parser.scan.string()?.0))?)
        } else if self.scan.eat("!=") {
            LineFilter::Lacks(self.alternatives(|parser| Ok(parser.scan.string()?.0))?)
        } else if self.scan.eat("|~") {
            LineFilter::Matches(self.alternatives(|parser| parser.pattern(Reach::Somewhere))?)
        } else if self.scan.eat("!~") {
            LineFilter::Misses(self.alternatives(|parser| parser.pattern(Reach::Somewhere))?)
        } else {
            return Ok(None);
        };
        Ok(Some(filter))
    }

    /// `"a" or "b"`
    fn alternatives<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut all = Vec::new();
        loop {
            let start = self.scan.at;
            if self.scan.peek_name() == Some("ip") {
                return Err(self.scan.unsupported(start..start + 2, "ip"));
            }
            all.push(one(self)?);
            self.count_term(start..self.scan.at)?;
            if !self.scan.eat_name("or") {
                return Ok(all);
            }
        }
    }

    /// `a="b" and (c > 5 or d =~ "e")`; a comma is an `and`, too.
    pub(crate) fn label_filter(&mut self, dropped: &[String]) -> Parsed<LabelFilter> {
        let mut sides = Vec::new();
        loop {
            match self.all_of(dropped)? {
                LabelFilter::Or(inner) => sides.extend(inner),
                side => sides.push(side),
            }
            if !self.scan.eat_name("or") {
                return Ok(if sides.len() == 1 { sides.remove(0) } else { LabelFilter::Or(sides) });
            }
        }
    }

    fn all_of(&mut self, dropped: &[String]) -> Parsed<LabelFilter> {
        let mut parts = Vec::new();
        loop {
            let part =
                if self.scan.sees("(") { self.nested(|parser| parser.label_filter(dropped))? } else { self.label_test(dropped)? };
            match part {
                LabelFilter::And(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if !self.scan.eat_name("and") && !self.scan.eat(",") {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { LabelFilter::And(parts) });
            }
        }
    }

    fn label_test(&mut self, dropped: &[String]) -> Parsed<LabelFilter> {
        let start = self.scan.at;
        let name = self.scan.name()?.to_owned();
        self.count_term(start..self.scan.at)?;
        if dropped.contains(&name) {
            return Err(self.scan.error(start..start + name.len(), "logql_invalid", format!("`{name}` was dropped before")));
        }
        let sign_at = self.scan.at;
        let sign = Sign::ALL.into_iter().find(|(text, _)| self.scan.sees(text));
        let sign = sign.or_else(|| (self.scan.sees("=") && !self.scan.sees("=~")).then_some(("=", Sign::Equal)));
        let Some((text, sign)) = sign else {
            let test = self.text_test()?;
            let test = test.ok_or_else(|| self.scan.unexpected("`=`, `!=`, `=~`, `!~`, `==`, `>`, `>=`, `<` or `<=`"))?;
            return Ok(LabelFilter::Text(Matcher { name, test }));
        };
        self.scan.eat(text);
        if self.scan.peek_name() == Some("ip") {
            return Err(self.scan.unsupported(self.scan.at..self.scan.at + 2, "ip"));
        }
        if self.scan.sees_string() {
            self.scan.at = sign_at;
            let test = self.text_test()?.ok_or_else(|| self.scan.unexpected("`=`, `!=`, `=~` or `!~` before a text"))?;
            return Ok(LabelFilter::Text(Matcher { name, test }));
        }
        Ok(LabelFilter::Compare { name, sign, to: self.comparable()? })
    }

    fn comparable(&mut self) -> Parsed<Quantity> {
        let minus = self.scan.eat("-");
        let (text, span) = self.scan.quantity()?;
        let factor = if minus { -1.0 } else { 1.0 };
        if let Some(number) = text.parse().ok().filter(|number: &f64| number.is_finite()) {
            return Ok(Quantity::Number(factor * number));
        }
        if !minus && let Some(nanos) = parse_duration(text) {
            return Ok(Quantity::Duration(nanos));
        }
        let size = parse_bytes(text).filter(|_| !minus && text.ends_with(['b', 'B']));
        size.map(Quantity::Bytes)
            .ok_or_else(|| self.scan.error(span, "logql_invalid", format!("`{text}` is no number, duration or size")))
    }
}
