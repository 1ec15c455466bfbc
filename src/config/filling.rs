//! A deserializer that fills in variables: it sits between the YAML parser and a struct, and changes every string value
//! that passes through it. Keys of maps stay as they are.
//!
//! A number or a boolean may also be written as a variable: where the struct expects one and the YAML has text, the
//! text is filled in and then parsed as the expected type.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::variables::Variables;

#[cfg(test)]
mod tests;

/// Fills in texts in the order in which they are read.
pub struct Filler<'a> {
    variables: &'a Variables<'a>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// How many texts with variables were read so far.
    seen: usize,
    /// Numbers of the texts that an earlier reading could not fill in; they are left unchanged.
    passed_over: BTreeSet<usize>,
    /// The first other text that could not be filled in, and why.
    failed: Option<(usize, String)>,
}

impl<'a> Filler<'a> {
    /// A filler that has read nothing yet. It leaves the texts whose numbers, counted from 1, are in `passed_over`
    /// unchanged.
    pub fn new(variables: &'a Variables<'a>, passed_over: &BTreeSet<usize>) -> Self {
        let state = State { passed_over: passed_over.clone(), ..State::default() };
        Self { variables, state: RefCell::new(state) }
    }

    /// Wraps `inner`, so that the variables in its values are filled in.
    pub fn filling<D>(&self, inner: D) -> Filling<'_, D> {
        Filling { inner, filler: self }
    }

    /// The text that could not be filled in, counted from 1, and why.
    pub fn failed(&self) -> Option<(usize, String)> {
        self.state.borrow().failed.clone()
    }

    /// The text filled in; `None` when there is nothing to fill in.
    fn fill<E: serde::de::Error>(&self, text: &str) -> Result<Option<String>, E> {
        if !text.contains("${") {
            return Ok(None);
        }
        let mut state = self.state.borrow_mut();
        state.seen += 1;
        let position = state.seen;
        if state.passed_over.contains(&position) {
            return Ok(None);
        }
        self.variables.fill_in(text).map(Some).map_err(|message| {
            state.failed = Some((position, message.clone()));
            E::custom(message)
        })
    }
}

/// A deserializer whose values are filled in; see the module.
pub struct Filling<'f, D> {
    inner: D,
    filler: &'f Filler<'f>,
}

/// The type that a struct expects where the YAML may have text.
#[derive(Clone, Copy)]
enum Wanted {
    /// Any type.
    Any,
    Boolean,
    Unsigned,
    Signed,
    Number,
}

impl Wanted {
    fn words(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Boolean => "`true` or `false`",
            Self::Unsigned => "a whole number, 0 or more",
            Self::Signed => "a whole number",
            Self::Number => "a number",
        }
    }
}

macro_rules! forwarded {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $kind,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($argument,)* Filled { inner: visitor, wanted: Wanted::Any, filler: self.filler })
        })*
    };
}

