//! How much memory and how many threads: the command line wins over the pipeline, the pipeline over the machine.

use bytesize::ByteSize;

use crate::cli::ResourceArguments;
use crate::config::Pipeline;
use crate::config::located::Located;
use crate::error::{Error, Problem, Result};
use crate::run::session::Resources;

/// With two, a core has work while the other partition waits for memory, a file or its neighbours: a tenth faster on 20
/// million rows than with one, and as fast as with four.
const PARTITIONS_PER_CORE: usize = 2;
/// Memory when the machine does not say how much it has.
const FALLBACK_MEMORY_BYTES: u64 = 4 << 30;
const SMALLEST_MEMORY_BYTES: u64 = 64 << 20;

/// The resources of a run.
///
/// # Errors
/// A size or a number that is none.
pub fn resources(pipeline: &Pipeline, arguments: &ResourceArguments) -> Result<Resources> {
    let runtime = &pipeline.definition.runtime;
    let written = |text: &Option<Located<String>>| text.clone().filter(|text| text.value != "auto");
    let memory_bytes = match (&arguments.memory, written(&runtime.memory)) {
        (Some(text), _) => size(text).map_err(Error::invalid)?,
        (None, Some(text)) => {
            size(&text).map_err(|problem| Error::invalid(problem.at(pipeline.file.place_of(&text))))?
        }
        (None, None) => half_of_the_machine(),
    };
    let threads = match (arguments.threads, written(&runtime.threads)) {
        (Some(threads), _) => usize::from(threads),
        (None, Some(text)) => text.parse().ok().filter(|threads| (1..=1024).contains(threads)).ok_or_else(|| {
            Error::invalid(
                Problem::new(format!("`{}` is not a number of threads", text.value))
                    .at(pipeline.file.place_of(&text))
                    .hint("use a number from 1 to 1024, or `auto`"),
            )
        })?,
        (None, None) => PARTITIONS_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from),
    };
    let spill_folder = written(&runtime.spill).map(|folder| folder.value.into());
    let memory_bytes = usize::try_from(memory_bytes).unwrap_or(usize::MAX);
    Ok(Resources::new(memory_bytes, threads, spill_folder))
}

fn size(text: &str) -> Result<u64, Problem> {
    let parsed = text.parse::<ByteSize>().map(|size| size.as_u64());
    parsed.ok().filter(|bytes| *bytes >= SMALLEST_MEMORY_BYTES).ok_or_else(|| {
        Problem::new(format!("`{text}` is not an amount of memory"))
            .hint("use at least 64MiB, written such as `512MiB` or `8GiB`")
    })
}

fn half_of_the_machine() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    match system.total_memory().min(limit) {
        0 => FALLBACK_MEMORY_BYTES,
        total => (total / 2).max(SMALLEST_MEMORY_BYTES),
    }
}
