//! Tables are computed beside each other. One that runs out of memory may have met others that held what it needed: it is
//! computed once more, alone.

use tokio::sync::RwLock;

use crate::engine::sql_errors::is_out_of_memory;
use crate::error::Result;

/// Who computes a table at the moment: several, or one alone.
#[derive(Debug, Default)]
pub(super) struct RetryAlone(RwLock<()>);

impl RetryAlone {
    /// What `compute` gives beside others; where that runs out of memory, what it gives alone.
    ///
    /// # Errors
    /// Those of `compute`.
    pub async fn run<T, F: Future<Output = Result<T>>>(&self, compute: impl Fn() -> F) -> Result<T> {
        let among_others = self.0.read().await;
        let computed = compute().await;
        drop(among_others);
        match computed {
            Err(error) if is_out_of_memory(&error) => {
                let _alone = self.0.write().await;
                tracing::debug!(%error, "once more, alone");
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
        // The second is tried in vain while the first computes, and then alone.
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
