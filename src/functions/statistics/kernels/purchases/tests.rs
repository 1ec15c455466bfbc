//! Against other programs, published figures and numerical integration.

use super::super::failure::Failure;
use super::beta_geometric::{BetaGeometric, Dropout};
use super::customers::History;
use super::fit::{Fit, Process, PurchaseModel, fit_purchases, fit_spend};
use super::gamma_gamma::GammaGamma;
use super::lifetime_value::{Horizon, UncertainPurchases, UncertainSpend, lifetime_value};
use super::pareto_nbd::ParetoNbd;

const BG: Process = Process::BetaGeometric(Dropout::AfterRepeats);
const MBG: Process = Process::BetaGeometric(Dropout::AfterPurchases);

/// CDNOW, 39 weeks (Fader, Hardie and Lee 2005, table 2).
const CDNOW: [f64; 4] = [0.242_594_5, 4.413_601_9, 0.792_919_9, 2.425_888_1];

/// Repeats, last purchase, customers; observed for 24 weeks. Drawn from a BG/NBD model.
const DRAWN: [(u32, u32, usize); 55] = [
    (0, 0, 190),
    (1, 4, 70),
    (1, 8, 35),
    (1, 12, 25),
    (1, 16, 19),
    (1, 20, 21),
    (1, 24, 11),
    (2, 4, 12),
    (2, 8, 11),
    (2, 12, 6),
    (2, 16, 16),
    (2, 20, 13),
    (2, 24, 14),
    (3, 4, 2),
    (3, 8, 10),
    (3, 12, 2),
    (3, 16, 6),
    (3, 20, 12),
    (3, 24, 16),
    (4, 4, 1),
    (4, 8, 1),
    (4, 12, 4),
    (4, 16, 7),
    (4, 20, 10),
    (4, 24, 7),
    (5, 8, 1),
    (5, 12, 1),
    (5, 16, 3),
    (5, 20, 6),
    (5, 24, 6),
    (6, 12, 1),
    (6, 16, 3),
    (6, 20, 3),
    (6, 24, 8),
    (7, 12, 2),
    (7, 16, 2),
    (7, 20, 2),
    (7, 24, 4),
    (8, 20, 2),
    (8, 24, 2),
    (9, 24, 3),
    (10, 24, 5),
    (11, 24, 5),
    (12, 20, 2),
    (12, 24, 5),
    (13, 24, 3),
    (14, 24, 1),
    (15, 8, 1),
    (15, 24, 2),
    (17, 20, 1),
    (19, 24, 1),
    (20, 24, 1),
    (22, 20, 1),
    (24, 24, 1),
    (28, 16, 1),
];

fn drawn(unit: f64) -> Vec<History> {
    let copies = |&(repeats, last, customers): &(u32, u32, usize)| {
        let (last, observed) = (f64::from(last) * unit, 24.0 * unit);
        vec![History { repeats: f64::from(repeats), last, observed }; customers]
    };
    DRAWN.iter().flat_map(copies).collect()
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
}

#[track_caller]
fn assert_fit(fit: &Fit, parameters: &[f64], errors: &[f64], log_likelihood: f64) {
    assert_near(fit.log_likelihood, log_likelihood, 1e-9);
    fit.parameters.iter().zip(parameters).for_each(|(found, expected)| assert_near(*found, *expected, 1e-4));
    fit.standard_errors.iter().zip(errors).for_each(|(found, expected)| assert_near(*found, *expected, 1e-3));
}

#[test]
fn fits_agree_with_scipy() {
    // scipy.optimize.minimize (Nelder-Mead) of the published likelihoods, standard errors from numdifftools.
    let bg = fit_purchases(BG, drawn(1.0)).unwrap();
    let errors = [0.057_335_65, 0.639_046_65, 0.063_562_74, 0.317_717_14];
    let parameters = [0.677_135_243, 5.809_149_611, 0.181_233_954_5, 0.727_150_125];
    assert_fit(&bg, &parameters, &errors, -3_964.146_003_643_799_3);
    let mbg = fit_purchases(MBG, drawn(1.0)).unwrap();
    let errors = [0.097_605_54, 0.765_488_54, 0.204_668_41, 2.219_735_4];
    let parameters = [0.839_563_168_7, 6.761_281_139, 0.512_132_228, 3.967_209_384];
    assert_fit(&mbg, &parameters, &errors, -3_978.118_784_539_264);
}

#[test]
fn the_unit_of_time_changes_only_what_is_measured_in_it() {
    for process in [BG, MBG] {
        let weeks = fit_purchases(process, drawn(1.0)).unwrap();
        let tiny = fit_purchases(process, drawn(1e-200)).unwrap();
        assert_near(tiny.parameters[0], weeks.parameters[0], 1e-6);
        assert_near(tiny.parameters[1] / 1e-200, weeks.parameters[1], 1e-6);
        assert_near(tiny.standard_errors[2], weeks.standard_errors[2], 1e-5);
    }
}

