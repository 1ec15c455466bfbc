//! On a made-up survey, against numpy; and on the ECSI mobile phone survey, against SmartPLS 2, where the data are at hand.

use super::super::failure::Failure;
use super::super::moments::Moments;
use super::*;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn what_is_wrong_with_a_model_is_said() {
    let wrong = |latents: &[&str], modes: &[&str], paths: &[&str]| {
        Model::new(&texts(latents), &texts(modes), &texts(paths)).unwrap_err()
    };
    assert!(wrong(&["x", "y"], &["A", "A"], &["x -> z"]).contains("`z`, which has no items"));
    assert!(wrong(&["x", "y"], &["A", "A"], &["x -> y", "y -> x"]).contains("circle"));
    assert!(wrong(&["x", "x"], &["A", "B"], &[]).contains("different modes"));
    assert!(wrong(&["x"], &["C"], &[]).contains("A or B"));
    assert!(wrong(&["x", "y"], &["A", "A"], &["x y"]).contains("from -> to"));
}

#[test]
fn a_latent_variable_without_a_path_has_no_inner_estimate() {
    let model = Model::new(&texts(&["x", "y", "z"]), &texts(&["A", "A", "A"]), &texts(&["x -> y"])).unwrap();
    let identity = [1.0, 0.5, 0.2, 0.5, 1.0, 0.1, 0.2, 0.1, 1.0];
    assert_eq!(weights(&model, &identity, Scheme::Path), Err(Failure::Disconnected));
}

#[test]
fn single_items_give_the_regression_of_the_items() {
    let model = Model::new(&texts(&["x", "y", "z"]), &texts(&["A", "A", "A"]), &texts(&["x -> z", "y -> z"])).unwrap();
    let rows = [1.0, 2.0, 2.0, 2.0, 1.0, 3.0, 3.0, 5.0, 4.0, 7.0, 6.0, 9.0, 4.0, 4.0, 4.0];
    let moments = Moments::of(&rows, 3, None).unwrap();
    for scheme in [Scheme::Centroid, Scheme::Factorial, Scheme::Path] {
        let found = weights(&model, &moments.correlations, scheme).unwrap();
        assert_eq!(found.outer, [1.0; 3]);
        let list = estimates(&model, &moments, &found.outer, 5.0).unwrap();
        let paths: Vec<f64> = list.iter().filter(|one| one.measure == Measure::Path).map(|one| one.value).collect();
        // numpy.linalg.solve(numpy.corrcoef(x, y), [corr(x, z), corr(y, z)]).
        assert!((paths[0] - 1.00025892).abs() < 5e-9 && (paths[1] + 0.03336914).abs() < 5e-9, "{paths:?}");
    }
}

/// SmartPLS 2.0.M3 on the survey of mobile phone customers of Tenenhaus et al. (2005), mode A, path weighting; in the R package
/// semPLS, tests/SmartPLS.
const SMARTPLS: [(&str, &str, f64); 12] = [
    ("image", "expectation", 0.50491393),
    ("expectation", "quality", 0.55674896),
    ("expectation", "value", 0.04998839),
    ("quality", "value", 0.55830438),
    ("image", "satisfaction", 0.17873950),
    ("expectation", "satisfaction", 0.06252287),
    ("quality", "satisfaction", 0.51202394),
    ("value", "satisfaction", 0.19476510),
    ("satisfaction", "complaints", 0.52806625),
    ("image", "loyalty", 0.19575534),
    ("satisfaction", "loyalty", 0.48547762),
    ("complaints", "loyalty", 0.06692607),
];

const BLOCKS: [(&str, &str); 7] = [
    ("IMAG", "image"),
    ("CUEX", "expectation"),
    ("PERQ", "quality"),
    ("PERV", "value"),
    ("CUSA", "satisfaction"),
    ("CUSCO", "complaints"),
    ("CUSL", "loyalty"),
];

#[test]
fn the_mobile_phone_survey_gives_the_numbers_of_smartpls() {
    let Ok(folder) = std::env::var("STAUNCH_DATA") else { return };
    let text = std::fs::read_to_string(format!("{folder}/ecsi_mobi/mobi.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').skip(1).map(|name| name.trim_matches('"')).collect();
    let rows: Vec<f64> =
        lines.flat_map(|line| line.split(',').skip(1).map(|cell| cell.parse::<f64>().unwrap())).collect();
    let latent_of = |item: &&str| BLOCKS.iter().find(|(start, _)| item.starts_with(start)).unwrap().1;
    let latents: Vec<&str> = names.iter().map(latent_of).collect();
    let paths: Vec<String> = SMARTPLS.iter().map(|(from, to, _)| format!("{from} -> {to}")).collect();
    let model = Model::new(&texts(&latents), &texts(&vec!["A"; latents.len()]), &paths).unwrap();
    let moments = Moments::of(&rows, names.len(), None).unwrap();
    let found = weights(&model, &moments.correlations, Scheme::Path).unwrap();
    let list = estimates(&model, &moments, &found.outer, 250.0).unwrap();
    let position = |name: &str| model.latents.iter().position(|latent| latent.name == name);
    let value = |measure, latent: Option<usize>, other: Option<usize>| {
        let is_it = |one: &&Estimate| (one.measure, one.latent, one.other) == (measure, latent, other);
        list.iter().find(is_it).unwrap().value
    };
    for (from, to, expected) in SMARTPLS {
        let found = value(Measure::Path, position(from), position(to));
        assert!((found - expected).abs() < 1e-6, "{from} -> {to}: {found} instead of {expected}");
    }
    let close = |measure, latent: &str, expected: f64| {
        let found = value(measure, position(latent), None);
        assert!((found - expected).abs() < 5.1e-5, "{latent}: {found} instead of {expected}");
    };
    for (latent, expected) in [
        ("expectation", 0.2549),
        ("quality", 0.3100),
        ("value", 0.3453),
        ("satisfaction", 0.6811),
        ("complaints", 0.2789),
        ("loyalty", 0.4569),
    ] {
        close(Measure::R2, latent, expected);
    }
    for (latent, expected) in [
        ("image", 0.7228),
        ("expectation", 0.4519),
        ("quality", 0.8770),
        ("value", 0.8236),
        ("satisfaction", 0.7792),
        ("loyalty", 0.4724),
    ] {
        close(Measure::AlphaStandardised, latent, expected);
    }
    close(Measure::AlphaCovariance, "satisfaction", 0.7701);
    close(Measure::AlphaCovariance, "loyalty", 0.4417);
    let gof = value(Measure::Gof, None, None);
    assert!((gof - 0.47175).abs() < 5.1e-6, "GoF {gof}");
}
