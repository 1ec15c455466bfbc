//! Suppression of small groups, before any format sees their numbers.

use super::model::Count;
pub(super) use crate::functions::suppress::hidden;
use crate::functions::suppress::is_small;

/// The count as it may be shown.
pub(super) fn count(number: Option<u64>, min_cell: u64) -> Count {
    match number {
        Some(number) if is_small(number, min_cell) => Count { below: Some(min_cell), ..Count::default() },
        shown => Count { shown, ..Count::default() },
    }
}

/// The sizes of groups that make up a whole, as they may be shown together.
pub(super) fn counts(groups: &[u64], min_cell: u64) -> Vec<Count> {
    let shown_or_below = groups.iter().map(|number| count(Some(*number), min_cell));
    let together =
        shown_or_below.zip(hidden(groups, min_cell)).map(|(count, is_hidden)| match (is_hidden, count.below) {
            (true, None) => Count { is_hidden: true, ..Count::default() },
            _ => count,
        });
    together.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_below_the_limit_is_not_shown_but_none_and_the_limit_are() {
        assert_eq!(count(Some(4), 5), Count { below: Some(5), ..Count::default() });
        assert_eq!(count(Some(5), 5).shown, Some(5));
        assert_eq!(count(Some(0), 5).shown, Some(0));
        assert_eq!(count(Some(1), 1).shown, Some(1));
    }

    #[test]
    fn groups_that_are_shown_together_hide_together() {
        let [large, small, companion] = counts(&[100, 3, 40], 5)[..] else { panic!("three groups") };
        assert_eq!((large.shown, small.below), (Some(100), Some(5)));
        assert_eq!(companion, Count { is_hidden: true, ..Count::default() });
    }
}
