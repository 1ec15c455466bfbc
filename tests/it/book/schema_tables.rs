//! The keys of the YAML files, and of the JSON that a run publishes, as tables, from their JSON Schemas.

use std::fs;

use serde_json::{Map, Value};

use super::generated::Places;
use super::table::{cell, code, table};
use crate::project::repository;

/// The kinds of files, and where the JSON Schema of each is committed.
pub const SCHEMAS: [(&str, &str); 8] = [
    ("pipeline", "pipelines/pipeline.schema.json"),
    ("parameters", "queries/parameters.schema.json"),
    ("catalogue", "queries/catalogue.schema.json"),
    ("sidecar", "queries/sidecar.schema.json"),
    ("questionnaire", "queries/questionnaires/questionnaire.schema.json"),
    ("loyalty-definition", "queries/loyalty/loyalty_definition.schema.json"),
    ("test", "tests/queries/test.schema.json"),
    ("status", "docs/src/status.schema.json"),
];

/// Words that are listed where a key has one of them; longer lists have a table of their own.
const MOST_WORDS_IN_LINE: usize = 8;
/// Keys that are described where another key holds them, unless a page gives them a table of their own.
const MOST_KEYS_IN_LINE: usize = 3;

/// The schema of one kind of file.
pub struct SchemaFile {
    kind: String,
    schema: Value,
}

/// What a part of a schema is, for these tables.
enum Shape<'a> {
    /// A mapping with known keys.
    Keys(&'a Map<String, Value>),
    /// One of several words, each with its meaning.
    Words(Vec<(&'a str, &'a str)>),
    /// A mapping with exactly one of several keys, or one of several words.
    Variants(Vec<Variant<'a>>),
    Other,
}

struct Variant<'a> {
    name: &'a str,
    meaning: &'a str,
    settings: Option<&'a Value>,
}

impl SchemaFile {
    pub fn read(kind: &str) -> Self {
        let (_, path) = SCHEMAS
            .into_iter()
            .find(|(name, _)| *name == kind)
            .unwrap_or_else(|| panic!("there is no kind of file `{kind}`"));
        let text = fs::read_to_string(repository().join(path)).unwrap();
        Self { kind: kind.to_owned(), schema: serde_json::from_str(&text).unwrap() }
    }

    /// The parts of the schema that need a table: mappings with many keys, long lists of words, and variants.
    pub fn needed(&self) -> Vec<String> {
        let title = self.schema["title"].as_str().unwrap();
        let mut needed = vec![title.to_owned()];
        let mut inside_variants = Vec::new();
        let definitions = self.schema["$defs"].as_object().into_iter().flatten();
        for (name, part) in definitions.map(|(name, part)| (name.as_str(), part)).chain([(title, &self.schema)]) {
            let keys = match self.shape(part) {
                Shape::Keys(keys) => keys,
                Shape::Words(words) if words.len() > MOST_WORDS_IN_LINE => {
                    needed.push(name.to_owned());
                    continue;
                }
                _ => continue,
            };
            if keys.len() > MOST_KEYS_IN_LINE && name != title {
                needed.push(name.to_owned());
            }
            for (key, property) in keys {
                let property = inner(property);
                match self.shape(property) {
                    Shape::Words(words) if words.len() > MOST_WORDS_IN_LINE && reference(property).is_none() => {
                        needed.push(format!("{name}.{key}"));
                    }
                    Shape::Variants(variants) => {
                        needed.push(format!("{name}.{key}"));
                        let settings = variants.iter().filter_map(|variant| reference(variant.settings?));
                        inside_variants.extend(settings.map(str::to_owned));
                    }
                    _ => {}
                }
            }
        }
        needed.retain(|name| !inside_variants.contains(name));
        needed
    }

