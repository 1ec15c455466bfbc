//! What the commands about published nights share.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::{Invocation, load, write};
use crate::cli::{ParameterArguments, ResultFormat};
use crate::error::Result;
use crate::nights::Nights;
use crate::publish::to_json;

/// The published nights of a pipeline file. Mistakes in its queries do not matter here.
pub fn open(pipeline: &Path, invocation: &Invocation) -> Result<Nights> {
    Nights::open(&load(pipeline, &ParameterArguments::default(), invocation)?)
}

/// Writes a result to stdout, as text or as one JSON document.
pub fn write_result<T: Serialize + ?Sized>(
    output: &mut (dyn Write + Send),
    format: ResultFormat,
    result: &T,
    text: impl FnOnce(&T) -> Result<String>,
) -> Result<()> {
    match format {
        ResultFormat::Text => write(output, text(result)?.as_bytes()),
        ResultFormat::Json => write(output, &to_json("the result", &result)?),
    }
}