macro_rules! wanted {
    ($($method:ident $wanted:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.deserialize_any(Filled { inner: visitor, wanted: Wanted::$wanted, filler: self.filler })
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Filling<'_, D> {
    type Error = D::Error;

    wanted! {
        deserialize_bool Boolean;
        deserialize_u8 Unsigned; deserialize_u16 Unsigned; deserialize_u32 Unsigned; deserialize_u64 Unsigned;
        deserialize_i8 Signed; deserialize_i16 Signed; deserialize_i32 Signed; deserialize_i64 Signed;
        deserialize_f32 Number; deserialize_f64 Number;
    }

    forwarded! {
        deserialize_any(); deserialize_char(); deserialize_str(); deserialize_string(); deserialize_bytes();
        deserialize_byte_buf(); deserialize_option(); deserialize_unit(); deserialize_seq(); deserialize_map();
        deserialize_identifier(); deserialize_ignored_any();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }
}

/// A visitor whose texts are filled in before `inner` sees them; also a seed or an accessor whose values are filled in.
struct Filled<'f, V> {
    inner: V,
    wanted: Wanted,
    filler: &'f Filler<'f>,
}

impl<'f, V> Filled<'f, V> {
    fn any(inner: V, filler: &'f Filler<'f>) -> Self {
        Self { inner, wanted: Wanted::Any, filler }
    }

    /// Reads a text where another type is expected.
    fn read<'de, E: serde::de::Error>(self, text: &str) -> Result<V::Value, E>
    where
        V: Visitor<'de>,
    {
        let filled = self.filler.fill(text)?;
        let bare = filled.as_deref().unwrap_or(text).trim();
        let wrong = || match &filled {
            Some(value) => E::custom(format!("expected {}, not `{value}` from `{text}`", self.wanted.words())),
            None => E::custom(format!("expected {}", self.wanted.words())),
        };
        match self.wanted {
            Wanted::Any => match filled {
                Some(value) => self.inner.visit_string(value),
                None => self.inner.visit_str(text),
            },
            Wanted::Boolean => self.inner.visit_bool(bare.parse().map_err(|_| wrong())?),
            Wanted::Unsigned => self.inner.visit_u64(bare.parse().map_err(|_| wrong())?),
            Wanted::Signed => self.inner.visit_i64(bare.parse().map_err(|_| wrong())?),
            Wanted::Number => self.inner.visit_f64(bare.parse().map_err(|_| wrong())?),
        }
    }

    /// Passes on a value that is not text, if it has the expected type.
    fn other<'de, E: serde::de::Error>(
        self,
        fits: impl Fn(Wanted) -> bool,
        visit: impl FnOnce(V) -> Result<V::Value, E>,
    ) -> Result<V::Value, E>
    where
        V: Visitor<'de>,
    {
        if matches!(self.wanted, Wanted::Any) || fits(self.wanted) {
            return visit(self.inner);
        }
        Err(E::custom(format!("expected {}", self.wanted.words())))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Filled<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.other(|wanted| matches!(wanted, Wanted::Boolean), |inner| inner.visit_bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        let is_number = |wanted| match wanted {
            Wanted::Unsigned => value >= 0,
            _ => matches!(wanted, Wanted::Signed | Wanted::Number),
        };
        self.other(is_number, |inner| inner.visit_i64(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
        let is_number = |wanted| matches!(wanted, Wanted::Unsigned | Wanted::Signed | Wanted::Number);
        self.other(is_number, |inner| inner.visit_u64(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        self.other(|wanted| matches!(wanted, Wanted::Number), |inner| inner.visit_f64(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.read(text)
    }

    fn visit_bytes<E: serde::de::Error>(self, value: &[u8]) -> Result<V::Value, E> {
        self.other(|_| false, |inner| inner.visit_bytes(value))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.other(|_| false, |inner| inner.visit_none())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.other(|_| false, |inner| inner.visit_unit())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(self.filler.filling(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(self.filler.filling(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<V::Value, A::Error> {
        let filler = self.filler;
        self.other(|_| false, |inner| inner.visit_seq(Filled::any(values, filler)))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let filler = self.filler;
        self.other(|_| false, |inner| inner.visit_map(Filled::any(entries, filler)))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        let filler = self.filler;
        self.other(|_| false, |inner| inner.visit_enum(Filled::any(variant, filler)))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Filled<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(self.filler.filling(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Filled<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Filled::any(seed, self.filler))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Filled<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Filled::any(seed, self.filler))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'f, A: EnumAccess<'de>> EnumAccess<'de> for Filled<'f, A> {
    type Error = A::Error;
    type Variant = Filled<'f, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(Filled::any(seed, self.filler))?;
        Ok((value, Filled::any(variant, self.filler)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Filled<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Filled::any(seed, self.filler))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(length, Filled::any(visitor, self.filler))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Filled::any(visitor, self.filler))
    }
}
