//! Names of sheets: what Excel allows, each once.

use std::collections::BTreeSet;

/// Characters of the name of a sheet, as UTF-16 counts them.
const NAME_CHARACTERS: usize = 31;
/// What a name becomes of which nothing is left.
const NAMELESS: &str = "-";
/// A name that Excel keeps for itself.
const RESERVED: &str = "history";

/// The names that a workbook has so far.
#[derive(Default)]
pub(in crate::report) struct SheetNames {
    taken: BTreeSet<String>,
}

impl SheetNames {
    /// A name like `wanted` that no sheet has yet: without what Excel refuses, shortened, and numbered where it is taken. Case
    /// makes no difference.
    pub(in crate::report) fn take(&mut self, wanted: &str) -> String {
        let allowed = allowed(wanted);
        let numbered = (2_u32..).map(|number| format!(" ({number})"));
        let endings = std::iter::once(String::new()).chain(numbered);
        let mut names = endings.map(|ending| format!("{}{ending}", shortened(&allowed, utf16_length(&ending))));
        let free = names.find(|name| name.to_lowercase() != RESERVED && self.taken.insert(name.to_lowercase()));
        free.unwrap_or(allowed)
    }
}

fn allowed(wanted: &str) -> String {
    let is_refused = |c: char| c.is_control() || "*?:[]\\/".contains(c);
    let text: String = wanted.chars().map(|c| if is_refused(c) { ' ' } else { c }).collect();
    let text = text.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    if text.is_empty() { NAMELESS.to_owned() } else { text.to_owned() }
}

/// The beginning of a name that leaves room for an ending.
fn shortened(name: &str, ending: usize) -> &str {
    let mut length = ending;
    let fits = name.char_indices().find(|(_, c)| {
        length += c.len_utf16();
        length > NAME_CHARACTERS
    });
    let kept = fits.map_or(name, |(end, _)| &name[..end]);
    kept.trim_end_matches(|c: char| c == '\'' || c.is_whitespace())
}

fn utf16_length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A sheet's name as formulas write it.
pub(in crate::report) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_excel_allows_and_each_is_there_once() {
        let mut names = SheetNames::default();
        let mut take = |wanted: &str| names.take(wanted);
        assert_eq!(take("Anna [North/East]: key?"), "Anna  North East   key");
        assert_eq!(take("'quoted'"), "quoted");
        assert_eq!(take("QUOTED"), "QUOTED (2)");
        assert_eq!(take(""), "-");
        assert_eq!(take("///"), "- (2)");
        assert_eq!(take("History"), "History (2)");
        assert_eq!(take("a very long name of a person indeed"), "a very long name of a person in");
        assert_eq!(take("a very long name of a person indeed"), "a very long name of a perso (2)");
        assert_eq!(take("张三的名字"), "张三的名字");
        // Two UTF-16 units each: 15 of them fit, and half of the sixteenth does not.
        assert_eq!(take(&"😀".repeat(20)), "😀".repeat(15));
        assert_eq!(quoted("Ann's"), "'Ann''s'");
    }
}
