//! Against lifelines and cases worked by hand.

use super::Spell;
use super::kaplan_meier::{curve, median};
use super::log_rank::log_rank;

/// Remission of leukaemia in weeks (Freireich et al. 1963), 6-MP: those who relapsed, those who did not.
const TREATED: ([f64; 9], [f64; 12]) = (
    [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0],
    [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0],
);
/// Placebo: all relapsed.
const PLACEBO: [f64; 21] =
    [1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0, 17.0, 22.0, 23.0];

fn spell(exit: f64, is_event: bool) -> Spell {
    Spell { entry: 0.0, exit, is_event }
}

fn treated() -> Vec<Spell> {
    let events = TREATED.0.iter().map(|exit| spell(*exit, true));
    events.chain(TREATED.1.iter().map(|exit| spell(*exit, false))).collect()
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn the_curve_of_the_remissions_is_that_of_lifelines() {
    // lifelines 0.30.3, KaplanMeierFitter: survival, 95 % interval (exponential Greenwood).
    let expected = [
        (6.0, 0.857_143, 0.619_718, 0.951_552),
        (7.0, 0.806_723, 0.563_147, 0.922_809),
        (10.0, 0.752_941, 0.503_200, 0.889_362),
        (13.0, 0.690_196, 0.431_610, 0.849_066),
        (23.0, 0.448_179, 0.188_052, 0.680_143),
        (35.0, 0.448_179, 0.188_052, 0.680_143),
    ];
    let points = curve(&treated());
    for (time, survival, low, high) in expected {
        let point = points.iter().find(|point| point.time == time).unwrap();
        let interval = point.interval(1.959_963_984_540_054).unwrap();
        assert!((point.survival - survival).abs() < 1e-6);
        assert!((interval.0 - low).abs() < 1e-6 && (interval.1 - high).abs() < 1e-6, "{time} {interval:?}");
    }
    assert_eq!(median(&points), Some(23.0));
    let first = points[0];
    assert_eq!((first.at_risk, first.events, first.censored), (21, 3, 1));
    // Greenwood by hand: 6/7 x sqrt(3 / (21 x 18)).
    assert_near(first.standard_error.unwrap(), 6.0 / 7.0 * (3.0_f64 / 378.0).sqrt());
}

#[test]
fn who_enters_late_is_at_risk_from_then_on() {
    // lifelines: at risk 4, 4, 3, 2; survival 0.75, 0.75, 0.5, 0.25.
    let spells = [(0.0, 5.0, true), (1.0, 6.0, false), (2.0, 6.0, true), (1.0, 2.5, true), (3.0, 4.0, false)]
        .map(|(entry, exit, is_event)| Spell { entry, exit, is_event });
    let points = curve(&spells);
    let found: Vec<(usize, f64)> = points.iter().map(|point| (point.at_risk, point.survival)).collect();
    assert_eq!(found, [(4, 0.75), (4, 0.75), (3, 0.5), (2, 0.25)]);
}

#[test]
fn edges_of_curves_are_right_numbers_or_none() {
    assert!(curve(&[]).is_empty());
    let stayed = curve(&[spell(3.0, false), spell(3.0, false)]);
    assert_eq!((stayed[0].survival, stayed[0].interval(2.0), median(&stayed)), (1.0, Some((1.0, 1.0)), None));
    let left = curve(&[spell(3.0, true)]);
    assert_eq!((left[0].survival, left[0].standard_error, left[0].interval(2.0)), (0.0, None, None));
    for (entry, exit) in [(-1.0, 3.0), (3.0, 3.0), (0.0, f64::NAN), (0.0, f64::INFINITY), (5.0, 3.0)] {
        assert!(!Spell { entry, exit, is_event: true }.is_possible());
    }
}

#[test]
fn the_log_rank_test_is_that_of_lifelines() {
    let mut spells: Vec<(String, Spell)> = treated().into_iter().map(|spell| ("treated".to_owned(), spell)).collect();
    spells.extend(PLACEBO.map(|exit| ("placebo".to_owned(), spell(exit, true))));
    let found = log_rank(&spells);
    let (statistic, degrees, probability) = found.test.unwrap();
    assert_near(statistic, 16.792_941);
    assert_eq!(degrees, 1);
    assert!((probability - 0.000_042).abs() < 1e-6);
    // Freireich's data: 9 of 19.25 expected, 21 of 10.75.
    let group = |name: &str| found.groups.iter().find(|group| group.name == name).unwrap();
    assert_eq!((group("treated").observed, group("placebo").observed), (9, 21));
    assert!((group("treated").expected - 19.25).abs() < 0.005);
    let third = [(3.0, true), (9.0, true), (14.0, false), (20.0, true)];
    spells.extend(third.map(|(exit, is_event)| ("third".to_owned(), spell(exit, is_event))));
    let (statistic, degrees, probability) = log_rank(&spells).test.unwrap();
    assert_near(statistic, 17.167_558);
    assert_eq!(degrees, 2);
    assert!((probability - 0.000_187).abs() < 1e-6);
}

#[test]
fn groups_that_cannot_be_compared_have_no_test() {
    let one = vec![("a".to_owned(), spell(1.0, true)), ("a".to_owned(), spell(2.0, false))];
    assert_eq!(log_rank(&one).test, None);
    assert_eq!(log_rank(&[]).test, None);
    let nobody_left = vec![("a".to_owned(), spell(1.0, false)), ("b".to_owned(), spell(2.0, false))];
    assert_eq!(log_rank(&nobody_left).test, None);
    // Equal groups differ by nothing.
    let equal = ["a", "b"].map(|name| (name.to_owned(), spell(1.0, true)));
    let twice: Vec<(String, Spell)> =
        equal.iter().cloned().chain(equal.iter().map(|(name, _)| (name.clone(), spell(2.0, true)))).collect();
    let (statistic, _, probability) = log_rank(&twice).test.unwrap();
    assert_eq!((statistic, probability), (0.0, 1.0));
}
