//! Small groups: their numbers never reach a format.

use super::model::Count;

/// The count as it may be shown.
pub(super) fn count(number: Option<u64>, min_cell: u64) -> Count {
    match number {
        Some(number) if is_too_small(number, min_cell) => Count { below: Some(min_cell), ..Count::default() },
        shown => Count { shown, ..Count::default() },
    }
}

/// The sizes of the groups of a whole as they may be shown together.
pub(super) fn counts(groups: &[u64], min_cell: u64) -> Vec<Count> {
    let shown_or_below = groups.iter().map(|number| count(Some(*number), min_cell));
    let together =
        shown_or_below.zip(hidden(groups, min_cell)).map(|(count, is_hidden)| match (is_hidden, count.below) {
            (true, None) => Count { is_hidden: true, ..Count::default() },
            _ => count,
        });
    together.collect()
}

/// Which groups of a whole must be hidden. Beside groups below the limit that is, when only one of them is, the smallest
/// other group: the total less the others would give the one away (complementary suppression, see Willenborg and de Waal
/// 2001, "Elements of Statistical Disclosure Control", ch. 1). Groups nobody is in stay visible.
pub(super) fn hidden(groups: &[u64], min_cell: u64) -> Vec<bool> {
    let mut hidden: Vec<bool> = groups.iter().map(|number| is_too_small(*number, min_cell)).collect();
    if hidden.iter().filter(|is_hidden| **is_hidden).count() == 1 {
        let companion =
            (0..groups.len()).filter(|index| !hidden[*index] && groups[*index] > 0).min_by_key(|i| groups[*i]);
        if let Some(index) = companion {
            hidden[index] = true;
        }
    }
    hidden
}

fn is_too_small(number: u64, min_cell: u64) -> bool {
    (1..min_cell).contains(&number)
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

    #[test]
    fn the_smallest_other_group_hides_with_a_single_small_one() {
        assert_eq!(hidden(&[100, 3, 40, 0, 60], 5), [false, true, true, false, false]);
        assert_eq!(hidden(&[100, 3, 2], 5), [false, true, true]);
        assert_eq!(hidden(&[100, 30, 0], 5), [false, false, false]);
    }
}
