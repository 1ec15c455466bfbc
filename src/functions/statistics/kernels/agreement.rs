//! Agreement of two classifications.

use std::collections::BTreeMap;

/// Cohen's kappa: (observed agreement - agreement by chance) / (1 - agreement by chance). `None` without rows, or where chance
/// alone gives full agreement, because both sides have one and the same class.
///
/// J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960) 37-46.
pub fn cohen_kappa<T: Ord>(left: &[T], right: &[T]) -> Option<f64> {
    let n = left.len() as i128;
    let same = left.iter().zip(right).filter(|(left, right)| left == right).count() as i128;
    let mut classes: BTreeMap<&T, (i128, i128)> = BTreeMap::new();
    left.iter().for_each(|class| classes.entry(class).or_default().0 += 1);
    right.iter().for_each(|class| classes.entry(class).or_default().1 += 1);
    let by_chance: i128 = classes.values().map(|(left, right)| left * right).sum();
    (n * n > by_chance).then(|| (same * n - by_chance) as f64 / (n * n - by_chance) as f64)
}

/// The phi coefficient of two yes-no columns: the correlation of 0 and 1. `None` where a side has one value only.
pub fn phi(left: &[bool], right: &[bool]) -> Option<f64> {
    let count = |is_left: bool, is_right: bool| {
        left.iter().zip(right).filter(|(left, right)| (**left, **right) == (is_left, is_right)).count() as f64
    };
    let (both, only_left, only_right, neither) =
        (count(true, true), count(true, false), count(false, true), count(false, false));
    let margins = [both + only_left, only_right + neither, both + only_right, only_left + neither].map(f64::sqrt);
    let scale: f64 = margins.iter().product();
    (scale > 0.0).then(|| (both * neither - only_left * only_right) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_and_phi_are_those_worked_by_hand() {
        // Observed 3/4, by chance (2*3 + 2*1)/16 = 1/2: (3/4 - 1/2) / (1/2) = 1/2.
        assert_eq!(cohen_kappa(&["a", "a", "b", "b"], &["a", "a", "a", "b"]), Some(0.5));
        assert_eq!(cohen_kappa(&["a", "a"], &["a", "a"]), None);
        assert_eq!(cohen_kappa::<&str>(&[], &[]), None);
        // (2*1 - 0*1) / sqrt(2*2*3*1).
        let found = phi(&[true, true, false, false], &[true, true, true, false]).unwrap();
        assert!((found - 2.0 / 12.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(phi(&[true, true], &[true, false]), None);
    }
}
