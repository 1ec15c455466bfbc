//! The texts of the reports: one file of messages per language.

use crate::config::language::Language;
use crate::error::Result;
use crate::render::Messages;

/// The texts of a language.
///
/// # Errors
/// The file has a mistake, which is a defect of the program.
pub(super) fn texts(language: Language) -> Result<Messages> {
    let (file, text) = file(language);
    Messages::parse(language, file, text)
}

/// Name and content of the file of a language.
pub(super) fn file(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => ("en.ftl", include_str!("texts/en.ftl")),
        Language::Chinese => ("zh.ftl", include_str!("texts/zh.ftl")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};

    use fluent_syntax::ast;
    use regex::Regex;

    use super::*;
    use crate::catalog::canonical;
    use crate::checks;
    use crate::config::catalogue;
    use crate::config::sidecar::{Check, Sidecar};
    use crate::report::{found, rule, untranslated};

    /// Messages whose name ends in a key of the data.
    const BY_KEY: [&str; 10] =
        ["value-", "segment-", "measure-", "issue-", "severity-", "dimension-", "label-", "unit-", "rule-", "found-"];

    /// The messages of a language, attributes among them, each with its variables.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let (_, text) = file(language);
        let mut messages = BTreeMap::new();
        for entry in fluent_syntax::parser::parse(text).unwrap().body {
            let ast::Entry::Message(message) = entry else { continue };
            let mut add = |id: String, pattern: &ast::Pattern<&str>| {
                let mut variables = BTreeSet::new();
                variables_of(pattern, &mut variables);
                messages.insert(id, variables);
            };
            let id = message.id.name;
            message.value.iter().for_each(|pattern| add(id.to_owned(), pattern));
            message.attributes.iter().for_each(|part| add(format!("{id}.{}", part.id.name), &part.value));
        }
        messages
    }

    fn variables_of(pattern: &ast::Pattern<&str>, found: &mut BTreeSet<String>) {
        let mut add = |expression: &ast::InlineExpression<&str>| {
            if let ast::InlineExpression::VariableReference { id } = expression {
                found.insert(id.name.to_owned());
            }
        };
        let mut inner = Vec::new();
        for element in &pattern.elements {
            let ast::PatternElement::Placeable { expression } = element else { continue };
            match expression {
                ast::Expression::Inline(inline) => add(inline),
                ast::Expression::Select { selector, variants } => {
                    add(selector);
                    inner.extend(variants);
                }
            }
        }
        inner.into_iter().for_each(|variant| variables_of(&variant.value, found));
    }

    /// The text of a message, each variable filled with a 7.
    fn filled(texts: &Messages, id: &str, variables: &BTreeSet<String>) -> String {
        let values: Vec<_> = variables.iter().map(|name| (name.as_str(), 7.into())).collect();
        texts.sentence(id, &values).unwrap()
    }

    /// The files below a folder of the repository whose names end so.
    fn files_below(folder: &str, ending: &str) -> Vec<PathBuf> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    fn shipped_sidecars() -> impl Iterator<Item = (String, Sidecar)> {
        files_below("queries", ".sql").into_iter().filter_map(|sql| {
            let text = fs::read_to_string(sql.with_extension("yml")).ok()?;
            Some((sql.file_stem()?.to_string_lossy().into_owned(), serde_yaml::from_str(&text).unwrap()))
        })
    }

    #[test]
    fn every_language_has_the_messages_of_english_with_the_same_variables() {
        let english = messages(Language::English);
        assert!(english.len() > 150, "{}", english.len());
        for language in Language::ALL {
            let own = messages(language);
            for (id, variables) in &english {
                assert_eq!(own.get(id), Some(variables), "{} of {}", id, language.code());
            }
            assert_eq!(own.len(), english.len(), "{} has a message that English lacks", language.code());
            // Every message can be formatted.
            let texts = texts(language).unwrap();
            own.iter().for_each(|(id, variables)| assert!(!filled(&texts, id, variables).is_empty(), "{id}"));
        }
    }

    #[test]
    fn every_message_that_a_template_or_the_code_names_exists_and_every_message_is_named() {
        let english = messages(Language::English);
        let in_template = Regex::new(r#"\bt\("([A-Za-z0-9_.-]+)"\s*[,)]"#).unwrap();
        let in_code = Regex::new(r#"\btexts\s*\.(?:text|sentence)\(\s*"([A-Za-z0-9_.-]+)""#).unwrap();
        let literal = Regex::new(r#""([a-z]+-[A-Za-z0-9_.-]+|[a-z]+)""#).unwrap();
        let mut sources = files_below("src/report", ".j2");
        sources.extend(files_below("src/report", ".rs").into_iter().filter(|path| !path.ends_with("texts.rs")));
        let mut named = BTreeSet::new();
        for path in sources {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let is_template = path.extension().is_some_and(|extension| extension == "j2");
            let calls = if is_template { &in_template } else { &in_code };
            for call in calls.captures_iter(text) {
                assert!(english.contains_key(&call[1]), "{}: there is no message `{}`", path.display(), &call[1]);
            }
            named.extend(literal.captures_iter(text).map(|literal| literal[1].to_owned()));
        }
        let headings =
            catalogue::BuiltInPart::ALL.map(|part| format!("{}-heading", crate::report::parts::words_of(part)));
        for heading in &headings {
            assert!(english.contains_key(heading), "{heading}");
        }
        for id in english.keys().filter(|id| !named.contains(*id) && !headings.contains(id)) {
            assert!(BY_KEY.iter().any(|prefix| id.starts_with(prefix)), "nothing uses the message `{id}`");
        }
    }

    #[test]
    fn english_counts_one_and_several() {
        let english = texts(Language::English).unwrap();
        let told = |id: &str, name: &str, number: u64| english.sentence(id, &[(name, number.into())]).unwrap();
        let former = |number: u64| told("headline-former", "customers", number);
        assert!(former(1).contains("1 former customer,"), "{}", former(1));
        assert!(former(1002).contains("1,002 former customers,"), "{}", former(1002));
        assert_eq!(told("checks-all-passed", "count", 1), "The only check passed.");
        assert_eq!(told("checks-all-passed", "count", 728), "All 728 checks passed.");
        let cut =
            |all: u64| english.sentence("tables-counted", &[("customers", all.into()), ("file", "x.xlsx".into())]);
        assert_eq!(cut(1).unwrap(), "Of 1 customer; the list is in x.xlsx.");
        assert_eq!(cut(2).unwrap(), "Of 2 customers; the list is in x.xlsx.");
        let chinese = texts(Language::Chinese).unwrap();
        let former = |number: u64| chinese.sentence("headline-former", &[("customers", number.into())]).unwrap();
        assert!(former(1).contains("1位已流失客户") && former(1002).contains("1,002位已流失客户"), "{}", former(1002));
    }

    /// A sidecar with every kind of rule, and these at the end.
    fn checked(last: &str) -> Sidecar {
        let yaml = "checks:
  - not_null: {columns: [a, b]}
  - unique: {columns: [a, b]}
  - accepted_values: {column: a, values: [x, 2]}
  - range: {column: a, min: 0, max: 1.5}
  - range: {column: a, min: 0}
  - range: {column: a, max: 1}
  - range: {column: a}
  - row_count: {min: 1, max: 9}
  - row_count: {min: 1}
  - row_count: {max: 9}
  - row_count: {}
  - relationship: {column: a, table: t, to: b}
";
        serde_yaml::from_str(&format!("{yaml}{last}")).unwrap()
    }

    #[test]
    fn the_rules_of_checks_are_told_in_every_language_and_as_errors_tell_them() {
        let sidecar = checked(
            "  - expression: {name: a is small, sql: a < 1, label: {zh: a 较小}}
  - expression: {name: a is smaller, sql: a < 0}
",
        );
        let rules = |language: Language| {
            let rules = sidecar.checks.iter().map(|check| rule(&check.value, language).unwrap());
            rules.collect::<Vec<_>>()
        };
        let of_errors: Vec<String> = sidecar.checks.iter().map(|check| checks::rule(&check.value)).collect();
        assert_eq!(rules(Language::English), of_errors);
        let chinese = rules(Language::Chinese);
        assert_eq!(chinese[0], "a、b 不为空");
        assert_eq!(chinese[3], "a 在 0 至 1.5 之间");
        assert_eq!(chinese[7], "1 至 9 行");
        assert_eq!(chinese[12..], ["a 较小", "a is smaller"]);
    }

    #[test]
    fn a_broken_rule_is_told_as_what_was_found_in_every_language_and_as_warnings_tell_it() {
        let sidecar = checked(
            "  - expression: {name: a is small, sql: a < 1, label: {zh: a 较小}, found: {en: a is large, zh: a 较大}}
  - expression: {name: a is smaller, sql: a < 0, label: {zh: a 更小}}
",
        );
        let told = |language: Language| {
            sidecar.checks.iter().map(|check| found(&check.value, language).unwrap()).collect::<Vec<_>>()
        };
        let english = told(Language::English);
        let of_warnings: Vec<String> = sidecar.checks.iter().map(|check| checks::found(&check.value)).collect();
        assert_eq!(english, of_warnings);
        assert_eq!((english[0].as_str(), english[4].as_str()), ("a, b empty", "a below 0"));
        assert_eq!(english[12..], ["a is large", "this does not hold: a is smaller"]);
        assert_eq!(told(Language::Chinese)[12..], ["a 较大", "以下规则不成立：a 更小"]);
        // No sentence repeats the rule as if it held.
        for (check, found) in sidecar.checks.iter().zip(&english) {
            assert_ne!(*found, rule(&check.value, Language::English).unwrap());
        }
    }

    #[test]
    fn whatever_is_shipped_is_worded_in_every_language() {
        let catalogue = catalogue::read(&[], &mut Vec::new());
        for language in Language::ALL {
            let none: [String; 0] = [];
            for (name, sidecar) in shipped_sidecars() {
                let missing = untranslated::of_sidecar(&sidecar, sidecar.report.as_ref(), language);
                assert_eq!(missing, none, "{} of `{name}`", language.code());
                if sidecar.working_list.is_some() && language != Language::English {
                    assert_eq!(
                        untranslated::of_spreadsheet(&sidecar, language),
                        none,
                        "{} of `{name}`",
                        language.code()
                    );
                }
            }
            for (name, table) in canonical::names().filter_map(canonical::entry) {
                assert!(table.gives.given(language).is_some(), "{} of `{name}`", language.code());
            }
            assert_eq!(untranslated::of_catalogue(&catalogue, language), none, "{}", language.code());
        }
    }

    #[test]
    fn chinese_calls_customers_what_the_shipped_words_call_them() {
        let (_, text) = file(Language::Chinese);
        assert!(text.contains("客户") && !text.contains("顾客"));
        for check in shipped_sidecars().flat_map(|(_, sidecar)| sidecar.checks) {
            if let Check::Expression(check) = check.value {
                assert!(!check.label.zh.unwrap_or_default().contains("顾客"), "{}", check.name);
            }
        }
    }
}
