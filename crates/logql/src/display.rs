//! A query as a text of its own language that reads back to the same query.

use std::fmt::{self, Write as _};

use crate::captures::Captures;
use crate::extract::Extraction;
use crate::series::{
    Arithmetic, BinarySign, Fold, Grouping, Many, Matching, Metric, Order, RangeAggregation, RangeFunction, Rank, SetSign,
    Unwrap, UnwrapUnit,
};
use crate::tree::{
    Assigned, Chosen, LabelFilter, LineFilter, Matcher, Pattern, Pipeline, Quantity, Query, Sign, Stage, TextTest,
};
use crate::units::duration_text;

fn name_of<T: PartialEq + Copy>(known: &[(&'static str, T)], wanted: T) -> &'static str {
    known.iter().find_map(|(name, value)| (*value == wanted).then_some(*name)).unwrap_or_default()
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logs(pipeline) => pipeline.fmt(f),
            Self::Metric(metric) => metric.fmt(f),
        }
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (at, matcher) in self.matchers.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            matcher.fmt(f)?;
        }
        f.write_char('}')?;
        self.stages.iter().try_for_each(|stage| write!(f, " {stage}"))
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.test)
    }
}

impl fmt::Display for TextTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, text) = match self {
            Self::Equals(text) => ("=", &**text),
            Self::Differs(text) => ("!=", &**text),
            Self::Matches(pattern) => ("=~", pattern.as_str()),
            Self::Misses(pattern) => ("!~", pattern.as_str()),
        };
        f.write_str(sign)?;
        quoted(f, text)
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.test.as_ref().map_or(Ok(()), |test| test.fmt(f))
    }
}

/// `a="x", b="y"`
fn assigned<'t>(f: &mut fmt::Formatter<'_>, all: impl Iterator<Item = (&'t String, &'t str)>) -> fmt::Result {
    for (at, (name, text)) in all.enumerate() {
        write!(f, "{}{name}=", if at > 0 { ", " } else { "" })?;
        quoted(f, text)?;
    }
    Ok(())
}

fn listed<T: fmt::Display>(f: &mut fmt::Formatter<'_>, all: &[T]) -> fmt::Result {
    all.iter().enumerate().try_for_each(|(at, one)| write!(f, "{}{one}", if at > 0 { ", " } else { "" }))
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(filter) => filter.fmt(f),
            Self::Labels(filter) => write!(f, "| {filter}"),
            Self::Json => f.write_str("| json"),
            Self::Logfmt => f.write_str("| logfmt"),
            Self::Unpack => f.write_str("| unpack"),
            Self::Captures(captures) => {
                f.write_str(match captures {
                    Captures::Regexp(_) => "| regexp ",
                    Captures::Pattern(_) => "| pattern ",
                })?;
                quoted(f, captures.as_str())
            }
            Self::Extract(Extraction::Json(all)) => {
                f.write_str("| json ")?;
                assigned(f, all.iter().map(|(label, path)| (label, path.as_str())))
            }
            Self::Extract(Extraction::Logfmt(all)) => {
                f.write_str("| logfmt ")?;
                assigned(f, all.iter().map(|(label, key)| (label, key.as_str())))
            }
            Self::LineFormat(format) => {
                f.write_str("| line_format ")?;
                quoted(f, format.as_str())
            }
            Self::LabelFormat(all) => {
                f.write_str("| label_format ")?;
                for (at, (label, to)) in all.iter().enumerate() {
                    write!(f, "{}{label}=", if at > 0 { ", " } else { "" })?;
                    match to {
                        Assigned::Renamed(from) => f.write_str(from)?,
                        Assigned::Written(format) => quoted(f, format.as_str())?,
                    }
                }
                Ok(())
            }
            Self::Decolorize => f.write_str("| decolorize"),
            Self::Drop(all) => {
                f.write_str("| drop ")?;
                listed(f, all)
            }
            Self::Keep(all) => {
                f.write_str("| keep ")?;
                listed(f, all)
            }
        }
    }
}

impl fmt::Display for LineFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        let (sign, texts): (_, Vec<String>) = match self {
            Self::Contains(texts) => ("|=", texts.clone()),
            Self::Lacks(texts) => ("!=", texts.clone()),
            Self::Matches(all) => ("|~", patterns(all)),
            Self::Misses(all) => ("!~", patterns(all)),
        };
        f.write_str(sign)?;
        for (at, text) in texts.iter().enumerate() {
            f.write_str(if at > 0 { " or " } else { " " })?;
            quoted(f, text)?;
        }
        Ok(())
    }
}

