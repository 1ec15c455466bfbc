//! `staunch report`: renders the reports of a published run again.

use std::io::Write;
use std::path::Path;

use super::nights::open;
use super::{Invocation, write};
use crate::cli::ReportArguments;
use crate::error::{Error, Problem, Result};
use crate::nights::report::{WantedReports, render};

/// Writes the documents and prints their paths.
///
/// # Errors
/// There is no such run or report, or a file cannot be written.
pub async fn execute(
    arguments: &ReportArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let wanted = WantedReports {
        run: &arguments.run,
        compared: arguments.compare.as_ref(),
        name: arguments.name.as_deref(),
        language: arguments.lang.as_deref(),
        formats: &arguments.format,
    };
    let documents = render(&nights, &wanted).await?;
    let folder = &arguments.output;
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    for (name, document) in &documents {
        let path = folder.join(name);
        write_whole(folder, &path, document).map_err(|error| cannot_write(&path, error))?;
        write(output, format!("{}\n", path.display()).as_bytes())?;
    }
    if arguments.open
        && let Some((name, _)) = documents.first()
    {
        let path = folder.join(name);
        open::that_detached(&path).map_err(|error| {
            Error::execution(
                Problem::new(format!("cannot open `{}`", path.display()))
                    .caused_by(error)
                    .hint("the file was written; open it by hand"),
            )
        })?;
    }
    Ok(())
}

/// Nobody sees half a file.
fn write_whole(folder: &Path, path: &Path, document: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(document)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::execution(Problem::new(format!("cannot write `{}`", path.display())).caused_by(error))
}
