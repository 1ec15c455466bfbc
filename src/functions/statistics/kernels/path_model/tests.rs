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

/// The items of the survey, and the answers row by row, where the data are at hand.
fn survey() -> Option<(Vec<String>, Vec<f64>)> {
    let folder = std::env::var("STAUNCH_DATA").ok()?;
    let text = std::fs::read_to_string(format!("{folder}/ecsi_mobi/mobi.csv")).unwrap();
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').skip(1).map(|name| name.trim_matches('"').to_owned()).collect();
    let rows = lines.flat_map(|line| line.split(',').skip(1).map(|cell| cell.parse::<f64>().unwrap())).collect();
    Some((names, rows))
}

/// The model of the survey, with these latent variables in mode B.
fn survey_model(names: &[String], formative: &[&str]) -> Model {
    let latent_of = |item: &String| BLOCKS.iter().find(|(start, _)| item.starts_with(start)).unwrap().1;
    let latents: Vec<&str> = names.iter().map(latent_of).collect();
    let modes: Vec<&str> = latents.iter().map(|latent| if formative.contains(latent) { "B" } else { "A" }).collect();
    let paths: Vec<String> = SMARTPLS.iter().map(|(from, to, _)| format!("{from} -> {to}")).collect();
    Model::new(&texts(&latents), &texts(&modes), &paths).unwrap()
}

/// image -> expectation, image -> loyalty and GoF by plspm 0.5.7 for Python, with a tolerance of 1e-12, on standardised items.
#[test]
fn schemes_and_modes_give_the_numbers_of_plspm() {
    let Some((names, rows)) = survey() else { return };
    let moments = Moments::of(&rows, names.len(), None).unwrap();
    let all: Vec<&str> = BLOCKS.iter().map(|(_, latent)| *latent).collect();
    let some = ["image", "quality"];
    let cases: [(Scheme, &[&str], [f64; 3]); 9] = [
        (Scheme::Centroid, &[], [0.5047056387, 0.1953597024, 0.4714668281]),
        (Scheme::Centroid, &some, [0.5048770388, 0.2097924389, 0.4720068624]),
        (Scheme::Centroid, &all, [0.5041338136, 0.1478978794, 0.4743748575]),
        (Scheme::Factorial, &[], [0.5049431379, 0.1958196186, 0.4714087284]),
        (Scheme::Factorial, &some, [0.5042910440, 0.2093988896, 0.4717775246]),
        (Scheme::Factorial, &all, [0.5036057410, 0.1483359189, 0.4742377902]),
        (Scheme::Path, &[], [0.5049139335, 0.1957553334, 0.4717525772]),
        (Scheme::Path, &some, [0.5042502363, 0.2095963802, 0.4720910396]),
        (Scheme::Path, &all, [0.5033775286, 0.1530522122, 0.4739655183]),
    ];
    for (scheme, formative, expected) in cases {
        let model = survey_model(&names, formative);
        let found = weights(&model, &moments.correlations, scheme).unwrap();
        let list = estimates(&model, &moments, &found.outer, 250.0).unwrap();
        let position = |name: &str| model.latents.iter().position(|latent| latent.name == name);
        let path = |to: &str| {
            let is_it = |one: &&Estimate| {
                one.measure == Measure::Path && one.latent == position("image") && one.other == position(to)
            };
            list.iter().find(is_it).unwrap().value
        };
        let gof = list.iter().find(|one| one.measure == Measure::Gof).unwrap().value;
        for (found, expected) in [path("expectation"), path("loyalty"), gof].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-7, "{scheme:?} {formative:?}: {found} instead of {expected}");
        }
    }
}

#[test]
fn the_mobile_phone_survey_gives_the_numbers_of_smartpls() {
    let Some((names, rows)) = survey() else { return };
    let model = survey_model(&names, &[]);
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
