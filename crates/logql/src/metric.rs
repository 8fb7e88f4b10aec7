//! Numbers over time: functions over a range, what folds series together or chooses among them, and what stands between two.

use model::limits;

use crate::parser::Parser;
use crate::scan::Parsed;
use crate::tree::{Arithmetic, BinarySign, Fold, Grouping, Metric, RangeFunction, Rank, SetSign, Sign};
use crate::units::parse_duration;

/// Functions that there are, and are not done here.
const OTHER_FUNCTIONS: [&str; 20] = [
    "rate_counter",
    "sum_over_time",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "first_over_time",
    "last_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "quantile_over_time",
    "absent_over_time",
    "approx_topk",
    "stddev",
    "stdvar",
    "sort",
    "sort_desc",
    "label_replace",
    "count_values",
    "quantile",
    "variants",
];

/// Which labels series meet by; nothing but all of them is done here.
const MATCHING: [&str; 4] = ["on", "ignoring", "group_left", "group_right"];

// === impl Parser ===

impl Parser<'_> {
    pub(crate) fn metric(&mut self) -> Parsed<Metric> {
        self.binary(1)
    }

    /// What binds at least this tightly.
    fn binary(&mut self, binding: u8) -> Parsed<Metric> {
        let mut left = self.operand()?;
        loop {
            let at = self.scan.at;
            let Some((text, sign)) = self.peek_sign() else { return Ok(left) };
            if sign.binding() < binding {
                return Ok(left);
            }
            self.operators += 1;
            if self.operators > limits::QUERY_DEPTH_MAX {
                let message = format!("a query has at most {} operators", limits::QUERY_DEPTH_MAX);
                return Err(self.scan.error(at..at + text.len(), "query_too_deep", message));
            }
            self.scan.eat(text);
            let sign = match sign {
                BinarySign::Compare { sign, .. } => BinarySign::Compare { sign, as_bool: self.scan.eat_name("bool") },
                sign => sign,
            };
            if let Some(name) = self.scan.peek_name().filter(|name| MATCHING.contains(name)) {
                return Err(self.scan.unsupported(self.scan.at..self.scan.at + name.len(), name));
            }
            let right_at = self.scan.at;
            let right = self.binary(if sign.binds_right() { sign.binding() } else { sign.binding() + 1 })?;
            if matches!(sign, BinarySign::Set(_)) && (left.is_number() || right.is_number()) {
                let span = if left.is_number() { at..at + text.len() } else { right_at..self.scan.at };
                return Err(self.scan.error(span, "logql_invalid", format!("`{text}` stands between series, not numbers")));
            }
            left = Metric::Binary { sign, left: Box::new(left), right: Box::new(right) };
        }
    }

    /// The sign that stands here, and is left standing.
    fn peek_sign(&self) -> Option<(&'static str, BinarySign)> {
        let compares = Sign::ALL.into_iter().find(|(text, _)| self.scan.sees(text));
        if let Some((text, sign)) = compares {
            return Some((text, BinarySign::Compare { sign, as_bool: false }));
        }
        if let Some(name) = self.scan.peek_name() {
            let (text, sign) = SetSign::ALL.into_iter().find(|(text, _)| *text == name)?;
            return Some((text, BinarySign::Set(sign)));
        }
        let (text, sign) = Arithmetic::ALL.into_iter().find(|(text, _)| self.scan.sees(text))?;
        Some((text, BinarySign::Arithmetic(sign)))
    }

    fn operand(&mut self) -> Parsed<Metric> {
        let start = self.scan.at;
        if self.scan.sees("(") {
            return self.nested(Self::metric);
        }
        let Some(name) = self.scan.peek_name() else { return Ok(Metric::Number(self.number()?)) };
        self.count_term(start..start + name.len())?;
        if let Some((_, fold)) = Fold::ALL.into_iter().find(|(known, _)| *known == name) {
            self.scan.eat_name(name);
            return self.fold(fold);
        }
        if let Some((_, rank)) = Rank::ALL.into_iter().find(|(known, _)| *known == name) {
            self.scan.eat_name(name);
            return self.rank(rank);
        }
        if let Some((_, function)) = RangeFunction::ALL.into_iter().find(|(known, _)| *known == name) {
            self.scan.eat_name(name);
            return self.range(function);
        }
        let span = start..start + name.len();
        match name {
            "vector" => {
                self.scan.eat_name(name);
                Ok(Metric::Vector(self.nested(Self::number)?))
            }
            other if OTHER_FUNCTIONS.contains(&other) => Err(self.scan.unsupported(span, other)),
            _ => Err(self.scan.unexpected("a stream selector, a number or a function")),
        }
    }

    fn number(&mut self) -> Parsed<f64> {
        let minus = self.scan.eat("-");
        if !minus {
            self.scan.eat("+");
        }
        let (text, span) = self.scan.quantity()?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        let number = number.ok_or_else(|| self.scan.error(span, "logql_invalid", format!("`{text}` is no number")))?;
        Ok(if minus { -number } else { number })
    }

    fn fold(&mut self, fold: Fold) -> Parsed<Metric> {
        let (grouping, of) = self.grouped(Self::series)?;
        Ok(Metric::Fold { fold, grouping, of: Box::new(of) })
    }

    fn rank(&mut self, rank: Rank) -> Parsed<Metric> {
        let (grouping, (count, of)) = self.grouped(|parser| {
            let (text, span) = parser.scan.quantity()?;
            let count = text.parse().ok().filter(|count: &usize| (1..=limits::METRIC_SERIES_MAX).contains(count));
            let wanted = || format!("`{text}` is no whole number from 1 to {}", limits::METRIC_SERIES_MAX);
            let count = count.ok_or_else(|| parser.scan.error(span, "logql_invalid", wanted()))?;
            parser.scan.expect(",")?;
            Ok((count, parser.series()?))
        })?;
        Ok(Metric::Rank { rank, count, grouping, of: Box::new(of) })
    }

    /// A metric that is no number.
    fn series(&mut self) -> Parsed<Metric> {
        let start = self.scan.at;
        let of = self.metric()?;
        match of.is_number() {
            true => Err(self.scan.error(start..self.scan.at, "logql_invalid", "a number has no series to fold")),
            false => Ok(of),
        }
    }

    /// What stands in brackets, with what it is grouped by before or behind them.
    fn grouped<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<(Grouping, T)> {
        let before = self.grouping()?;
        let of = self.nested(inner)?;
        let at = self.scan.at;
        let after = self.grouping()?;
        if before.is_some() && after.is_some() {
            return Err(self.scan.error(at..self.scan.at, "logql_invalid", "this is grouped twice"));
        }
        Ok((before.or(after).unwrap_or(Grouping::By(Vec::new())), of))
    }

    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let by = self.scan.eat_name("by");
        if !by && !self.scan.eat_name("without") {
            return Ok(None);
        }
        let names = self.nested(|parser| {
            let mut names: Vec<String> = Vec::new();
            while !parser.scan.sees(")") {
                let start = parser.scan.at;
                let name = parser.scan.name()?.to_owned();
                parser.count_term(start..parser.scan.at)?;
                if !names.contains(&name) {
                    names.push(name);
                }
                if !parser.scan.eat(",") && !parser.scan.sees(")") {
                    return Err(parser.scan.unexpected("`,` or `)`"));
                }
            }
            Ok(names)
        })?;
        Ok(Some(if by { Grouping::By(names) } else { Grouping::Without(names) }))
    }

    fn range(&mut self, function: RangeFunction) -> Parsed<Metric> {
        let (pipeline, window, offset) = self.nested(|parser| {
            // The selector may stand in brackets of its own, the window behind them.
            if !parser.scan.sees("(") {
                let (pipeline, window) = parser.pipeline()?;
                let window = window.ok_or_else(|| parser.scan.unexpected("a range such as `[5m]`"))?;
                return Ok((pipeline, window, parser.offset()?));
            }
            let (pipeline, inner) = parser.nested(Self::pipeline)?;
            let outer = parser.window()?;
            let window = inner.xor(outer).ok_or_else(|| parser.scan.unexpected("one range such as `[5m]`"))?;
            Ok((pipeline, window, parser.offset()?))
        })?;
        if matches!(self.scan.peek_name(), Some("by" | "without")) {
            let (at, name) = (self.scan.at, self.scan.peek_name().unwrap_or_default());
            return Err(self.scan.unsupported(at..at + name.len(), &format!("{name} of a function over a range")));
        }
        Ok(Metric::Range { function, pipeline, window, offset })
    }

    /// `offset 1h`, behind all else of a range.
    fn offset(&mut self) -> Parsed<i64> {
        if !self.scan.eat_name("offset") {
            return Ok(0);
        }
        let minus = self.scan.eat("-");
        let (text, span) = self.scan.quantity()?;
        let offset = parse_duration(text);
        let offset = offset.ok_or_else(|| self.scan.error(span, "logql_invalid", format!("`{text}` is no duration")))?;
        Ok(if minus { -offset } else { offset })
    }
}
