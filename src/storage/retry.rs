//! When a request is made again that the client of the store does not repeat by itself: conditional writes, and what must
//! not end a run. Requests that can be repeated safely are repeated by the client (`object_store::RetryConfig`).

use std::time::Duration;

/// Attempts for one request.
pub const ATTEMPTS: u32 = 5;
/// The pause after the first attempt. It doubles after each further one.
const FIRST_PAUSE: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_millis(200) };

/// Waits after the attempt of this number, from 1.
pub async fn pause(attempt: u32) {
    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt.saturating_sub(1))).await;
}
