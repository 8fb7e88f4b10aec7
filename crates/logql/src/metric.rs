//! Numbers over time: functions over a range, what folds series together or chooses among them, and what stands between two.

use model::limits;

use crate::parser::{Parser, Ranged};
use crate::scan::Parsed;
use crate::series::{
    Arithmetic, BinarySign, Fold, Grouping, LabelReplacement, Many, Matching, Metric, Order, RangeAggregation, RangeFunction,
    Rank, SetSign,
};
use crate::tree::{Reach, Sign};
use crate::units::parse_duration;

/// Functions that there are, and are not done here.
const OTHER_FUNCTIONS: [&str; 5] = ["rate_counter", "approx_topk", "count_values", "quantile", "variants"];

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
            let matching = self.matching(sign)?;
            let right_at = self.scan.at;
            let right = self.binary(if sign.binds_right() { sign.binding() } else { sign.binding() + 1 })?;
            if matches!(sign, BinarySign::Set(_)) && (left.is_number() || right.is_number()) {
                let span = if left.is_number() { at..at + text.len() } else { right_at..self.scan.at };
                return Err(self.scan.error(span, "logql_invalid", format!("`{text}` stands between series, not numbers")));
            }
            left = Metric::Binary { sign, matching, left: Box::new(left), right: Box::new(right) };
        }
    }

    /// `on (a) group_left (b)`, `ignoring (c)`
    fn matching(&mut self, sign: BinarySign) -> Parsed<Option<Matching>> {
        let start = self.scan.at;
        let on = self.scan.eat_name("on");
        if !on && !self.scan.eat_name("ignoring") {
            return match self.scan.peek_name() {
                Some(name @ ("group_left" | "group_right")) => {
                    let message = format!("`{name}` stands behind `on` or `ignoring`");
                    Err(self.scan.error(start..start + name.len(), "logql_invalid", message))
                }
                _ => Ok(None),
            };
        }
        let names = self.label_names()?;
        let group_at = self.scan.at;
        let left = self.scan.eat_name("group_left");
        let many = if left || self.scan.eat_name("group_right") {
            if matches!(sign, BinarySign::Set(_)) {
                let message = "no grouping allowed for set operations";
                return Err(self.scan.error(group_at..self.scan.at, "logql_invalid", message));
            }
            let taken = if self.scan.sees("(") { self.label_names()? } else { Vec::new() };
            Some(if left { Many::Left(taken) } else { Many::Right(taken) })
        } else {
            None
        };
        Ok(Some(Matching { by: if on { Grouping::By(names) } else { Grouping::Without(names) }, many }))
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
            "sort" | "sort_desc" => {
                self.scan.eat_name(name);
                let order = if name == "sort" { Order::Ascending } else { Order::Descending };
                Ok(Metric::Sorted(order, Box::new(self.nested(Self::series)?)))
            }
            "label_replace" => {
                self.scan.eat_name(name);
                self.nested(Self::label_replacement)
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
        let names = self.label_names()?;
        Ok(Some(if by { Grouping::By(names) } else { Grouping::Without(names) }))
    }

    /// `(a, b)`
    fn label_names(&mut self) -> Parsed<Vec<String>> {
        self.nested(|parser| {
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
        })
    }

    /// `of, "to", "$1", "from", "pattern"`
    fn label_replacement(&mut self) -> Parsed<Metric> {
        let of = self.series()?;
        self.scan.expect(",")?;
        let to = self.label_text()?;
        self.scan.expect(",")?;
        let template = self.scan.string()?.0;
        self.scan.expect(",")?;
        let from = self.label_text()?;
        self.scan.expect(",")?;
        let pattern = self.pattern(Reach::Whole)?;
        Ok(Metric::LabelReplace(Box::new(LabelReplacement { of, to, template, from, pattern })))
    }

    /// A label's name in quotes.
    fn label_text(&mut self) -> Parsed<String> {
        let (text, span) = self.scan.string()?;
        let is_name = !text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && (1..=limits::FIELD_NAME_BYTES_MAX).contains(&text.len());
        match is_name {
            true => Ok(text),
            false => Err(self.scan.error(span, "logql_invalid", format!("`{text}` is no name of a label"))),
        }
    }

    fn range(&mut self, function: RangeFunction) -> Parsed<Metric> {
        let start = self.scan.at;
        let before = self.grouping()?;
        let (quantile, Ranged { pipeline, unwrap, .. }, window, offset) = self.nested(|parser| {
            let quantile = match function {
                RangeFunction::QuantileOverTime => {
                    let quantile = parser.number()?;
                    parser.scan.expect(",")?;
                    Some(quantile)
                }
                _ => None,
            };
            // The selector may stand in brackets of its own, the window behind them.
            if !parser.scan.sees("(") {
                let ranged = parser.pipeline()?;
                let window = ranged.window.ok_or_else(|| parser.scan.unexpected("a range such as `[5m]`"))?;
                return Ok((quantile, ranged, window, parser.offset()?));
            }
            let ranged = parser.nested(Self::pipeline)?;
            let outer = parser.window()?;
            let window = ranged.window.xor(outer).ok_or_else(|| parser.scan.unexpected("one range such as `[5m]`"))?;
            Ok((quantile, ranged, window, parser.offset()?))
        })?;
        let whole = start..self.scan.at;
        let (of_numbers, of_records) = function.takes();
        if (unwrap.is_some() && !of_numbers) || (unwrap.is_none() && !of_records) {
            let message =
                if unwrap.is_some() { "this function is not of an unwrapped label" } else { "this function needs an `unwrap`" };
            return Err(self.scan.error(whole, "logql_invalid", message));
        }
        let at = self.scan.at;
        let after = self.grouping()?;
        let behind = at..self.scan.at;
        if before.is_some() && after.is_some() {
            return Err(self.scan.error(behind, "logql_invalid", "this is grouped twice"));
        }
        let grouping = before.or(after);
        if grouping.is_some() && !function.groups() {
            let message = "grouping is not allowed for this function; fold it: `sum by (a) (…)`";
            return Err(self.scan.error(whole.start..self.scan.at, "logql_invalid", message));
        }
        Ok(Metric::Range(Box::new(RangeAggregation { function, quantile, pipeline, unwrap, window, offset, grouping })))
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
