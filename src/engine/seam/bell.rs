//! Wakes a service when there may be something for it to do.

use tokio::sync::watch;

/// Rings when a job has changed or ended in this process. Only saves time: what other processes change
/// rings no bell here, so a service looks at the store by itself, too.
#[derive(Clone, Debug)]
pub struct Bell(watch::Receiver<()>);

impl Bell {
    pub(in crate::engine) fn of(changes: watch::Receiver<()>) -> Self {
        Self(changes)
    }

    /// Returns once it has rung since the last call, however often.
    pub async fn rung(&mut self) {
        if self.0.changed().await.is_err() {
            // The engine has ended, and with it the service will.
            std::future::pending::<()>().await;
        }
    }
}
