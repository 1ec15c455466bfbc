//! Markdown: escaping, and single empty lines.

use minijinja::value::Value;
use minijinja::{Output, State};

/// Replaces several empty lines by one; parts of a template that are left out leave theirs behind.
pub(crate) fn without_wide_gaps(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        if !(line.is_empty() && kept.last().is_none_or(|before| before.is_empty())) {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

/// Writes a value of a template, escaped so that Markdown shows it as it is.
pub(super) fn write_escaped(output: &mut Output<'_>, _: &State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let written = if value.is_safe() { output.write_str(&text) } else { output.write_str(&escape(&text)) };
    written.map_err(|_| minijinja::Error::new(minijinja::ErrorKind::WriteFailure, "cannot write markdown"))
}

/// Escapes text for a paragraph or a table cell, so that it becomes no HTML, emphasis, link, new cell or new line. An
/// underscore within a word is kept, because Markdown gives it no meaning there and names have many.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' | '\n' | '\t' => escaped.push(' '),
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => escaped.push('_'),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        before = character;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_from_data_stays_text() {
        assert_eq!(escape("<script> a|b *c* [d](e) `f`\ng"), r"&lt;script&gt; a\|b \*c\* \[d\](e) \`f\` g");
    }

    #[test]
    fn names_keep_their_underscores() {
        assert_eq!(escape("stg_purchases _x_"), r"stg_purchases \_x\_");
    }
}
