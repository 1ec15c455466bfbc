//! Keys in words, and sentences of sidecars with their gaps filled.

/// A key such as `broken_promises` with spaces for its underscores. Other values, such as identifiers, stay as they are.
pub(crate) fn in_words(value: &str) -> String {
    let is_key = value.chars().all(|c| c.is_ascii_lowercase() || c == '_') && value.contains('_');
    if is_key { value.replace('_', " ") } else { value.to_owned() }
}

/// Fills the `{gaps}` of a sentence, in one pass, so that what is filled in is never taken for a gap. Fails with the
/// reason in words.
pub(crate) fn fill(sentence: &str, value_of: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (gap, behind) = after.split_once('}').ok_or_else(|| format!("a gap has no end in `{sentence}`"))?;
        text.push_str(before);
        text.push_str(&value_of(gap).ok_or_else(|| format!("nothing fills the gap `{gap}` of `{sentence}`"))?);
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_a_gap_is_never_a_gap_itself() {
        let value_of = |gap: &str| Some(if gap == "x" { "{y}" } else { "2" }.to_owned());
        assert_eq!(fill("a {x} b {y}", value_of).unwrap(), "a {y} b 2");
    }
}
