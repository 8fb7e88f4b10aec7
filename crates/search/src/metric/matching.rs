//! Series that meet by some of their labels: `on`, `ignoring`, and `group_left` or `group_right` where one meets several.
//!
//! Always holds: at each step a series meets at most one other, and where that is not so the answer is an error.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use logql::{BinarySign, Grouping as By, Many, Matching, SetSign};
use model::limits;

use super::binary::{Values, at_step, with_values};
use super::{LabelSeries, Labels, keeps, label_bytes};
use crate::cancel::Cancel;
use crate::grouped::GroupError;
use crate::scan::ScanError;

/// The labels that both sides have to be told apart by.
pub(super) fn named(matching: &Matching) -> Vec<String> {
    let by = match &matching.by {
        By::By(names) => names.clone(),
        By::Without(_) => Vec::new(),
    };
    let taken = match &matching.many {
        Some(Many::Left(names) | Many::Right(names)) => names.clone(),
        None => Vec::new(),
    };
    by.into_iter().chain(taken).collect()
}

/// Which series of the side that is one has a number at a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Partner {
    None,
    One(usize),
    Several,
}

/// The side that is one, of one set of common labels.
struct Ones {
    series: Vec<LabelSeries>,
    at: Vec<Partner>,
}

pub(super) fn meet(
    sign: BinarySign,
    matching: &Matching,
    left: Vec<LabelSeries>,
    right: Vec<LabelSeries>,
    cancel: &Cancel,
) -> Result<Vec<LabelSeries>, GroupError> {
    if let BinarySign::Set(set) = sign {
        return Ok(sets(set, &matching.by, left, right));
    }
    let swapped = matches!(matching.many, Some(Many::Right(_)));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut ones: BTreeMap<Labels, Ones> = BTreeMap::new();
    for series in one {
        ones.entry(common(&matching.by, &series.labels)).or_insert_with(|| Ones::new(series.values.len())).add(series);
    }
    let mut met = Met::default();
    for series in many {
        cancel.check().map_err(ScanError::from)?;
        let common = common(&matching.by, &series.labels);
        let Some(ones) = ones.get(&common) else { continue };
        // By the place of the one that a number met.
        let mut found: BTreeMap<usize, Values> = BTreeMap::new();
        for (step, own) in series.values.iter().enumerate() {
            let Some(own) = *own else { continue };
            let place = match ones.at[step] {
                Partner::None => continue,
                Partner::One(place) => place,
                Partner::Several => {
                    return Err(GroupError::Matches("several series of the side that is one meet the same series"));
                }
            };
            let Some(other) = ones.series[place].values[step] else { continue };
            let (left, right) = if swapped { (other, own) } else { (own, other) };
            if let Some(number) = at_step(sign, left, right, left) {
                let values = match found.entry(place) {
                    Entry::Occupied(values) => values.into_mut(),
                    Entry::Vacant(none) => none.insert(met.one_more(series.values.len())?),
                };
                values[step] = Some(number);
            }
        }
        for (place, values) in found {
            met.add(result(matching, &common, &series.labels, &ones.series[place].labels), values)?;
        }
    }
    Ok(with_values(met.all.into_iter().map(|(labels, values)| LabelSeries { labels, values })))
}

/// What was found, within the bounds of an answer.
#[derive(Default)]
struct Met {
    all: BTreeMap<Labels, Values>,
    count: usize,
    cells: usize,
    label_bytes: usize,
}

// === impl Ones ===

impl Ones {
    fn new(steps: usize) -> Self {
        Self { series: Vec::new(), at: vec![Partner::None; steps] }
    }

    fn add(&mut self, series: LabelSeries) {
        for (at, _) in self.at.iter_mut().zip(&series.values).filter(|(_, value)| value.is_some()) {
            *at = if *at == Partner::None { Partner::One(self.series.len()) } else { Partner::Several };
        }
        self.series.push(series);
    }
}

// === impl Met ===

impl Met {
    /// Numbers of one series more.
    fn one_more(&mut self, steps: usize) -> Result<Values, GroupError> {
        self.count += 1;
        self.cells += steps;
        if self.count > limits::METRIC_SERIES_MAX {
            return Err(GroupError::TooManyGroups(limits::METRIC_SERIES_MAX));
        }
        if self.cells > limits::METRIC_CELLS_MAX {
            return Err(GroupError::TooManyCells);
        }
        Ok(vec![None; steps])
    }

