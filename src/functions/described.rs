//! What analysts read about the functions that are computed here.

use super::{aggregates, statistics};

/// A function in words.
#[derive(Debug)]
pub struct Described {
    /// The name in SQL.
    pub name: String,
    /// The call with the names of its arguments.
    pub signature: String,
    /// The type of the result, where it is the same for all arguments.
    pub result: Option<String>,
    /// What it computes.
    pub meaning: String,
    /// Name and meaning of each argument.
    pub arguments: Vec<(String, String)>,
    /// A call; none where it is that of standard SQL.
    pub example: Option<String>,
    /// Where the formula was published.
    pub source: String,
}

/// How the exact functions compute.
const EXACT: &str = "J. R. Shewchuk, Discrete & Computational Geometry 18 (1997) 305-363";

/// Every function, by name.
pub fn described() -> Vec<Described> {
    let mut all: Vec<Described> = statistics::declarations().into_iter().map(of_declaration).collect();
    all.extend(exact());
    all.push(suppress());
    all.sort_by(|left, right| left.name.cmp(&right.name));
    all
}

fn of_declaration(declaration: &statistics::Declaration) -> Described {
    let text = str::to_owned;
    Described {
        name: text(declaration.name),
        signature: declaration.signature(),
        result: Some(declaration.result.described()),
        meaning: text(declaration.meaning),
        arguments: declaration.arguments.iter().map(|one| (text(one.name), text(one.meaning))).collect(),
        example: Some(text(declaration.example)),
        source: text(declaration.source),
    }
}

/// Functions of the engine that are computed exactly here.
fn exact() -> impl Iterator<Item = Described> {
    let is_own = |name: &str| statistics::is_aggregate(name) || name == "whole_sum";
    aggregates().into_iter().filter(move |function| !is_own(function.name())).map(|function| {
        let documentation = function.documentation();
        let meaning = match function.name() {
            // The engine has the text of `covar_samp` here.
            "covar_pop" => "Returns the population covariance of a set of number pairs.".to_owned(),
            _ => documentation.map_or_else(String::new, |text| text.description.trim().to_owned()),
        };
        let arguments = documentation.and_then(|text| text.syntax_example.split_once('('));
        Described {
            name: function.name().to_owned(),
            signature: format!("{}({}", function.name(), arguments.map_or(")", |(_, arguments)| arguments)),
            result: None,
            meaning: format!("{} Computed from exact sums, whatever the order of rows.", ended(meaning)),
            arguments: documentation.and_then(|text| text.arguments.clone()).unwrap_or_default(),
            example: None,
            source: EXACT.to_owned(),
        }
    })
}

fn suppress() -> Described {
    let argument = |name: &str, meaning: &str| (name.to_owned(), meaning.to_owned());
    Described {
        name: "suppress".to_owned(),
        signature: "suppress(count, minimum [, is_hidden]) over (partition by ... order by ...)".to_owned(),
        result: Some("boolean".to_owned()),
        meaning: "Whether a count must be suppressed among the others of its window: it is below the minimum, or it is the smallest of the others where exactly one is.".to_owned(),
        arguments: vec![
            argument("count", "Size of the group; NULL counts as 0."),
            argument("minimum", "Smallest size that is shown."),
            argument("is_hidden", "Whether the group is hidden already."),
        ],
        example: Some("select suppress(n, 5) over (order by id) from (values (1, 3), (2, 9)) as t (id, n)".to_owned()),
        source: "L. Willenborg and T. de Waal, Elements of Statistical Disclosure Control (2001) ch. 1".to_owned(),
    }
}

fn ended(sentence: String) -> String {
    if sentence.ends_with('.') || sentence.is_empty() { sentence } else { sentence + "." }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_signature_and_a_meaning() {
        let all = described();
        assert!(all.windows(2).all(|pair| pair[0].name < pair[1].name));
        for function in &all {
            assert!(function.signature.contains('('), "{}", function.name);
            assert!(function.meaning.ends_with('.') && function.meaning.len() > 20, "{}", function.name);
        }
        for name in ["avg", "stddev", "corr", "suppress", "path_model", "wilson_low"] {
            assert!(all.iter().any(|function| function.name == name), "{name}");
        }
    }
}