    /// Where a part is shown: under its own name, under that name in another kind of file that has the same part, or as a
    /// part of this file that is the same.
    pub fn place<'a>(&self, item: &str, places: &'a Places) -> Option<&'a String> {
        let part = self.part(item);
        let named = |kind: &str| places.get(&format!("schema {kind} {item}"));
        named(&self.kind)
            .or_else(|| {
                let others = SCHEMAS.iter().map(|(kind, _)| *kind).filter(|kind| *kind != self.kind);
                others
                    .filter_map(|kind| Some((kind, named(kind)?)))
                    .find_map(|(kind, place)| (Self::read(kind).part(item) == part).then_some(place))
            })
            .or_else(|| {
                let prefix = format!("schema {} ", self.kind);
                let shown = places.iter().filter_map(|(what, place)| Some((what.strip_prefix(&prefix)?, place)));
                let is_same = |other: &str| part.is_object() && self.part(other) == part;
                shown.filter(|(other, _)| is_same(other)).map(|(_, place)| place).next()
            })
    }

    /// A definition, or what a key of it holds (`Definition.key`).
    fn part(&self, item: &str) -> &Value {
        let (name, key) = item.split_once('.').map_or((item, None), |(name, key)| (name, Some(key)));
        let part = if self.schema["title"] == name { &self.schema } else { &self.schema["$defs"][name] };
        key.map_or(part, |key| inner(&part["properties"][key]))
    }

    /// The table of a definition, or of a key of it (`Definition.key`).
    pub fn block(&self, item: &str, places: &Places) -> String {
        let part = self.part(item);
        match self.shape(part) {
            Shape::Keys(keys) => {
                let rows: Vec<Vec<String>> =
                    keys.iter().map(|(key, property)| self.key_row(key, property, part, places, item)).collect();
                table(&["key", "type", "default", "meaning"], &rows)
            }
            Shape::Words(words) => {
                let rows: Vec<Vec<String>> =
                    words.iter().map(|(word, meaning)| vec![code(word), sentence(meaning)]).collect();
                table(&["value", "meaning"], &rows)
            }
            Shape::Variants(variants) => {
                let rows: Vec<Vec<String>> = variants
                    .iter()
                    .map(|variant| {
                        let settings = variant.settings.map(|settings| self.settings(settings, places));
                        vec![code(variant.name), sentence(variant.meaning), settings.unwrap_or_default()]
                    })
                    .collect();
                table(&["value", "meaning", "settings"], &rows)
            }
            Shape::Other => panic!("`{item}` of {} has no keys", self.kind),
        }
    }

    fn key_row(&self, key: &str, property: &Value, part: &Value, places: &Places, item: &str) -> Vec<String> {
        let default = if is_required(part, key) { "**required**".to_owned() } else { default(property) };
        let kind = match self.place(&format!("{item}.{key}"), places) {
            Some(place) if inner(property) == property => format!("[one of these]({place})"),
            Some(place) => wrapped(property, &format!("[value]({place})")),
            None => self.kind(property, places),
        };
        let mut meaning = sentence(property["description"].as_str().unwrap_or_default());
        if let Some(name) = reference(inner(property)) {
            let has_keys = matches!(self.shape(inner(property)), Shape::Keys(_));
            if has_keys && !is_by_language(self.part(name)) && self.place(name, places).is_none() {
                meaning += &format!("<br>{}", self.settings(inner(property), places));
            }
        }
        vec![code(key), kind, default, meaning]
    }

    /// The keys of a small mapping in one cell.
    fn settings(&self, settings: &Value, places: &Places) -> String {
        let part = self.resolved(settings);
        let keys = match self.shape(settings) {
            Shape::Keys(keys) => keys,
            _ if part["additionalProperties"] == false => return "none".to_owned(),
            _ => return self.kind(settings, places),
        };
        keys.iter()
            .map(|(key, property)| {
                let need = if is_required(part, key) { "**required**".to_owned() } else { default(property) };
                let need = if need.is_empty() { need } else { format!(", {need}") };
                let meaning = sentence(property["description"].as_str().unwrap_or_default());
                format!("{} ({}{need}): {meaning}", code(key), self.kind(property, places))
            })
            .collect::<Vec<_>>()
            .join("<br>")
    }

    fn resolved<'a>(&'a self, part: &'a Value) -> &'a Value {
        reference(part).map_or(part, |name| &self.schema["$defs"][name])
    }

    fn shape<'a>(&'a self, part: &'a Value) -> Shape<'a> {
        let part = self.resolved(part);
        if let Some(keys) = part["properties"].as_object() {
            return Shape::Keys(keys);
        }
        let Some(alternatives) = part["oneOf"].as_array() else { return Shape::Other };
        let meaning = |alternative: &'a Value| alternative["description"].as_str().unwrap_or_default();
        let words: Vec<(&str, &str)> = alternatives
            .iter()
            .filter_map(|alternative| Some((alternative["const"].as_str()?, meaning(alternative))))
            .collect();
        if words.len() == alternatives.len() {
            return Shape::Words(words);
        }
        let is_variant =
            |alternative: &Value| alternative["const"].is_string() || alternative["properties"].is_object();
        if !alternatives.iter().all(is_variant) {
            return Shape::Other;
        }
        let variants = alternatives.iter().map(|alternative| {
            let key = alternative["properties"].as_object().and_then(|keys| keys.iter().next());
            Variant {
                name: key.map_or_else(|| alternative["const"].as_str().unwrap(), |(name, _)| name.as_str()),
                meaning: meaning(alternative),
                settings: key.map(|(_, settings)| settings),
            }
        });
        Shape::Variants(variants.collect())
    }

    /// The type of a value in words, with links to the tables of its parts.
    fn kind(&self, property: &Value, places: &Places) -> String {
        if let Some(alternatives) = property["anyOf"].as_array() {
            return self.kind(&alternatives[0], places);
        }
        let part = self.resolved(property);
        if let Some(name) = reference(property) {
            if let Some(place) = self.place(name, places) {
                return format!("[{}]({place})", words_of(name));
            }
            if is_by_language(part) {
                return "text by language".to_owned();
            }
        }
        match self.shape(property) {
            Shape::Words(words) if words.len() <= MOST_WORDS_IN_LINE => {
                return words.iter().map(|(word, _)| code(word)).collect::<Vec<_>>().join(", ");
            }
            Shape::Keys(keys) => return keys.keys().map(|key| code(key)).collect::<Vec<_>>().join(", "),
            _ => {}
        }
        if part["pattern"].is_string() {
            return "[column type](column-types.md)".to_owned();
        }
        let types: Vec<&str> = match &part["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
            name => name.as_str().into_iter().collect(),
        };
        match types.as_slice() {
            ["string"] => "text".to_owned(),
            ["array" | "object"] if inner(part) != part => wrapped(part, &self.kind(inner(part), places)),
            ["object"] => "map".to_owned(),
            [name] => (*name).to_owned(),
            _ => "value".to_owned(),
        }
    }
}

