//! The threads of a run: computations have their own, so that an operator that does not give its thread back delays
//! neither signals nor the renewal of the lock.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Problem, Result};

/// Stack of every thread: deeply nested SQL is planned recursively.
pub const STACK_BYTES: usize = 32 << 20;
/// How long a computation that was told to stop may take to remove its temporary files.
const LAST_WORK: Duration = Duration::from_secs(2);
/// How long the end of a runtime waits for its threads.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// A runtime whose threads have this name, as many as the machine has processors unless `threads` says otherwise.
///
/// # Errors
/// The system gives no more threads or memory.
pub fn runtime(name: &str, threads: Option<usize>) -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().thread_name(name).thread_stack_size(STACK_BYTES);
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    // The runtime panics when a thread cannot be started.
    match catch_unwind(AssertUnwindSafe(|| builder.build())) {
        Ok(Ok(runtime)) => Ok(runtime),
        Ok(Err(error)) => Err(no_thread(error.to_string())),
        Err(_) => Err(no_thread("too few threads or too little memory".to_owned())),
    }
}

/// Ends a runtime and waits for its threads, but for those that do not give way in time.
///
/// The wait is needed: threads that are left to themselves are detached, and glibc's `pthread_detach` reads the memory of a
/// thread that may have ended in the same moment (<https://sourceware.org/bugzilla/show_bug.cgi?id=19951>), which ends the
/// process with SIGSEGV.
pub fn shut_down(runtime: Runtime) {
    runtime.shutdown_timeout(LAST_THREADS);
}

/// A computation on threads of its own. Its threads live until this is dropped, so that writes that it began can be waited
/// for.
pub struct Work<T> {
    /// `None` once it was received.
    result: Option<oneshot::Receiver<T>>,
    stop: CancellationToken,
    end: CancellationToken,
}

impl<T: Send + 'static> Work<T> {
    /// Starts a computation on `threads` threads. Only `begin` moves between threads, not the future that it returns.
    ///
    /// # Errors
    /// The system gives no more threads or memory.
    pub fn start<F: Future<Output = T>>(threads: usize, begin: impl FnOnce() -> F + Send + 'static) -> Result<Self> {
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let (stopped, ended) = (stop.clone(), end.clone());
        let runtime = runtime("staunch-query", Some(threads))?;
        let (sender, result) = oneshot::channel();
        let work = move || {
            let computed = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    tokio::select! {
                        done = begin() => Some(done),
                        () = stopped.cancelled() => None,
                    }
                })
            }));
            match computed {
                Ok(Some(done)) => drop(sender.send(done)),
                _ => drop(sender),
            }
            runtime.block_on(ended.cancelled());
            shut_down(runtime);
        };
        // This thread is detached while it computes: it ends only after this value was dropped.
        let thread = thread::Builder::new().name("staunch-work".into()).stack_size(STACK_BYTES).spawn(work);
        thread.map_err(|error| no_thread(error.to_string()))?;
        Ok(Self { result: Some(result), stop, end })
    }

    /// The result, once it is there.
    ///
    /// # Errors
    /// The computation panicked.
    pub async fn finished(&mut self) -> Result<T> {
        let failed =
            || Error::execution(Problem::new("the computation failed unexpectedly").hint("please report this defect"));
        let received = match &mut self.result {
            Some(result) => result.await.map_err(|_| failed()),
            None => Err(failed()),
        };
        self.result = None;
        received
    }

    /// Tells the computation to stop, and waits a little for it.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(result) = self.result.take() {
            let _ = tokio::time::timeout(LAST_WORK, result).await;
        }
    }
}

impl<T> Drop for Work<T> {
    fn drop(&mut self) {
        self.stop.cancel();
        self.end.cancel();
    }
}

fn no_thread(why: String) -> Error {
    Error::execution(
        Problem::new(format!("cannot start a thread: {why}"))
            .hint("allow more threads and more address space (`ulimit -u`, `ulimit -v`), or set `--threads 1`"),
    )
}
