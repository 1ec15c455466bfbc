//! `staunch completions`: prints a completion script for a shell.

use std::io::Write;

use clap::CommandFactory;

use super::write;
use crate::cli::{Cli, CompletionsArguments};
use crate::error::Result;

/// Prints the script.
pub fn execute(arguments: &CompletionsArguments, output: &mut (dyn Write + Send)) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "staunch", &mut script);
    write(output, &script)
}