#[test]
fn the_order_of_customers_does_not_matter() {
    let mut turned = drawn(1.0);
    turned.reverse();
    assert_eq!(fit_purchases(BG, turned), fit_purchases(BG, drawn(1.0)));
}

#[test]
fn data_without_a_maximum_say_why() {
    let history = |repeats, last, observed| History { repeats, last, observed };
    for process in [BG, MBG, Process::ParetoNbd] {
        let reason = |histories: Vec<History>| fit_purchases(process, histories).unwrap_err();
        assert_eq!(reason(vec![]), Failure::NoRows);
        assert_eq!(reason(vec![history(0.0, 0.0, 30.0); 9]), Failure::NoRepeats);
        for impossible in [
            history(-1.0, 0.0, 30.0),
            history(1.5, 3.0, 30.0),
            history(1.0, 31.0, 30.0),
            history(0.0, 3.0, 30.0),
            history(f64::NAN, 0.0, 30.0),
            history(f64::INFINITY, 3.0, 30.0),
            history(1.0, 3.0, f64::INFINITY),
        ] {
            assert_eq!(reason(vec![impossible]), Failure::OutOfRange);
        }
        // All equal: one rate fits all, and its spread over customers is 0.
        let equal = reason(vec![history(3.0, 20.0, 30.0); 50]);
        assert!(matches!(equal, Failure::NotIdentified | Failure::NotConverged), "{process:?} {equal:?}");
        assert!(fit_purchases(process, vec![history(1.0, 2.0, 3.0)]).is_err());
    }
}

#[test]
fn bg_nbd_gives_the_published_expectations_on_cdnow() {
    let model = PurchaseModel::new(BG, CDNOW);
    // Fader, Hardie and Lee 2005 and the authors' spreadsheet; mpmath to more digits.
    let expected = [
        (1.0 / 7.0, 0.007_813_667_082),
        (1.0, 0.053_184_281_69),
        (3.0, 0.150_630_784),
        (223.0 / 7.0, 1.040_488_958),
        (32.0, 1.043_730_881),
        (78.0, 1.857_956_009),
    ];
    for (time, purchases) in expected {
        assert_near(model.expected(time), purchases, 1e-9);
    }
    let history = History { repeats: 2.0, last: 30.43, observed: 38.86 };
    assert_near(model.alive(&history), 0.726_61, 1e-5);
    assert_near(model.conditional(&history, 39.0), 1.226, 1e-3);
    let never = History { repeats: 0.0, last: 0.0, observed: 38.86 };
    assert_near(model.alive(&never), 1.0, 0.0);
}

#[test]
fn expectations_agree_with_the_closed_form() {
    // The closed form with hyp2f1 of mpmath, 40 digits; at a = 1 the mean of a little more and a little less.
    let cases = [
        ([0.25, 4.4, 0.8, 2.4, 39.0], 1.222_432_779_004_13),
        ([0.25, 4.4, 1.0, 2.4, 39.0], 1.110_606_489_788_49),
        ([0.25, 4.4, 1.000_000_1, 2.4, 39.0], 1.110_606_440_682_99),
        ([2.5, 40.0, 0.3, 0.4, 39.0], 1.584_136_688_131_42),
        ([400.25, 43.0, 0.8, 402.0, 39.0], 276.016_979_762_276),
        ([5.0, 1.0, 3.0, 2.0, 1e5], 1.999_999_999_9),
        ([0.25, 4.4, 0.8, 2.4, 1e-7], 5.681_818_161_641_27e-9),
        ([30.0, 1.0, 50.0, 60.0, 20.0], 2.224_489_795_918_37),
        ([0.5, 3.0, 0.05, 0.3, 1_000.0], 111.793_015_844_363),
    ];
    for ([r, alpha, a, b, time], expected) in cases {
        let model = BetaGeometric { dropout: Dropout::AfterRepeats, r, alpha, a, b };
        assert_near(model.expected(time), expected, 1e-10);
    }
}

#[test]
fn mbg_nbd_agrees_with_lifetimes() {
    // lifetimes 0.11.3, ModifiedBetaGeoFitter on the CDNOW sample.
    let model = PurchaseModel::new(MBG, [0.524_843_158_7, 6.183_085_278, 0.891_359_390_6, 1.614_002_241]);
    let history = History { repeats: 2.0, last: 30.43, observed: 38.86 };
    assert_near(model.alive(&history), 0.706_125_69, 1e-7);
    assert_near(model.conditional(&history, 39.0), 1.262_669_231, 1e-7);
    assert_near(model.expected(78.0), 1.803_630_417, 1e-7);
    // b / (a + b) of those without a repeat and without time to buy have not dropped out.
    let new = History { repeats: 0.0, last: 0.0, observed: 0.0 };
    assert_near(model.alive(&new), 1.614_002_241 / (1.614_002_241 + 0.891_359_390_6), 1e-12);
}

