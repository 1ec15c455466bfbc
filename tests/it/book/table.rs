//! Markdown tables.

/// A Markdown table; a line that would be empty in every row is not shown.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let shown: Vec<usize> =
        (0..headings.len()).filter(|&column| rows.iter().any(|row| !row[column].is_empty())).collect();
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |").replace("|  |", "| |");
    let mut text = line(shown.iter().map(|&column| headings[column]).collect());
    text += &format!("|{}\n", "---|".repeat(shown.len()));
    for row in rows {
        text += &line(shown.iter().map(|&column| row[column].as_str()).collect());
    }
    text
}

/// Text as it stands in one cell of a table.
pub fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Text in code type.
pub fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{text}{fence}")
}
