//! What a rule would have told, from how many records matched in each minute.

use crate::rule::Rule;

/// A look for each minute, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// How often it would have begun to alert, and for how many minutes it would have been alerting.
    pub fired: usize,
    pub alerting: usize,
    /// What each look would have counted.
    pub counts: Vec<u64>,
}

// === impl Preview ===

impl Preview {
    /// `minutes` are one window longer than what is looked at.
    #[must_use]
    pub fn of(rule: &Rule, minutes: &[u64]) -> Self {
        let window = rule.window_minutes as usize;
        let mut sum: u64 = minutes.iter().take(window).sum();
        let mut counts = Vec::with_capacity(minutes.len().saturating_sub(window));
        for (gone, come) in minutes.iter().zip(minutes.iter().skip(window)) {
            sum = sum - gone + come;
            counts.push(sum);
        }
        let alerts: Vec<bool> = counts.iter().map(|count| rule.fires(*count)).collect();
        let begins = alerts.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        Self {
            fired: begins + usize::from(alerts.first().copied().unwrap_or_default()),
            alerting: alerts.iter().filter(|alerting| **alerting).count(),
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Comparison;

    #[test]
    fn each_minute_is_looked_at_with_its_window() {
        let rule = Rule { query: String::new(), comparison: Comparison::AtLeast, threshold: 3, window_minutes: 2 };
        let preview = Preview::of(&rule, &[9, 0, 1, 2, 1, 0, 0, 4]);
        assert_eq!(preview.counts, [1, 3, 3, 1, 0, 4]);
        assert_eq!((preview.fired, preview.alerting), (2, 3));
        let silent = Preview::of(&Rule { comparison: Comparison::AtMost, threshold: 0, ..rule.clone() }, &[0; 6]);
        assert_eq!((silent.fired, silent.alerting), (1, 4));
        assert_eq!(Preview::of(&rule, &[1]).counts, Vec::<u64>::new());
    }
}
