//! Every value of the pipeline file may be a variable: the files tried here are made from its JSON Schema, so that a
//! new key is tried, too.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::schema_for;
use serde_json::{Map, Value, json};

use crate::config::schema::PipelineFile;
use crate::config::variables::Variables;
use crate::config::yaml;
use crate::error::Problem;

/// A file in which every value is a variable, and the values of these.
struct Sample {
    schema: Value,
    /// Which of several forms a value takes, counted around.
    choice: usize,
    values: BTreeMap<String, String>,
}

impl Sample {
    fn text(choice: usize) -> (Arc<str>, BTreeMap<String, String>) {
        let schema = schema_for!(PipelineFile).to_value();
        let mut sample = Self { schema: schema.clone(), choice, values: BTreeMap::new() };
        let file = sample.value(&schema);
        (Arc::from(serde_json::to_string_pretty(&file).unwrap()), sample.values)
    }

    fn variable(&mut self, value: &str) -> Value {
        let name = format!("V{:03}", self.values.len());
        // Free texts differ, so that each can be found again.
        let value = if value == "text" { format!("text of {name}") } else { value.to_owned() };
        self.values.insert(name.clone(), value);
        json!(format!("${{{name}}}"))
    }

    fn value(&mut self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.schema.pointer(name.trim_start_matches('#')).unwrap().clone();
            return self.value(&target);
        }
        let is_null = |schema: &&Value| schema["type"] == "null";
        if let Some(choices) = schema["anyOf"].as_array() {
            let chosen = choices.iter().find(|choice| !is_null(choice)).unwrap().clone();
            return self.value(&chosen);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let chosen = choices[self.choice % choices.len()].clone();
            return self.value(&chosen);
        }
        if let Some(word) = schema["const"].as_str() {
            return self.variable(word);
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        match kinds.first().copied() {
            Some("object") => {
                let mut object = Map::new();
                for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                    object.insert(key.clone(), self.value(schema));
                }
                if schema["additionalProperties"].is_object() {
                    object.insert("some_key".to_owned(), self.value(&schema["additionalProperties"]));
                }
                Value::Object(object)
            }
            Some("array") => json!([self.value(&schema["items"])]),
            Some("string") if schema["pattern"].as_str().is_some_and(|known| known.contains("|date|")) => {
                self.variable("date")
            }
            Some("string") => self.variable("text"),
            Some("integer" | "number") => self.variable("7"),
            Some("boolean") => self.variable("true"),
            other => panic!("a value of a kind that is not known here: {other:?} in {schema}"),
        }
    }
}

fn parse(text: &Arc<str>, lookup: &dyn Fn(&str) -> Option<String>) -> Result<PipelineFile, Vec<Problem>> {
    yaml::parse_filled("p.yml", text, &Variables::Environment(lookup))
}

/// How many forms the most varied value has.
const CHOICES: usize = 6;

#[test]
fn every_value_of_the_pipeline_file_is_filled_in() {
    for choice in 0..CHOICES {
        let (text, values) = Sample::text(choice);
        assert!(values.len() > 30, "only {} values in {text}", values.len());
        let asked = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            values.get(name).cloned()
        };
        let file = format!("{:?}", parse(&text, &lookup).unwrap());
        let all: BTreeSet<String> = values.keys().cloned().collect();
        assert_eq!(*asked.borrow(), all, "{text}");
        assert!(!file.contains("${"), "{file}");
        for value in values.values().filter(|value| value.starts_with("text of")) {
            assert!(file.contains(value), "`{value}` is not in {file}");
        }
    }
}

#[test]
fn every_value_that_is_not_set_is_named_with_its_place() {
    for choice in 0..CHOICES {
        let (text, values) = Sample::text(choice);
        for missing in values.keys() {
            let lookup = |name: &str| values.get(name).filter(|_| name != missing).cloned();
            let [problem] = parse(&text, &lookup).unwrap_err().try_into().unwrap();
            assert_eq!(problem.message, format!("the environment variable `{missing}` is not set"));
            let place = problem.place.unwrap();
            let line = text.lines().nth(place.line - 1).unwrap();
            assert!(line[place.column - 1..].starts_with(&format!("\"${{{missing}}}\"")), "{place} of {line}");
        }
    }
}

#[test]
fn all_variables_that_are_not_set_are_reported_at_once() {
    let text = Arc::from(
        "name: ${A}\nqueries: [\"${B}\", c, '${D}']\noutputs: {}\npublish:\n  location: ${E}/x\n  lock_seconds: ${F}\n",
    );
    let problems = parse(&text, &|_| None).unwrap_err();
    let places: Vec<String> = problems.iter().map(|problem| problem.place.as_ref().unwrap().to_string()).collect();
    assert_eq!(places, ["p.yml:1:7", "p.yml:2:11", "p.yml:2:22", "p.yml:5:13", "p.yml:6:17"], "{problems:?}");
}

#[test]
fn numbers_and_booleans_may_be_variables() {
    let text = Arc::from(
        "name: a\nstores: {s: {url: x, allow_http: '${YES:-true}'}}\nqueries: []\noutputs: {}\n\
         publish: {location: x, lock_seconds: \"${LOCK}\"}\n",
    );
    let of = |lock: &str| {
        let lock = lock.to_owned();
        parse(&text, &move |name| (name == "LOCK").then(|| lock.clone()))
    };
    let file = of("60").unwrap();
    assert_eq!(file.publish.lock_seconds.value, 60);
    assert!(file.stores["s"].allow_http);
    let [problem] = of("soon").unwrap_err().try_into().unwrap();
    assert_eq!(problem.to_string(), "p.yml:5:38: expected a whole number, 0 or more, not `soon` from `${LOCK}`");
}

#[test]
fn keys_are_not_filled_in() {
    let text = Arc::from("name: a\nset: {'${KEY}': 1}\nqueries: []\noutputs: {}\npublish: {location: x}\n");
    assert!(parse(&text, &|_| Some("b".into())).unwrap().set.contains_key("${KEY}"));
}

#[test]
fn a_variable_in_another_file_is_refused() {
    let text = Arc::from("description: A table\ngrain: [\"${COLUMN}\"]\n");
    let problem = yaml::parse::<crate::config::sidecar::Sidecar>("q.yml", &text).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "q.yml:2:9: `${COLUMN}` is not filled in here, only in the pipeline file (hint: write the value, or `$${` where \
         the text has `${`; queries and rules use `$parameters`)"
    );
}
