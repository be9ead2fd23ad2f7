//! How large commits were, read from the node's own metrics.

use serde::Serialize;

const NAME: &str = "purser_batch_units";

/// Commits by how many units of work they held.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Batches {
    /// Commits with at most so many units, and more than the one before; the last has no bound.
    pub(crate) sizes: Vec<(Option<u64>, u64)>,
    /// Commits.
    pub(crate) commits: u64,
    /// Units in all of them.
    pub(crate) units: u64,
}

impl Batches {
    /// Reads them from metrics in Prometheus' text format.
    pub(crate) fn read(metrics: &str) -> Self {
        let mut batches = Self::default();
        let mut before = 0;
        for line in metrics.lines().filter(|line| line.starts_with(NAME)) {
            let Some((key, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            let (key, value) = (&key[NAME.len()..], value as u64);
            if key == "_sum" {
                batches.units = value;
            } else if key == "_count" {
                batches.commits = value;
            } else if let Some(bound) = key.strip_prefix("_bucket{le=\"") {
                let bound = bound.trim_end_matches("\"}").parse::<f64>().ok();
                let bound = bound.filter(|bound| bound.is_finite()).map(|bound| bound as u64);
                batches.sizes.push((bound, value - before));
                before = value;
            }
        }
        batches
    }

    /// Those since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut later = self.clone();
        later.commits = later.commits.saturating_sub(before.commits);
        later.units = later.units.saturating_sub(before.units);
        for (size, earlier) in later.sizes.iter_mut().zip(&before.sizes) {
            size.1 = size.1.saturating_sub(earlier.1);
        }
        later
    }

    /// Units in a commit, on average.
    pub(crate) fn mean(&self) -> f64 {
        if self.commits == 0 { 0.0 } else { self.units as f64 / self.commits as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# TYPE purser_batch_units histogram\n\
        purser_batch_units_bucket{le=\"1\"} 3\n\
        purser_batch_units_bucket{le=\"2\"} 5\n\
        purser_batch_units_bucket{le=\"+Inf\"} 6\n\
        purser_batch_units_sum 12\n\
        purser_batch_units_count 6\n";

    #[test]
    fn sizes_are_read_and_what_came_before_is_left_out() {
        let batches = Batches::read(TEXT);
        assert_eq!(batches.sizes, [(Some(1), 3), (Some(2), 2), (None, 1)]);
        assert_eq!(batches.mean(), 2.0);
        let later = Batches::read(&TEXT.replace(" 3\n", " 4\n").replace("_count 6", "_count 7"));
        assert_eq!(later.since(&batches).commits, 1);
    }
}
