//! What stands between two metrics, and which series of a metric are the most extreme.
//!
//! Series meet those with the same labels, step by step; what is left without any value is no series.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use logql::{BinarySign, Grouping as By, Rank, SetSign};

use super::{LabelSeries, Labels, MetricValue, keeps};

pub(super) type Values = Vec<Option<f64>>;

pub(super) fn between(sign: BinarySign, left: MetricValue, right: MetricValue) -> MetricValue {
    match (left, right) {
        (MetricValue::Number(left), MetricValue::Number(right)) => MetricValue::Number(of_numbers(sign, left, right)),
        (MetricValue::Series(left), MetricValue::Number(right)) => each(left, |left| at_step(sign, left, right, left)),
        (MetricValue::Number(left), MetricValue::Series(right)) => each(right, |right| at_step(sign, left, right, right)),
        (MetricValue::Series(left), MetricValue::Series(right)) => MetricValue::Series(meet(sign, left, right)),
    }
}

fn each(series: Vec<LabelSeries>, apply: impl Fn(f64) -> Option<f64>) -> MetricValue {
    let apply = |one: LabelSeries| {
        let values = one.values.into_iter().map(|value| value.and_then(&apply)).collect();
        LabelSeries { labels: one.labels, values }
    };
    MetricValue::Series(with_values(series.into_iter().map(apply)))
}

/// A comparison of numbers leaves nothing out.
fn of_numbers(sign: BinarySign, left: f64, right: f64) -> f64 {
    match sign {
        BinarySign::Compare { sign, .. } => f64::from(u8::from(sign.holds(left, right))),
        sign => at_step(sign, left, right, left).unwrap_or(f64::NAN),
    }
}

/// `kept`: what is left of two values of which a comparison holds.
pub(super) fn at_step(sign: BinarySign, left: f64, right: f64, kept: f64) -> Option<f64> {
    match sign {
        BinarySign::Arithmetic(sign) => Some(sign.apply(left, right)),
        BinarySign::Compare { sign, as_bool: true } => Some(f64::from(u8::from(sign.holds(left, right)))),
        BinarySign::Compare { sign, as_bool: false } => sign.holds(left, right).then_some(kept),
        // The parser lets no number stand beside these.
        BinarySign::Set(_) => None,
    }
}

fn meet(sign: BinarySign, left: Vec<LabelSeries>, right: Vec<LabelSeries>) -> Vec<LabelSeries> {
    let BinarySign::Set(set) = sign else {
        let mut right: BTreeMap<Labels, Values> = by_labels(right);
        let meet = |LabelSeries { labels, values }| {
            let other = right.remove(&labels)?;
            let values = values.into_iter().zip(other).map(|(a, b)| at_step(sign, a?, b?, a?)).collect();
            Some(LabelSeries { labels, values })
        };
        return with_values(left.into_iter().filter_map(meet));
    };
    let mut left: BTreeMap<Labels, Values> = by_labels(left);
    let mut right: BTreeMap<Labels, Values> = by_labels(right);
    match set {
        SetSign::Or => {
            for (labels, values) in right {
                match left.entry(labels) {
                    Entry::Vacant(none) => drop(none.insert(values)),
                    Entry::Occupied(mut own) => {
                        own.get_mut().iter_mut().zip(values).for_each(|(own, other)| *own = own.or(other));
                    }
                }
            }
        }
        SetSign::And | SetSign::Unless => {
            for (labels, values) in &mut left {
                let other = right.remove(labels).unwrap_or_default();
                for (step, value) in values.iter_mut().enumerate() {
                    let has_partner = other.get(step).copied().flatten().is_some();
                    if has_partner != (set == SetSign::And) {
                        *value = None;
                    }
                }
            }
        }
    }
    with_values(left.into_iter().map(|(labels, values)| LabelSeries { labels, values }))
}

/// At each step the `count` series of each group with the greatest or least values; of equals those whose labels come first.
pub(super) fn ranked(rank: Rank, count: usize, grouping: &By, mut series: Vec<LabelSeries>) -> Vec<LabelSeries> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    let mut groups: BTreeMap<Labels, Vec<LabelSeries>> = BTreeMap::new();
    for one in series {
        let labels = one.labels.iter().filter(|(name, _)| keeps(grouping, name));
        groups.entry(labels.map(|(name, text)| (name.clone(), text.clone())).collect()).or_default().push(one);
    }
    let mut all = Vec::new();
    for mut group in groups.into_values() {
        let steps = group.first().map_or(0, |one| one.values.len());
        for step in 0..steps {
            let values = group.iter().enumerate().filter_map(|(at, one)| Some((at, one.values[step]?)));
            let mut values: Vec<(usize, f64)> = values.collect();
            if values.len() <= count {
                continue;
            }
            // What is no number comes last.
            values.sort_by(|(_, a), (_, b)| {
                let ordered = if rank == Rank::Top { b.total_cmp(a) } else { a.total_cmp(b) };
                a.is_nan().cmp(&b.is_nan()).then(ordered)
            });
            values.iter().skip(count).for_each(|(at, _)| group[*at].values[step] = None);
        }
        all.append(&mut group);
    }
    with_values(all.into_iter())
}

