//! How a thread that may block talks to a server.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

/// Runs futures on the calling thread. A connection that is driven by the thread which uses it
/// costs no hop to another thread for each packet.
pub struct Blocking(Option<Runtime>);

impl Blocking {
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Must not be called where futures are run already.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("taken only when dropped"),
        }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        // An ordinary drop waits for its threads, which panics where futures are run.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_can_be_dropped_where_futures_are_run() {
        drop(Blocking::new().expect("a runtime"));
    }
}
