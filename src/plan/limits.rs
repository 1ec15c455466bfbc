//! The limits that a pipeline sets on the machine's resources.

use std::path::PathBuf;

use bytesize::ByteSize;

use crate::config::PipelineText;
use crate::config::located::Located;
use crate::config::schema::RuntimeDefinition;
use crate::error::Problem;

const SMALLEST_MEMORY_BYTES: u64 = 64 << 20;
const MOST_THREADS: usize = 1024;

/// The limits that a pipeline sets; `None` leaves the choice to the command line and the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory for queries and for tables kept between them.
    pub memory_bytes: Option<u64>,
    /// Threads, and the most partitions of a table.
    pub threads: Option<usize>,
    /// Folder for data that does not fit into memory.
    pub spill_folder: Option<PathBuf>,
}

impl Limits {
    /// Reads `runtime` of the pipeline file; what is wrong is added to `problems`.
    pub fn resolve(runtime: &RuntimeDefinition, file: &PipelineText, problems: &mut Vec<Problem>) -> Self {
        let written = |text: &Option<Located<String>>| text.clone().filter(|text| text.value != "auto");
        let memory_bytes = written(&runtime.memory).and_then(|text| {
            memory_bytes(&text).map_err(|problem| problems.push(problem.at(file.place_of(&text)))).ok()
        });
        let threads = written(&runtime.threads).and_then(|text| {
            let threads = text.parse().ok().filter(|threads| (1..=MOST_THREADS).contains(threads));
            if threads.is_none() {
                problems.push(
                    Problem::new(format!("`{}` is not a number of threads", text.value))
                        .at(file.place_of(&text))
                        .hint(format!("use a number from 1 to {MOST_THREADS}, or `auto`")),
                );
            }
            threads
        });
        Self { memory_bytes, threads, spill_folder: written(&runtime.spill).map(|folder| folder.value.into()) }
    }
}

/// An amount of memory such as `8GiB`, in bytes.
///
/// # Errors
/// The text is not an amount, or the amount is too small to run a query.
pub fn memory_bytes(text: &str) -> Result<u64, Problem> {
    let parsed = text.parse::<ByteSize>().map(|size| size.as_u64());
    parsed.ok().filter(|bytes| *bytes >= SMALLEST_MEMORY_BYTES).ok_or_else(|| {
        Problem::new(format!("`{text}` is not an amount of memory"))
            .hint("use at least 64MiB, such as `512MiB` or `8GiB`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn resolved(yaml: &str) -> (Limits, Vec<String>) {
        let runtime: RuntimeDefinition = serde_yaml::from_str(yaml).unwrap();
        let file = PipelineText { path: "p.yml".into(), text: Arc::from(yaml) };
        let mut problems = Vec::new();
        let limits = Limits::resolve(&runtime, &file, &mut problems);
        (limits, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn limits_are_read_and_auto_leaves_them_open() {
        let (set, problems) = resolved("{memory: 1GiB, threads: '8', spill: /tmp}");
        let expected = Limits { memory_bytes: Some(1 << 30), threads: Some(8), spill_folder: Some("/tmp".into()) };
        assert_eq!((set, problems), (expected, Vec::new()));
        assert_eq!(resolved("{memory: auto, threads: auto, spill: auto}").0, Limits::default());
    }

    #[test]
    fn every_limit_that_is_none_is_reported() {
        let (_, problems) = resolved("{memory: 1MiB, threads: '0'}");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("p.yml:1:10: `1MiB` is not an amount of memory"), "{problems:?}");
        assert!(problems[1].starts_with("p.yml:1:25: `0` is not a number of threads"), "{problems:?}");
    }
}
