//! Parses the arguments, calls the library, prints the error and returns the exit code. Nothing else in the crate prints
//! or exits.

use std::io::IsTerminal;
use std::panic;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use staunch::cli::{Cli, GlobalArguments, LogFormat};
use staunch::commands::{self, Invocation};
use staunch::error::{Error, Problem, RenderStyle, Signal};
use staunch::messages::Messages;
use staunch::progress::{ALWAYS, Progress, ProgressStyleChoice};
use staunch::run::GRACE;
use staunch::run::threads::{self, STACK_BYTES};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a run that was asked to stop may take before the process ends without it: a little more than the run itself
/// takes at most.
const PATIENCE: Duration = GRACE.saturating_add(Duration::from_secs(2));

fn main() -> ExitCode {
    let cli = Cli::parse();
    panic::set_hook(Box::new(|panic| Messages.say(&panic.to_string())));
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
    let thread = thread::Builder::new().name("staunch".into()).stack_size(STACK_BYTES).spawn(move || {
        let invocation =
            Invocation { started_at: chrono::Utc::now(), progress: Progress::new(progress_style(&cli.global)) };
        let runtime = threads::runtime("staunch-control", None)?;
        let mut output = std::io::stdout();
        let result = runtime.block_on(commands::execute(cli.command, &invocation, &mut output, interruption()));
        threads::shut_down(runtime);
        result
    });
    let finished =
        thread.map_err(|error| Error::execution(Problem::new("cannot start a thread").caused_by(error)))?.join();
    finished
        .unwrap_or_else(|_| Err(Error::execution(Problem::new("the program failed").hint("please report this defect"))))
}

/// Ends when the process is asked to stop. Signals are listened to from the first poll on, on a thread of their own, so
/// that nothing else can delay them; without one, they end the process at once, as they do by default.
async fn interruption() -> Error {
    let (first, asked) = oneshot::channel();
    let (ready, listens) = mpsc::channel();
    let listener = thread::Builder::new().name("staunch-signals".into()).spawn(move || listen(&ready, first));
    if listener.is_ok()
        && listens.recv().is_ok()
        && let Ok(signal) = asked.await
    {
        return Error::Interrupted(signal);
    }
    std::future::pending().await
}

/// Passes the first signal on. A second one ends the process at once; so does a run that goes on for too long after the
/// first.
fn listen(ready: &mpsc::Sender<()>, first: oneshot::Sender<Signal>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let Ok(mut signals) = Signals::new() else { return };
        let _ = ready.send(());
        let signal = signals.next().await;
        let _ = first.send(signal);
        let last = tokio::select! {
            second = signals.next() => second,
            () = tokio::time::sleep(PATIENCE) => signal,
        };
        std::process::exit(Error::Interrupted(last).exit_code().into());
    });
}

/// The signals that ask a process to stop.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

fn start_log(global: &GlobalArguments) {
    let default = if global.quiet { format!("{ALWAYS}=warn,error") } else { "staunch=info,error".to_owned() };
    let filter = EnvFilter::try_from_env("STAUNCH_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Messages).log_internal_errors(false);
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
            Messages.say(&error.render(style));
        }
    }
}
