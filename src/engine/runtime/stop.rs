//! How a batch is asked to stop: at once or by a moment, with a grace either way.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::engine::seam::StopReason;

/// That a batch is to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct StopRequest {
    pub why: StopReason,
    /// A slice that is in work may be finished before this moment.
    by: Instant,
    /// The slice is interrupted at once.
    interrupts: bool,
}

impl StopRequest {
    pub(super) fn now(why: StopReason) -> Self {
        Self {
            why,
            by: Instant::now(),
            interrupts: true,
        }
    }

    /// The slice in work is only interrupted when it is not finished in time.
    pub(super) fn by(why: StopReason, by: Instant) -> Self {
        Self {
            why,
            by,
            interrupts: false,
        }
    }
}

/// Asks one batch to stop.
#[derive(Debug)]
pub(super) struct StopSwitch {
    request: watch::Sender<Option<StopRequest>>,
    cancel: CancellationToken,
}

/// What the batch hears of it.
#[derive(Clone, Debug)]
pub(super) struct StopSignal {
    request: watch::Receiver<Option<StopRequest>>,
    /// The kind hears of a stop by this.
    pub cancel: CancellationToken,
}

impl StopSwitch {
    pub(super) fn new() -> (Self, StopSignal) {
        let (sender, receiver) = watch::channel(None);
        let cancel = CancellationToken::new();
        let signal = StopSignal {
            request: receiver,
            cancel: cancel.clone(),
        };
        let switch = Self {
            request: sender,
            cancel,
        };
        (switch, signal)
    }

    pub(super) fn ask(&mut self, request: StopRequest) {
        if request.interrupts {
            self.cancel.cancel();
        }
        self.request.send_replace(Some(request));
    }

    /// Whether an error of the batch is what the stop has caused.
    pub(super) fn was_asked(&self) -> bool {
        self.request.borrow().is_some()
    }
}

impl StopSignal {
    pub(super) fn reason(&self) -> Option<StopReason> {
        self.request.borrow().map(|request| request.why)
    }

    /// Returns when a slice has to be dropped because the batch was asked to stop, `grace` after
    /// the kind has been notified by `cancel`.
    pub(super) async fn overdue(&mut self, grace: Duration) -> StopReason {
        // Without a switch no request can come any more.
        let asked = self.request.wait_for(Option::is_some).await;
        let request = asked.ok().and_then(|request| *request);
        let Some(request) = request else {
            return std::future::pending().await;
        };
        if request.interrupts {
            sleep(grace).await;
        } else {
            let left = request.by.saturating_duration_since(Instant::now());
            let grace = grace.min(left / 4);
            sleep_until(request.by - grace).await;
            self.cancel.cancel();
            sleep(grace).await;
        }
        request.why
    }
}