    fn add(&mut self, labels: Labels, found: Values) -> Result<(), GroupError> {
        self.label_bytes += label_bytes(&labels);
        if self.label_bytes > limits::PAGE_BYTES_MAX {
            return Err(GroupError::TooMuchText);
        }
        let values = match self.all.entry(labels) {
            Entry::Vacant(none) => {
                none.insert(found);
                return Ok(());
            }
            Entry::Occupied(values) => values.into_mut(),
        };
        for (value, found) in values.iter_mut().zip(found) {
            if value.is_some() && found.is_some() {
                let message = "many-to-one matching must be explicit (group_left or group_right), and its labels unique";
                return Err(GroupError::Matches(message));
            }
            *value = value.or(found);
        }
        Ok(())
    }
}

/// The labels that a pair meets by.
fn common(by: &By, labels: &Labels) -> Labels {
    labels.iter().filter(|(name, _)| keeps(by, name)).map(|(name, text)| (name.clone(), text.clone())).collect()
}

fn result(matching: &Matching, common: &Labels, many: &Labels, one: &Labels) -> Labels {
    let Some(Many::Left(taken) | Many::Right(taken)) = &matching.many else { return common.clone() };
    let mut labels = many.clone();
    for name in taken {
        match one.get(name) {
            Some(text) => drop(labels.insert(name.clone(), text.clone())),
            None => drop(labels.remove(name)),
        }
    }
    labels
}

fn sets(set: SetSign, by: &By, left: Vec<LabelSeries>, right: Vec<LabelSeries>) -> Vec<LabelSeries> {
    let steps = left.iter().chain(&right).map(|one| one.values.len()).max().unwrap_or_default();
    let presence = |side: &[LabelSeries]| {
        let mut there: BTreeMap<Labels, Vec<bool>> = BTreeMap::new();
        for one in side {
            let known = there.entry(common(by, &one.labels)).or_insert_with(|| vec![false; steps]);
            known.iter_mut().zip(&one.values).for_each(|(known, value)| *known |= value.is_some());
        }
        there
    };
    let without = |side: Vec<LabelSeries>, other: &BTreeMap<Labels, Vec<bool>>, wanted: bool| -> Vec<LabelSeries> {
        let left_out = |mut one: LabelSeries| {
            let there = other.get(&common(by, &one.labels));
            for (step, value) in one.values.iter_mut().enumerate() {
                if there.is_some_and(|there| there[step]) != wanted {
                    *value = None;
                }
            }
            one
        };
        side.into_iter().map(left_out).collect()
    };
    let all = match set {
        SetSign::And => without(left, &presence(&right), true),
        SetSign::Unless => without(left, &presence(&right), false),
        SetSign::Or => {
            let others = without(right, &presence(&left), false);
            let mut all: BTreeMap<Labels, Values> = BTreeMap::new();
            for one in left.into_iter().chain(others) {
                let values = all.entry(one.labels).or_insert_with(|| vec![None; steps]);
                values.iter_mut().zip(one.values).for_each(|(known, value)| *known = known.or(value));
            }
            all.into_iter().map(|(labels, values)| LabelSeries { labels, values }).collect()
        }
    };
    with_values(all.into_iter())
}

#[cfg(test)]
mod tests {
    use logql::{Arithmetic, Metric, Query, Sign};

    use super::*;

    fn one(labels: &[(&str, &str)], values: &[Option<f64>]) -> LabelSeries {
        let labels = labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        LabelSeries { labels, values: values.to_vec() }
    }

    fn matching(text: &str) -> Matching {
        let query = Query::parse(&format!("vector(1) / {text} vector(1)"));
        let Ok(Query::Metric(Metric::Binary { matching: Some(matching), .. })) = query else { panic!("{text}") };
        matching
    }

    fn errors() -> Vec<LabelSeries> {
        vec![
            one(&[("app", "a"), ("level", "error")], &[Some(1.0), Some(2.0)]),
            one(&[("app", "a"), ("level", "warn")], &[Some(3.0), None]),
            one(&[("app", "b"), ("level", "error")], &[Some(5.0), None]),
        ]
    }

    fn totals() -> Vec<LabelSeries> {
        vec![one(&[("app", "a"), ("team", "x")], &[Some(10.0), Some(10.0)]), one(&[("app", "c")], &[Some(1.0), None])]
    }