/// `inner`, or a list or a mapping of it, as the property has it.
fn wrapped(property: &Value, inner: &str) -> String {
    let wrapping = match property["type"].as_str() {
        Some("array") => "list",
        Some("object") if property["additionalProperties"].is_object() => "map",
        _ => return inner.to_owned(),
    };
    let several = match inner.split_once(']') {
        Some((words, link)) => format!("{words}s]{link}"),
        None if inner.ends_with(char::is_alphabetic) && !inner.contains(' ') => format!("{inner}s"),
        None => inner.to_owned(),
    };
    format!("{wrapping} of {several}")
}

/// Whether a mapping holds the same text in several languages.
fn is_by_language(part: &Value) -> bool {
    part["properties"].as_object().is_some_and(|keys| keys.keys().all(|key| key == "en" || key == "zh"))
}

fn reference(part: &Value) -> Option<&str> {
    part["$ref"].as_str().map(|path| path.trim_start_matches("#/$defs/"))
}

/// What a list or a mapping holds; another value itself.
fn inner(property: &Value) -> &Value {
    match (&property["items"], &property["additionalProperties"]) {
        (items @ Value::Object(_), _) => items,
        (_, values @ Value::Object(_)) => values,
        _ => property["anyOf"].get(0).unwrap_or(property),
    }
}

fn is_required(part: &Value, key: &str) -> bool {
    part["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key))
}

fn default(property: &Value) -> String {
    match property.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Value::Array(values)) if values.is_empty() => "empty".to_owned(),
        Some(Value::String(text)) => code(text),
        Some(value) => code(&value.to_string()),
    }
}

/// A description without the marks that rustdoc needs.
fn sentence(text: &str) -> String {
    cell(&text.replace("[`", "`").replace("`]", "`"))
}

/// `SourceDefinition` is a source.
fn words_of(name: &str) -> String {
    let mut words = String::new();
    for letter in name.trim_end_matches("Definition").trim_end_matches("File").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
