//! A drawn chart -> SVG inside a page.

use serde::Serialize;

use super::marks::Marks;
use crate::error::Result;
use crate::render::Messages;

/// Widths that a chart is drawn for, in pixels: pages on a desk and on paper, and pages on a phone.
pub(super) const WIDE: f64 = 760.0;
pub(super) const NARROW: f64 = 350.0;
/// Marks that the description names one by one.
const NAMED_MARKS: usize = 12;

/// A chart, drawn for a wide and for a narrow page.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Picture {
    /// Heading above it, where the table has several.
    title: Option<String>,
    /// Where its numbers are from.
    source: Option<String>,
    /// SVG elements, the wide one first; the page's style shows one of them.
    wide: String,
    narrow: String,
}

impl Picture {
    /// Draws both widths.
    pub fn new(name: &str, title: &str, description: &str, draw: impl Fn(f64) -> String) -> Self {
        let embed = |width: f64, size: &str| embedded(&draw(width), &format!("{name}-{size}"), title, description);
        Self { title: None, source: None, wide: embed(WIDE, "wide"), narrow: embed(NARROW, "narrow") }
    }

    /// The picture with a heading, and a line that says where its numbers are from.
    pub fn with_words(self, title: Option<String>, source: String) -> Self {
        Self { title, source: Some(source), ..self }
    }
}

/// The SVG with a title and a description, and a width that follows the page.
pub(super) fn embedded(svg: &str, id: &str, title: &str, description: &str) -> String {
    let Some((head, body)) = svg.split_once('>') else { return String::new() };
    let attribute = |name: &str| {
        let rest = head.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest)?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let (Some(width), Some(height)) = (attribute("width"), attribute("height")) else { return String::new() };
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-text\" \
         font-family=\"inherit\" fill=\"var(--ink)\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-text\">{}</desc>{}",
        escaped(title),
        escaped(description),
        with_own_names(&with_page_colours(&without_empty_titles(&without_comment(body))), id)
    )
}

/// The body without the comment that names the version of the library, which would change the report's bytes with it.
fn without_comment(body: &str) -> String {
    match (body.find("<!--"), body.find("-->")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &body[..start], &body[end + 3..]),
        _ => body.to_owned(),
    }
}

/// The body with colours of the page where the library draws in colours of its own, which a dark page would swallow: whiskers of
/// points, and the line at 0.
fn with_page_colours(body: &str) -> String {
    body.replace("\"#000000\"", "\"var(--soft)\"").replace("\"#888888\"", "\"var(--soft)\"")
}

/// The body without the hover texts of fields that have no mark.
fn without_empty_titles(body: &str) -> String {
    body.replace("<title></title>", "")
}

/// The body with names of the picture's own, `<id>-1` and so on: names count in the whole page, and the library numbers its
/// own through the whole process, so that they would differ from run to run.
fn with_own_names(body: &str, id: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in body.split(" id=\"").skip(1).filter_map(|rest| rest.split_once('"').map(|(name, _)| name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().zip(1..).fold(body.to_owned(), |body, (name, number)| {
        body.replace(&format!(" id=\"{name}\""), &format!(" id=\"{id}-{number}\""))
            .replace(&format!("url(#{name})"), &format!("url(#{id}-{number})"))
    })
}

fn escaped(text: &str) -> String {
    minijinja::HtmlEscape(text).to_string()
}

/// What the chart shows, in words.
pub(super) fn description(marks: &Marks, texts: &Messages) -> Result<String> {
    let name = |mark: &super::marks::Mark| {
        let names = [mark.label.as_str(), mark.by.as_str(), mark.x_text.as_str()];
        names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" / ")
    };
    let named = marks.rows.iter().take(NAMED_MARKS).map(|mark| format!("{} {}", name(mark), mark.text));
    let named: Vec<String> = named.collect();
    let left = marks.rows.len().saturating_sub(NAMED_MARKS);
    let more = if left > 0 { format!(" (+{left})") } else { String::new() };
    texts.sentence(
        "charts-description",
        &[("value", marks.value.label.clone().into()), ("marks", format!("{}{more}", named.join("; ")).into())],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_words_and_follows_the_width_of_the_page() {
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="700" height="200.5" font-family="x"><!-- by a library 1.0 --><clipPath id="c"/><g clip-path="url(#c)"/></svg>"#;
        let embedded = embedded(svg, "nps", "Scores < 0", "A & B");
        assert_eq!(
            embedded,
            "<svg viewBox=\"0 0 700 200.5\" role=\"img\" aria-labelledby=\"nps-title nps-text\" font-family=\"inherit\" \
             fill=\"var(--ink)\"><title id=\"nps-title\">Scores &lt; 0</title><desc id=\"nps-text\">A &amp; B</desc>\
             <clipPath id=\"nps-1\"/><g clip-path=\"url(#nps-1)\"/></svg>"
        );
    }
}
