//! What a metric says: numbers over time.

use crate::tree::{Pattern, Pipeline, Sign};

/// Numbers over time.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    Number(f64),
    /// One series without labels.
    Vector(f64),
    Range(Box<RangeAggregation>),
    Fold {
        fold: Fold,
        grouping: Grouping,
        of: Box<Metric>,
    },
    /// The series of each group with the most extreme values, at each step.
    Rank {
        rank: Rank,
        /// At least 1.
        count: usize,
        grouping: Grouping,
        of: Box<Metric>,
    },
    /// By the values of the first moment.
    Sorted(Order, Box<Metric>),
    LabelReplace(Box<LabelReplacement>),
    Binary {
        sign: BinarySign,
        /// How series meet; without it where all their labels are the same.
        matching: Option<Matching>,
        left: Box<Metric>,
        right: Box<Metric>,
    },
}

/// A function over what lies in a window of time.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeAggregation {
    pub function: RangeFunction,
    /// Of `quantile_over_time` alone.
    pub quantile: Option<f64>,
    pub pipeline: Pipeline,
    /// The label whose numbers are meant, and not the records.
    pub unwrap: Option<Unwrap>,
    /// Nanoseconds, more than 0.
    pub window: i64,
    /// Nanoseconds that it looks farther back; of what is to come where it is less than 0.
    pub offset: i64,
    pub grouping: Option<Grouping>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrap {
    pub label: String,
    pub unit: UnwrapUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnwrapUnit {
    Number,
    /// Of a duration.
    Seconds,
    Bytes,
}

/// `label_replace(of, to, template, from, pattern)`
#[derive(Debug, Clone, PartialEq)]
pub struct LabelReplacement {
    pub of: Metric,
    pub to: String,
    /// With `$1` for what the pattern's groups match.
    pub template: String,
    pub from: String,
    pub pattern: Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// Which labels series meet by: `on` those, or on all but those that are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    pub by: Grouping,
    pub many: Option<Many>,
}

/// On which side several series may meet one, and the labels that they take over from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Many {
    Left(Vec<String>),
    Right(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeFunction {
    CountOverTime,
    Rate,
    BytesOverTime,
    BytesRate,
    SumOverTime,
    AvgOverTime,
    MinOverTime,
    MaxOverTime,
    StddevOverTime,
    StdvarOverTime,
    QuantileOverTime,
    FirstOverTime,
    LastOverTime,
    /// 1 where there is nothing.
    AbsentOverTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Sum,
    Min,
    Max,
    Avg,
    Count,
    Stddev,
    Stdvar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    Top,
    Bottom,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grouping {
    By(Vec<String>),
    Without(Vec<String>),
}

/// What stands between two metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinarySign {
    Arithmetic(Arithmetic),
    /// What does not hold is left out; `as_bool`: 1 or 0 instead. Of two numbers always that.
    Compare {
        sign: Sign,
        as_bool: bool,
    },
    Set(SetSign),
}

/// Of series at a step: those that have a partner, those of both sides, those that have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetSign {
    And,
    Or,
    Unless,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

// === impl LabelReplacement ===

impl LabelReplacement {
    /// What the label becomes that `from` is the text of; `None` where it stays.
    #[must_use]
    pub fn write(&self, from: &str) -> Option<String> {
        self.pattern.expand(from, &self.template)
    }

    /// That is at most this long, whatever the groups match.
    #[must_use]
    pub fn bytes_max(&self, from: &str) -> usize {
        let groups = self.template.bytes().filter(|byte| *byte == b'$').count();
        self.template.len().saturating_add(groups.saturating_mul(from.len()))
    }
}

// === impl Metric ===

impl Metric {
    /// Whether it is one number at every time, without labels.
    #[must_use]
    pub fn is_number(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Binary { left, right, .. } => left.is_number() && right.is_number(),
            Self::Vector(_)
            | Self::Range(_)
            | Self::Fold { .. }
            | Self::Rank { .. }
            | Self::Sorted(..)
            | Self::LabelReplace(_) => false,
        }
    }
}

// === impl RangeFunction ===

impl RangeFunction {
    pub(crate) const ALL: [(&'static str, Self); 14] = [
        ("count_over_time", Self::CountOverTime),
        ("rate", Self::Rate),
        ("bytes_over_time", Self::BytesOverTime),
        ("bytes_rate", Self::BytesRate),
        ("sum_over_time", Self::SumOverTime),
        ("avg_over_time", Self::AvgOverTime),
        ("min_over_time", Self::MinOverTime),
        ("max_over_time", Self::MaxOverTime),
        ("stddev_over_time", Self::StddevOverTime),
        ("stdvar_over_time", Self::StdvarOverTime),
        ("quantile_over_time", Self::QuantileOverTime),
        ("first_over_time", Self::FirstOverTime),
        ("last_over_time", Self::LastOverTime),
        ("absent_over_time", Self::AbsentOverTime),
    ];

    /// Whether it can be of a label's numbers, and whether of records.
    pub(crate) fn takes(self) -> (bool, bool) {
        match self {
            Self::Rate | Self::AbsentOverTime => (true, true),
            Self::CountOverTime | Self::BytesOverTime | Self::BytesRate => (false, true),
            Self::SumOverTime
            | Self::AvgOverTime
            | Self::MinOverTime
            | Self::MaxOverTime
            | Self::StddevOverTime
            | Self::StdvarOverTime
            | Self::QuantileOverTime
            | Self::FirstOverTime
            | Self::LastOverTime => (true, false),
        }
    }

    /// Whether series can be made by labels of its own; those of sums are made by what folds around it.
    pub(crate) fn groups(self) -> bool {
        match self {
            Self::AvgOverTime
            | Self::MinOverTime
            | Self::MaxOverTime
            | Self::StddevOverTime
            | Self::StdvarOverTime
            | Self::QuantileOverTime
            | Self::FirstOverTime
            | Self::LastOverTime => true,
            Self::CountOverTime
            | Self::Rate
            | Self::BytesOverTime
            | Self::BytesRate
            | Self::SumOverTime
            | Self::AbsentOverTime => false,
        }
    }
}

// === impl Fold ===

impl Fold {
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("sum", Self::Sum),
        ("min", Self::Min),
        ("max", Self::Max),
        ("avg", Self::Avg),
        ("count", Self::Count),
        ("stddev", Self::Stddev),
        ("stdvar", Self::Stdvar),
    ];
}

// === impl Rank ===

impl Rank {
    pub(crate) const ALL: [(&'static str, Self); 2] = [("topk", Self::Top), ("bottomk", Self::Bottom)];
}

// === impl SetSign ===

impl SetSign {
    pub(crate) const ALL: [(&'static str, Self); 3] = [("and", Self::And), ("or", Self::Or), ("unless", Self::Unless)];
}

// === impl BinarySign ===

impl BinarySign {
    /// What binds tighter is greater.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::Set(SetSign::Or) => 1,
            Self::Set(SetSign::And | SetSign::Unless) => 2,
            Self::Compare { .. } => 3,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 4,
            Self::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo) => 5,
            Self::Arithmetic(Arithmetic::Power) => 6,
        }
    }

    /// Of equals the left one binds first, but for powers.
    pub(crate) fn binds_right(self) -> bool {
        self == Self::Arithmetic(Arithmetic::Power)
    }
}

// === impl Arithmetic ===

impl Arithmetic {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Modulo),
        ("^", Self::Power),
    ];

    #[must_use]
    pub fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
        }
    }
}
