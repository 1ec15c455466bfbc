//! `staunch history`: lists the published runs.

use std::io::Write;

use super::Invocation;
use super::nights::{open, write_result};
use crate::cli::HistoryArguments;
use crate::error::Result;
use crate::nights::history;

/// Prints the newest runs.
pub async fn execute(
    arguments: &HistoryArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let most = if arguments.limit == 0 { usize::MAX } else { arguments.limit };
    let lines = history::history(&nights, most).await?;
    if lines.is_empty() {
        invocation.progress.say(&format!("nothing is published at `{}` yet", nights.location.written()));
    }
    write_result(output, arguments.format, lines.as_slice(), |lines| history::text(lines, &arguments.indicator))
}
