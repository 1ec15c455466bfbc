//! Several tables are computed at the same time and share the memory. A table that runs out of memory is computed once
//! more, alone.

use tokio::sync::RwLock;

use crate::engine::sql_errors::is_out_of_memory;
use crate::error::Result;

/// Lets several computations run at the same time, or one alone.
#[derive(Debug, Default)]
pub(super) struct RetryAlone(RwLock<()>);

impl RetryAlone {
    /// Runs `compute` while others run; if it runs out of memory, runs it again when no other does.
    ///
    /// # Errors
    /// The error of `compute`, if the retry fails too or the first error is another one.
    pub async fn run<T, F: Future<Output = Result<T>>>(&self, compute: impl Fn() -> F) -> Result<T> {
        let among_others = self.0.read().await;
        let computed = compute().await;
        drop(among_others);
        match computed {
            Err(error) if is_out_of_memory(&error) => {
                let _alone = self.0.write().await;
                tracing::debug!(%error, "out of memory: computing it again, alone");
                compute().await
            }
            computed => computed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use datafusion::common::resources_datafusion_err;

    use super::*;
    use crate::engine::sql_errors::running_error;
    use crate::error::{Error, Problem};

    fn out_of_memory() -> Error {
        running_error("computing", resources_datafusion_err!("no more"))
    }

    #[tokio::test]
    async fn one_of_two_that_do_not_fit_together_waits_for_the_other() {
        let (retry_alone, free, tries) = (RetryAlone::default(), Cell::new(10), Cell::new(0));
        let seven_of_ten = || async {
            tries.set(tries.get() + 1);
            if free.get() < 7 {
                return Err(out_of_memory());
            }
            free.set(free.get() - 7);
            tokio::task::yield_now().await;
            free.set(free.get() + 7);
            Ok(tries.get())
        };
        let (first, second) = tokio::join!(retry_alone.run(seven_of_ten), retry_alone.run(seven_of_ten));
        // The second fails while the first computes, and succeeds alone.
        assert_eq!((first.unwrap(), second.unwrap(), tries.get()), (2, 3, 3));
    }

    #[tokio::test]
    async fn what_does_not_fit_alone_and_what_fails_otherwise_is_not_tried_for_ever() {
        let tries = Cell::new(0);
        let failing = async |error: fn() -> Error| {
            let compute = || async {
                tries.set(tries.get() + 1);
                Err::<(), Error>(error())
            };
            RetryAlone::default().run(compute).await.unwrap_err()
        };
        assert!(is_out_of_memory(&failing(out_of_memory).await));
        assert_eq!(tries.get(), 2);
        let other = || Error::execution(Problem::new("the disk is full"));
        assert!(!is_out_of_memory(&failing(other).await));
        assert_eq!(tries.get(), 3);
    }
}
