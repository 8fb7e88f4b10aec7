//! Numbers over time: functions over a range, what folds series together, arithmetic.

use model::limits;

use crate::parser::Parser;
use crate::scan::Parsed;
use crate::tree::{Arithmetic, Fold, Grouping, Metric, RangeFunction};

/// Functions that there are, and are not done here.
const OTHER_FUNCTIONS: [&str; 22] = [
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
    "topk",
    "bottomk",
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

// === impl Parser ===

impl Parser<'_> {
    pub(crate) fn metric(&mut self) -> Parsed<Metric> {
        self.arithmetic(1)
    }

    /// What binds at least this tightly.
    fn arithmetic(&mut self, binding: u8) -> Parsed<Metric> {
        let mut left = self.operand()?;
        loop {
            let at = self.scan.at;
            let Some((text, sign)) = Arithmetic::ALL.into_iter().find(|(text, _)| self.scan.sees(text)) else {
                return Ok(left);
            };
            if sign.binding() < binding {
                return Ok(left);
            }
            self.operators += 1;
            if self.operators > limits::QUERY_DEPTH_MAX {
                let message = format!("a query has at most {} operators", limits::QUERY_DEPTH_MAX);
                return Err(self.scan.error(at..at + text.len(), "query_too_deep", message));
            }
            self.scan.eat(text);
            // Of equals the left one binds first, but for powers.
            let next = if sign == Arithmetic::Power { sign.binding() } else { sign.binding() + 1 };
            let right = self.arithmetic(next)?;
            left = Metric::Arithmetic { sign, left: Box::new(left), right: Box::new(right) };
        }
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
        let before = self.grouping()?;
        let inner = self.scan.at;
        let of = self.nested(Self::metric)?;
        if of.is_number() {
            return Err(self.scan.error(inner..self.scan.at, "logql_invalid", "a number has no series to fold"));
        }
        let at = self.scan.at;
        let after = self.grouping()?;
        if before.is_some() && after.is_some() {
            return Err(self.scan.error(at..self.scan.at, "logql_invalid", "this is grouped twice"));
        }
        let grouping = before.or(after).unwrap_or(Grouping::By(Vec::new()));
        Ok(Metric::Fold { fold, grouping, of: Box::new(of) })
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
        let (pipeline, window) = self.nested(|parser| {
            // The selector may stand in brackets of its own, the window behind them.
            if !parser.scan.sees("(") {
                let (pipeline, window) = parser.pipeline()?;
                let window = window.ok_or_else(|| parser.scan.unexpected("a range such as `[5m]`"))?;
                return Ok((pipeline, window));
            }
            let (pipeline, inner) = parser.nested(Self::pipeline)?;
            let outer = parser.window()?;
            let window = inner.xor(outer).ok_or_else(|| parser.scan.unexpected("one range such as `[5m]`"))?;
            Ok((pipeline, window))
        })?;
        if matches!(self.scan.peek_name(), Some("by" | "without")) {
            let (at, name) = (self.scan.at, self.scan.peek_name().unwrap_or_default());
            return Err(self.scan.unsupported(at..at + name.len(), &format!("{name} of a function over a range")));
        }
        Ok(Metric::Range { function, pipeline, window })
    }
}