    fn meet(
        sign: BinarySign,
        matching: &Matching,
        left: Vec<LabelSeries>,
        right: Vec<LabelSeries>,
    ) -> Result<Vec<LabelSeries>, GroupError> {
        super::meet(sign, matching, left, right, &Cancel::default())
    }

    const DIVIDE: BinarySign = BinarySign::Arithmetic(Arithmetic::Divide);

    #[test]
    fn one_meets_one_by_the_labels_that_are_said() {
        let by = matching("on (app)");
        let left = errors().into_iter().skip(1).collect::<Vec<_>>();
        assert_eq!(meet(DIVIDE, &by, left, totals()).unwrap(), [one(&[("app", "a")], &[Some(0.3), None])]);
        let by = matching("ignoring (level, team)");
        let left = errors().into_iter().take(1).collect::<Vec<_>>();
        assert_eq!(meet(DIVIDE, &by, left, totals()).unwrap(), [one(&[("app", "a")], &[Some(0.1), Some(0.2)])]);
        assert!(matches!(meet(DIVIDE, &matching("on (app)"), errors(), totals()), Err(GroupError::Matches(_))));
        assert!(matches!(meet(DIVIDE, &matching("on (app)"), totals(), errors()), Err(GroupError::Matches(_))));
    }

    #[test]
    fn several_meet_one_where_that_is_said() {
        let expected = [
            one(&[("app", "a"), ("level", "error"), ("team", "x")], &[Some(0.1), Some(0.2)]),
            one(&[("app", "a"), ("level", "warn"), ("team", "x")], &[Some(0.3), None]),
        ];
        assert_eq!(meet(DIVIDE, &matching("on (app) group_left (team)"), errors(), totals()).unwrap(), expected);
        let right = meet(DIVIDE, &matching("on (app) group_right (team)"), totals(), errors()).unwrap();
        assert_eq!(right[1], one(&[("app", "a"), ("level", "warn"), ("team", "x")], &[Some(10.0 / 3.0), None]));
        let greater = BinarySign::Compare { sign: Sign::Greater, as_bool: false };
        let kept = meet(greater, &matching("on (app) group_right"), totals(), errors()).unwrap();
        assert_eq!(kept[0], one(&[("app", "a"), ("level", "error")], &[Some(10.0), Some(10.0)]));
    }

    #[test]
    fn what_meets_is_bounded() {
        // Two sides of many series meet through one label, each series another one at each step.
        let side = |name: &str, count: usize| -> Vec<LabelSeries> {
            let at = |one: usize| (0..501).map(|step| (step == one).then_some(1.0)).collect::<Vec<_>>();
            (0..count).map(|place| one(&[("app", "a"), (name, &format!("{place}"))], &at(place))).collect()
        };
        let by = matching("on (app) group_left (b)");
        let whole = |name: &str| one(&[("app", "a"), (name, "x")], &[Some(1.0); 501]);
        assert_eq!(meet(DIVIDE, &by, vec![whole("a")], side("b", 500)).map(|met| met.len()).ok(), Some(500));
        assert!(matches!(meet(DIVIDE, &by, vec![whole("a")], side("b", 501)), Err(GroupError::TooManyGroups(500))));
        let long = "x".repeat(limits::PAGE_BYTES_MAX / 2);
        let many = vec![one(&[("app", "a"), ("n", "1")], &[Some(1.0)]), one(&[("app", "a"), ("n", "2")], &[Some(1.0)])];
        let longs = vec![one(&[("app", "a"), ("b", &long)], &[Some(1.0)])];
        assert!(matches!(meet(DIVIDE, &by, many, longs), Err(GroupError::TooMuchText)));
        let cancel = Cancel::default();
        cancel.stop(crate::cancel::Cancelled::Abandoned);
        assert!(matches!(super::meet(DIVIDE, &by, errors(), totals(), &cancel), Err(GroupError::Scan(_))));
    }

    #[test]
    fn sets_meet_by_the_labels_that_are_said() {
        let on = matching("on (app)");
        let and = meet(BinarySign::Set(SetSign::And), &on, errors(), totals()).unwrap();
        assert_eq!(and, errors()[..2]);
        let unless = meet(BinarySign::Set(SetSign::Unless), &on, errors(), totals()).unwrap();
        assert_eq!(unless, errors()[2..]);
        let or = meet(BinarySign::Set(SetSign::Or), &on, errors(), totals()).unwrap();
        assert_eq!(or.len(), 4);
        assert!(or.contains(&one(&[("app", "c")], &[Some(1.0), None])));
    }
}
