//! A query as a text of its own language that reads back to the same query.

use std::fmt::{self, Write as _};

use crate::captures::Captures;
use crate::tree::{
    Arithmetic, BinarySign, Fold, Grouping, LabelFilter, LineFilter, Matcher, Metric, Pattern, Pipeline, Quantity, Query,
    RangeFunction, Rank, SetSign, Sign, Stage, TextTest,
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
        let (sign, text) = match &self.test {
            TextTest::Equals(text) => ("=", &**text),
            TextTest::Differs(text) => ("!=", &**text),
            TextTest::Matches(pattern) => ("=~", pattern.as_str()),
            TextTest::Misses(pattern) => ("!~", pattern.as_str()),
        };
        write!(f, "{}{sign}", self.name)?;
        quoted(f, text)
    }
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
            Self::Drop(names) => write!(f, "| drop {}", names.join(", ")),
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
            Self::Range { function, pipeline, window, offset } => {
                write!(f, "{}({pipeline} [{}]", name_of(&RangeFunction::ALL, *function), duration_text(*window))?;
                if *offset != 0 {
                    write!(f, " offset {}{}", if *offset < 0 { "-" } else { "" }, duration_text(offset.saturating_abs()))?;
                }
                f.write_char(')')
            }
            Self::Fold { fold, grouping, of } => write!(f, "{}{grouping} ({of})", name_of(&Fold::ALL, *fold)),
            Self::Rank { rank, count, grouping, of } => {
                write!(f, "{}{grouping} ({count}, {of})", name_of(&Rank::ALL, *rank))
            }
            Self::Binary { sign, left, right } => {
                operand(f, left, *sign, sign.binds_right())?;
                write!(f, " {sign} ")?;
                operand(f, right, *sign, !sign.binds_right())
            }
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
