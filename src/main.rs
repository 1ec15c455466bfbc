//! Parses the arguments, calls the library, prints the error and returns the exit code. Nothing else in the crate prints
//! or exits.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use staunch::cli::{Cli, GlobalArguments, LogFormat};
use staunch::commands::{self, Invocation};
use staunch::error::{Error, Problem, RenderStyle, Signal};
use staunch::progress::{Progress, ProgressStyleChoice};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stack of every thread.
const STACK_BYTES: usize = 32 << 20;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.global);
    let log_format = cli.global.log_format;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error, log_format);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Error> {
    // Deeply nested SQL is planned recursively, and the main thread's stack is small.
    let thread = std::thread::Builder::new().name("staunch".into()).stack_size(STACK_BYTES).spawn(move || {
        let invocation =
            Invocation { started_at: chrono::Utc::now(), progress: Progress::new(progress_style(&cli.global)) };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(|error| Error::execution(Problem::new("cannot start the runtime").caused_by(error)))?;
        let mut output = std::io::stdout();
        let result = runtime.block_on(commands::execute(cli.command, &invocation, &mut output, interruption()));
        runtime.shutdown_background();
        result
    });
    let finished =
        thread.map_err(|error| Error::execution(Problem::new("cannot start a thread").caused_by(error)))?.join();
    finished
        .unwrap_or_else(|_| Err(Error::execution(Problem::new("the program failed").hint("please report this defect"))))
}

/// Ends when the process is asked to stop.
async fn interruption() -> Error {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => Error::Interrupted(Signal::Interrupt),
                _ = terminate.recv() => Error::Interrupted(Signal::Terminate),
            };
        }
    }
    match tokio::signal::ctrl_c().await {
        Ok(()) => Error::Interrupted(Signal::Interrupt),
        Err(_) => std::future::pending().await,
    }
}

fn start_log(global: &GlobalArguments) {
    let default = if global.quiet { "error" } else { "staunch=info,error" };
    let filter = EnvFilter::try_from_env("STAUNCH_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match global.log_format {
        LogFormat::Text => builder.without_time().with_target(false).with_level(false).with_ansi(is_coloured()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

fn progress_style(global: &GlobalArguments) -> ProgressStyleChoice {
    let is_terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    match (global.quiet, global.log_format) {
        (true, _) => ProgressStyleChoice::Quiet,
        (false, LogFormat::Json) => ProgressStyleChoice::Json,
        (false, LogFormat::Text) if is_terminal => ProgressStyleChoice::Bars,
        (false, LogFormat::Text) => ProgressStyleChoice::Lines,
    }
}

fn is_coloured() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn print_error(error: &Error, log_format: LogFormat) {
    match log_format {
        LogFormat::Json => {
            let causes = error.problems().into_iter().map(Problem::cause_chain);
            let causes: Vec<String> = causes.filter(|chain| !chain.is_empty()).collect();
            tracing::error!(exit_code = error.exit_code(), cause = causes.join("; "), "{error}");
        }
        LogFormat::Text => {
            let style = if is_coloured() { RenderStyle::Coloured } else { RenderStyle::Plain };
            // When stderr is closed there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "{}", error.render(style));
        }
    }
}
