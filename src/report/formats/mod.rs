//! The formats of the report, one file each.
//!
//! A new format is a file with an implementation of [`Format`], a name in [`ReportFormat`] and a line in [`of`]. What a store
//! says of the type of a file follows from the ending of its name ([`crate::storage::folder`]).

mod html;
mod json;
mod markdown;
mod page;
mod xlsx;

pub use json::{read as read_json, write as to_json};

use super::model::LoyaltyReport;
use crate::config::catalogue::Document;
use crate::config::report_format::ReportFormat;
use crate::error::Result;

/// A document of the report, and where its other document is.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Which document.
    pub document: Document,
    /// Name of the file of the other document.
    pub other: &'a str,
}

/// Whether a format shows charts as pictures; they are drawn only where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pictures {
    Drawn,
    LeftOut,
}

/// A way to write the report.
pub trait Format: Sync {
    /// Ending of the file's name, without a dot.
    fn extension(&self) -> &'static str;

    /// Whether one file holds both documents, so that it takes no notice of which one is asked for.
    fn is_one_file(&self) -> bool {
        false
    }

    /// A document of the report as the bytes of a file.
    ///
    /// # Errors
    /// [`crate::error::Error::Execution`] when a template of ours does not fit the report, which is a defect of the
    /// program.
    fn write(&self, report: &LoyaltyReport, page: &Page<'_>) -> Result<Vec<u8>>;
}

/// The report in these formats: names of files, which begin with `name` and the language, and what they hold.
///
/// # Errors
/// See [`Format::write`].
pub fn documents(report: &LoyaltyReport, name: &str, formats: &[ReportFormat]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut documents = Vec::new();
    for format in formats.iter().map(|format| of(*format)) {
        let ending = format!("{}.{}", report.context.language().code(), format.extension());
        let (whole, quality) = (format!("{name}.{ending}"), format!("{name}-quality.{ending}"));
        let page = Page { document: Document::Report, other: &quality };
        documents.push((whole.clone(), format.write(report, &page)?));
        if !format.is_one_file() {
            let page = Page { document: Document::Quality, other: &whole };
            documents.push((quality.clone(), format.write(report, &page)?));
        }
    }
    Ok(documents)
}

/// The format that a pipeline names.
pub fn of(name: ReportFormat) -> &'static dyn Format {
    match name {
        ReportFormat::Html => &html::Html,
        ReportFormat::Markdown => &markdown::Markdown,
        ReportFormat::Xlsx => &xlsx::Xlsx,
        ReportFormat::Json => &json::Json,
    }
}
