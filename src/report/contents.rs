//! The list of contents: the parts of the report in the order of the templates.

use serde::Serialize;

use super::table_view::SectionView;
use crate::config::table_report::Section;
use crate::error::Result;
use crate::render::Wording;

/// A line of the list.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// Identifier of the heading in HTML.
    anchor: String,
    heading: String,
    /// Names and titles of the tables below it.
    tables: Vec<(String, String)>,
}

/// A part of the report: one that the program knows, by the key of its words, or one made of tables.
enum Part {
    Known(&'static str),
    /// With the tables of a section at its end.
    KnownWith(&'static str, Section),
    Tables(Section),
}

const ORDER: [Part; 17] = [
    Part::KnownWith("segments", Section::Segments),
    Part::Tables(Section::Behaviour),
    Part::Known("nps"),
    Part::Tables(Section::Attitude),
    Part::Tables(Section::Value),
    Part::Tables(Section::Market),
    Part::Tables(Section::Leaving),
    Part::Tables(Section::Drivers),
    Part::Tables(Section::Service),
    Part::Tables(Section::Care),
    Part::Known("indicators"),
    Part::Known("coverage"),
    Part::Tables(Section::Quality),
    Part::Known("missing"),
    Part::Known("checks"),
    Part::Known("quality"),
    Part::Known("inputs"),
];

/// The list for a report with these parts made of tables.
pub(super) fn contents(sections: &[SectionView], wording: &Wording) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for part in ORDER {
        let (key, section) = match part {
            Part::Known(key) => (Some(key), None),
            Part::KnownWith(key, section) => (Some(key), Some(section)),
            Part::Tables(section) => (None, Some(section)),
        };
        let view = sections.iter().find(|view| Some(view.key) == section);
        let (anchor, heading) = match (key, view) {
            (Some(key), _) => (key.to_owned(), wording.text(&format!("/{key}/heading"))?.to_owned()),
            (None, Some(view)) => (format!("part-{}", view.name), view.heading.clone()),
            (None, None) => continue,
        };
        let tables = view.map(SectionView::titles).unwrap_or_default();
        entries.push(Entry { anchor, heading, tables });
    }
    Ok(entries)
}