fn by_labels(series: Vec<LabelSeries>) -> BTreeMap<Labels, Values> {
    series.into_iter().map(|one| (one.labels, one.values)).collect()
}

pub(super) fn with_values(series: impl Iterator<Item = LabelSeries>) -> Vec<LabelSeries> {
    series.filter(|one| one.values.iter().any(Option::is_some)).collect()
}

#[cfg(test)]
mod tests {
    use logql::{Arithmetic, Sign};

    use super::*;

    fn one(labels: &[(&str, &str)], values: &[Option<f64>]) -> LabelSeries {
        let labels = labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        LabelSeries { labels, values: values.to_vec() }
    }

    fn series(all: &[LabelSeries]) -> MetricValue {
        MetricValue::Series(all.to_vec())
    }

    #[test]
    fn arithmetic_meets_the_same_labels() {
        let left = series(&[one(&[("a", "1")], &[Some(6.0), Some(1.0)]), one(&[], &[Some(1.0), None])]);
        let right = series(&[one(&[("a", "1")], &[Some(2.0), None])]);
        let divide = BinarySign::Arithmetic(Arithmetic::Divide);
        assert_eq!(between(divide, left.clone(), right), series(&[one(&[("a", "1")], &[Some(3.0), None])]));
        let doubled = between(BinarySign::Arithmetic(Arithmetic::Multiply), MetricValue::Number(2.0), left);
        assert_eq!(doubled, series(&[one(&[("a", "1")], &[Some(12.0), Some(2.0)]), one(&[], &[Some(2.0), None])]));
    }

    #[test]
    fn a_comparison_leaves_out_or_says_so() {
        let left = || series(&[one(&[("a", "1")], &[Some(6.0), Some(1.0)]), one(&[], &[Some(1.0), None])]);
        let greater = |as_bool| BinarySign::Compare { sign: Sign::Greater, as_bool };
        let five = || MetricValue::Number(5.0);
        assert_eq!(between(greater(false), left(), five()), series(&[one(&[("a", "1")], &[Some(6.0), None])]));
        let said = series(&[one(&[("a", "1")], &[Some(1.0), Some(0.0)]), one(&[], &[Some(0.0), None])]);
        assert_eq!(between(greater(true), left(), five()), said);
        // The series' own value is kept, on whichever side it stands.
        let kept = series(&[one(&[("a", "1")], &[None, Some(1.0)]), one(&[], &[Some(1.0), None])]);
        assert_eq!(between(greater(false), five(), left()), kept);
        assert_eq!(between(greater(false), five(), MetricValue::Number(1.0)), MetricValue::Number(1.0));
        let other = series(&[one(&[("a", "1")], &[Some(5.0), Some(5.0)])]);
        assert_eq!(between(greater(false), left(), other), series(&[one(&[("a", "1")], &[Some(6.0), None])]));
    }

    #[test]
    fn sets_are_made_step_by_step() {
        let left = || series(&[one(&[("a", "1")], &[Some(1.0), None]), one(&[("a", "2")], &[Some(2.0), Some(2.0)])]);
        let right = || series(&[one(&[("a", "1")], &[Some(7.0), Some(8.0)]), one(&[("a", "3")], &[None, Some(9.0)])]);
        let check = |sign, expected: &[LabelSeries]| {
            assert_eq!(between(BinarySign::Set(sign), left(), right()), series(expected), "{sign:?}");
        };
        check(SetSign::And, &[one(&[("a", "1")], &[Some(1.0), None])]);
        check(SetSign::Unless, &[one(&[("a", "2")], &[Some(2.0), Some(2.0)])]);
        let both = [
            one(&[("a", "1")], &[Some(1.0), Some(8.0)]),
            one(&[("a", "2")], &[Some(2.0), Some(2.0)]),
            one(&[("a", "3")], &[None, Some(9.0)]),
        ];
        check(SetSign::Or, &both);
    }

    #[test]
    fn the_most_extreme_of_each_group_are_left() {
        let all = || {
            vec![
                one(&[("a", "1"), ("b", "1")], &[Some(1.0), Some(f64::NAN)]),
                one(&[("a", "1"), ("b", "2")], &[Some(3.0), Some(5.0)]),
                one(&[("a", "2"), ("b", "3")], &[Some(2.0), None]),
            ]
        };
        let whole = By::By(Vec::new());
        let top = ranked(Rank::Top, 1, &whole, all());
        assert_eq!(top, [one(&[("a", "1"), ("b", "2")], &[Some(3.0), Some(5.0)])]);
        let bottom = ranked(Rank::Bottom, 1, &whole, all());
        let least = [one(&[("a", "1"), ("b", "1")], &[Some(1.0), None]), one(&[("a", "1"), ("b", "2")], &[None, Some(5.0)])];
        assert_eq!(bottom, least);
        let by = ranked(Rank::Top, 1, &By::By(vec!["a".to_owned()]), all());
        assert_eq!(
            by,
            [one(&[("a", "1"), ("b", "2")], &[Some(3.0), Some(5.0)]), one(&[("a", "2"), ("b", "3")], &[Some(2.0), None])]
        );
    }
}
