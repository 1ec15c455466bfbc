//! `staunch functions`: lists the SQL functions that are computed here, or explains one.

use std::fmt::Write as _;
use std::io::Write;

use super::write;
use crate::cli::FunctionsArguments;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::functions::described::{Described, described};

/// Prints the list, or everything about one function.
pub fn execute(arguments: &FunctionsArguments, output: &mut (dyn Write + Send)) -> Result<()> {
    let all = described();
    let text = match &arguments.name {
        None => all.iter().fold(String::new(), |mut text, function| {
            let _ = writeln!(text, "{}\n    {}", function.signature, first_sentence(&function.meaning));
            text
        }),
        Some(name) => explained(&all, &name.to_ascii_lowercase())?,
    };
    write(output, text.as_bytes())
}

fn explained(all: &[Described], name: &str) -> Result<String> {
    let Some(function) = all.iter().find(|function| function.name == name) else {
        let mut problem = Problem::new(format!("there is no function `{name}` among those of staunch"));
        problem.hint = did_you_mean(name, all.iter().map(|function| function.name.as_str()))
            .or_else(|| Some("`staunch functions` lists them; those of standard SQL are DataFusion's".into()));
        return Err(Error::invalid(problem));
    };
    let mut text = format!("{}\n", function.signature);
    if let Some(result) = &function.result {
        let _ = writeln!(text, "\nreturns {result}");
    }
    let _ = writeln!(text, "\n{}", function.meaning);
    if !function.arguments.is_empty() {
        text.push_str("\narguments\n");
    }
    for (name, meaning) in &function.arguments {
        let _ = writeln!(text, "  {name}: {meaning}");
    }
    if let Some(example) = &function.example {
        let _ = writeln!(text, "\nexample\n  {example}");
    }
    let _ = writeln!(text, "\nsource\n  {}", function.source);
    Ok(text)
}

fn first_sentence(meaning: &str) -> &str {
    meaning.split_inclusive(". ").next().unwrap_or(meaning).trim_end()
}