impl fmt::Display for LabelFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(matcher) => matcher.fmt(f),
            Self::Compare { name, sign, to } => write!(f, "{name} {} {to}", name_of(&Sign::ALL, *sign)),
            Self::And(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    f.write_str(if at > 0 { " and " } else { "" })?;
                    match part {
                        Self::Or(_) => write!(f, "({part})")?,
                        Self::Text(_) | Self::Compare { .. } | Self::And(_) => part.fmt(f)?,
                    }
                }
                Ok(())
            }
            Self::Or(sides) => {
                for (at, side) in sides.iter().enumerate() {
                    f.write_str(if at > 0 { " or " } else { "" })?;
                    side.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Duration(nanos) => f.write_str(&duration_text(*nanos)),
            Self::Bytes(bytes) => write!(f, "{bytes}B"),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Vector(number) => write!(f, "vector({number})"),
            Self::Range(range) => range.fmt(f),
            Self::Fold { fold, grouping, of } => write!(f, "{}{grouping} ({of})", name_of(&Fold::ALL, *fold)),
            Self::Rank { rank, count, grouping, of } => {
                write!(f, "{}{grouping} ({count}, {of})", name_of(&Rank::ALL, *rank))
            }
            Self::Sorted(Order::Ascending, of) => write!(f, "sort({of})"),
            Self::Sorted(Order::Descending, of) => write!(f, "sort_desc({of})"),
            Self::LabelReplace(replaced) => {
                write!(f, "label_replace({}", replaced.of)?;
                for text in [&*replaced.to, &replaced.template, &replaced.from, replaced.pattern.as_str()] {
                    f.write_str(", ")?;
                    quoted(f, text)?;
                }
                f.write_char(')')
            }
            Self::Binary { sign, matching, left, right } => {
                operand(f, left, *sign, sign.binds_right())?;
                write!(f, " {sign} ")?;
                matching.as_ref().map_or(Ok(()), |matching| write!(f, "{matching} "))?;
                operand(f, right, *sign, !sign.binds_right())
            }
        }
    }
}

impl fmt::Display for RangeAggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&RangeFunction::ALL, self.function))?;
        match &self.grouping {
            // Of one series, which is something else than one for each stream.
            Some(Grouping::By(names)) if names.is_empty() => f.write_str(" by () ")?,
            Some(grouping) => write!(f, "{grouping} ")?,
            None => {}
        }
        f.write_char('(')?;
        self.quantile.map_or(Ok(()), |quantile| write!(f, "{quantile}, "))?;
        write!(f, "{}", self.pipeline)?;
        self.unwrap.as_ref().map_or(Ok(()), |unwrap| write!(f, " {unwrap}"))?;
        write!(f, " [{}]", duration_text(self.window))?;
        if self.offset != 0 {
            write!(f, " offset {}{}", if self.offset < 0 { "-" } else { "" }, duration_text(self.offset.saturating_abs()))?;
        }
        f.write_char(')')
    }
}

impl fmt::Display for Unwrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            UnwrapUnit::Number => write!(f, "| unwrap {}", self.label),
            UnwrapUnit::Seconds => write!(f, "| unwrap duration({})", self.label),
            UnwrapUnit::Bytes => write!(f, "| unwrap bytes({})", self.label),
        }
    }
}

impl fmt::Display for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            Grouping::By(names) => write!(f, "on ({})", names.join(", "))?,
            Grouping::Without(names) => write!(f, "ignoring ({})", names.join(", "))?,
        }
        match &self.many {
            None => Ok(()),
            Some(Many::Left(taken)) => write!(f, " group_left ({})", taken.join(", ")),
            Some(Many::Right(taken)) => write!(f, " group_right ({})", taken.join(", ")),
        }
    }
}

impl fmt::Display for BinarySign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arithmetic(sign) => f.write_str(name_of(&Arithmetic::ALL, *sign)),
            Self::Compare { sign, as_bool } => {
                write!(f, "{}{}", name_of(&Sign::ALL, *sign), if *as_bool { " bool" } else { "" })
            }
            Self::Set(sign) => f.write_str(name_of(&SetSign::ALL, *sign)),
        }
    }
}

/// In brackets where it would bind otherwise; `tight` where an equal would, too.
fn operand(f: &mut fmt::Formatter<'_>, metric: &Metric, outer: BinarySign, tight: bool) -> fmt::Result {
    match metric {
        Metric::Binary { sign, .. } if sign.binding() < outer.binding() || (tight && sign.binding() == outer.binding()) => {
            write!(f, "({metric})")
        }
        metric => fmt::Display::fmt(metric, f),
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(names) if names.is_empty() => Ok(()),
            Self::By(names) => write!(f, " by ({})", names.join(", ")),
            Self::Without(names) => write!(f, " without ({})", names.join(", ")),
        }
    }
}