#[test]
fn pareto_nbd_agrees_with_numerical_integration_and_lifetimes() {
    // Probabilities to be alive by integrating over the time of death with mpmath.
    let cases = [
        ([0.55, 10.58, 0.61, 11.67], (26.0, 30.86, 31.0), 0.997_905_072_576_039),
        ([2.0, 3.0, 4.0, 500.0], (0.0, 0.0, 39.0), 0.151_524_755_085_997),
        ([2.0, 300.0, 4.0, 5.0], (120.0, 10.0, 39.0), 6.451_459_981_836_65e-7),
    ];
    for ([r, alpha, s, beta], (repeats, last, observed), expected) in cases {
        let model = ParetoNbd { r, alpha, s, beta };
        assert_near(model.alive(repeats, last, observed), expected, 1e-12);
    }
    // lifetimes 0.11.3, ParetoNBDFitter on the CDNOW sample.
    let model = ParetoNbd { r: 0.553_285_087, alpha: 10.577_664_7, s: 0.606_235_926_5, beta: 11.668_295_96 };
    assert_near(model.alive(2.0, 30.43, 38.86), 0.869_115_205, 1e-7);
    let conditional = model.alive(2.0, 30.43, 38.86) * model.expected_while_alive(2.0, 38.86, 39.0);
    assert_near(conditional, 1.455_102_99, 1e-7);
    assert_near(model.expected(78.0), 1.909_878_95, 1e-7);
    // s = 1: r beta / alpha ln((beta + t) / beta).
    let model = ParetoNbd { r: 0.5, alpha: 10.0, s: 1.0, beta: 12.0 };
    assert_near(model.expected(36.0), 0.6 * 4.0_f64.ln(), 1e-12);
}

#[test]
fn gamma_gamma_agrees_with_lifetimes_and_ignores_the_unit() {
    // Fader and Hardie 2013: p 6.25, q 3.74, gamma 15.44 on CDNOW; conditional expectation of their first customer.
    let model = GammaGamma { p: 6.25, q: 3.74, gamma: 15.44 };
    assert_near(model.expected_spend(2.0, 22.35).unwrap(), 24.66, 1e-3);
    assert_near(model.expected_spend(0.0, 0.0).unwrap(), 6.25 * 15.44 / 2.74, 1e-12);
    assert_eq!(GammaGamma { p: 2.0, q: 0.9, gamma: 15.0 }.expected_spend(0.0, 0.0), None);

    let spends = |unit: f64| -> Vec<(f64, f64)> {
        (0..200_u32)
            .map(|row| (f64::from(1 + row % 5), unit * f64::from(10 * (1 + row * 53 % 17)) / f64::from(1 + row % 3)))
            .collect()
    };
    let dollars = fit_spend(spends(1.0)).unwrap();
    let cents = fit_spend(spends(100.0)).unwrap();
    assert_near(cents.parameters[0], dollars.parameters[0], 1e-6);
    assert_near(cents.parameters[2], 100.0 * dollars.parameters[2], 1e-6);
    assert_near(cents.log_likelihood, dollars.log_likelihood - 200.0 * 100.0_f64.ln(), 1e-9);
    assert_eq!(fit_spend(vec![]).unwrap_err(), Failure::NoRows);
    assert_eq!(fit_spend(vec![(1.0, 0.0)]).unwrap_err(), Failure::OutOfRange);
    assert_eq!(fit_spend(vec![(1.0, f64::NAN)]).unwrap_err(), Failure::OutOfRange);
    assert!(fit_spend(vec![(2.0, 5.0); 20]).is_err());
}

#[test]
fn a_lifetime_value_is_purchases_times_spend_with_the_interval_of_its_logarithm() {
    let history = History { repeats: 2.0, last: 30.43, observed: 38.86 };
    let mut covariance = [0.0; 16];
    let spend = UncertainSpend { parameters: [6.25, 3.74, 15.44], log_covariance: &[0.0; 9] };
    let horizon = Horizon { periods: 1, length: 39.0, rate: 0.25 };
    let expected = 1.225_904 * 24.663_7 / 1.25;
    let certain = UncertainPurchases { process: BG, parameters: CDNOW, log_covariance: &covariance };
    let valued = lifetime_value(&certain, &spend, &history, (2.0, 22.35), horizon, 2.0).unwrap();
    assert_near(valued.value, expected, 1e-4);
    assert_eq!((valued.low, valued.high), (valued.value, valued.value));
    // Only r varies, by a hundredth: the value moves by the elasticity of the value by r.
    covariance[0] = 1e-4;
    let uncertain = UncertainPurchases { process: BG, parameters: CDNOW, log_covariance: &covariance };
    let wider = lifetime_value(&uncertain, &spend, &history, (2.0, 22.35), horizon, 2.0).unwrap();
    let moved = |factor: f64| {
        let mut parameters = CDNOW;
        parameters[0] *= factor;
        PurchaseModel::new(BG, parameters).conditional(&history, 39.0)
    };
    let elasticity = (moved(1.001).ln() - moved(0.999).ln()) / 0.002;
    assert_near((wider.high / wider.value).ln(), 2.0 * 0.01 * elasticity.abs(), 1e-3);
    assert_near(wider.value / wider.low, wider.high / wider.value, 1e-9);
}
