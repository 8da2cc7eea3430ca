//! The attempts at one page: calls with a time-out, hedges, and what is tried again.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::admission::Admitted;
use super::lane::Counts;
use super::{CallFault, Inner};
use crate::telemetry::metrics::metrics;

pub(super) struct Attempts<'l> {
    pub upstream: &'l Inner,
    pub lane: u64,
    pub counts: &'l Counts,
    pub tries: &'l AtomicU32,
    pub calls: &'l AtomicU32,
}

impl Attempts<'_> {
    /// An error says why the page has failed. Does not return once the platform is stopped.
    pub async fn make<T, F, A>(&self, ask: &F) -> Result<T, String>
    where
        F: Fn() -> A + Sync,
        A: Future<Output = Result<T, CallFault>> + Send,
        T: Send,
    {
        let retry = &self.upstream.retry;
        let mut is_retry = false;
        loop {
            let (is_probe, answer) = self.attempt(ask, is_retry).await;
            let fault = match answer {
                Ok(value) => {
                    self.tries.fetch_add(1, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(fault) => fault,
            };
            match fault {
                // Admission knows how long to wait.
                CallFault::RateLimited(_) => continue,
                CallFault::Auth(_) | CallFault::Quota(_) => pending().await,
                CallFault::Final(reason) => {
                    self.tries.fetch_add(1, Ordering::Relaxed);
                    return Err(reason);
                }
                // The platform was held back: only waiting is over.
                CallFault::Transient(_) if is_probe => self.count_retry(),
                CallFault::Transient(reason) => {
                    let failed = self.tries.fetch_add(1, Ordering::Relaxed) + 1;
                    if failed >= retry.tries {
                        return Err(reason);
                    }
                    sleep(jittered(retry.backoff, failed)).await;
                    self.upstream.budgets.wait_for_retry().await;
                    self.count_retry();
                }
            }
            is_retry = true;
        }
    }

    fn count_retry(&self) {
        self.counts.retries.fetch_add(1, Ordering::Relaxed);
        metrics().brief_retries.add(1, &self.labels());
    }

    /// One call, and a second one if the first takes long; the first good answer ends the other. Also says whether
    /// the call went alone, to see how the platform is.
    async fn attempt<T, F, A>(&self, ask: &F, is_retry: bool) -> (bool, Result<T, CallFault>)
    where
        F: Fn() -> A + Sync,
        A: Future<Output = Result<T, CallFault>> + Send,
        T: Send,
    {
        let admitted = self.upstream.admission.admit(self.lane).await;
        if !is_retry {
            self.upstream.budgets.count_call();
        }
        if admitted.is_probe() {
            return (true, self.call(admitted, ask()).await);
        }
        (false, self.hedged(admitted, ask).await)
    }

    async fn hedged<T, F, A>(&self, admitted: Admitted, ask: &F) -> Result<T, CallFault>
    where
        F: Fn() -> A + Sync,
        A: Future<Output = Result<T, CallFault>> + Send,
        T: Send,
    {
        let mut first = pin!(self.call(admitted, ask()));
        tokio::select! {
            answered = &mut first => return answered,
            () = sleep(self.upstream.retry.hedge_after) => {}
        }
        if !self.upstream.budgets.take_hedge() {
            return first.await;
        }
        let mut hedge = pin!(async {
            let admitted = self.upstream.admission.admit(self.lane).await;
            self.counts.hedges.fetch_add(1, Ordering::Relaxed);
            metrics().brief_hedges.add(1, &self.labels());
            self.call(admitted, ask()).await
        });
        tokio::select! {
            answered = &mut first => match answered {
                Ok(value) => Ok(value),
                Err(one) => hedge.await.map_err(|other| worse(one, other)),
            },
            answered = &mut hedge => match answered {
                Ok(value) => Ok(value),
                Err(one) => first.await.map_err(|other| worse(one, other)),
            },
        }
    }

    fn labels(&self) -> [(&'static str, &str); 1] {
        [("platform", self.upstream.platform.as_str())]
    }

    async fn call<T>(
        &self,
        admitted: Admitted,
        answer: impl Future<Output = Result<T, CallFault>>,
    ) -> Result<T, CallFault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.counts.calls.fetch_add(1, Ordering::Relaxed);
        let within = self.upstream.retry.timeout;
        let answered = timeout(within, answer).await.unwrap_or_else(|_| {
            let seconds = within.as_secs_f64();
            Err(CallFault::Transient(format!(
                "no answer within {seconds} s"
            )))
        });
        let outcome = match &answered {
            Ok(_) => {
                admitted.good();
                "good"
            }
            Err(CallFault::Transient(reason)) => {
                admitted.bad(reason);
                "transient"
            }
            Err(CallFault::RateLimited(asked)) => {
                admitted.asks_for_patience(*asked);
                "rate_limited"
            }
            Err(CallFault::Auth(reason) | CallFault::Quota(reason)) => {
                drop(admitted);
                self.upstream.admission.stop(reason);
                "refused"
            }
            // A platform that says so works.
            Err(CallFault::Final(_)) => {
                admitted.good();
                "failed"
            }
        };
        let labels = [
            ("platform", self.upstream.platform.as_str()),
            ("outcome", outcome),
        ];
        metrics().brief_calls.add(1, &labels);
        answered
    }
}

/// What decides, of two calls for the same page.
fn worse(one: CallFault, other: CallFault) -> CallFault {
    let rank = |fault: &CallFault| match fault {
        CallFault::Auth(_) | CallFault::Quota(_) => 0,
        CallFault::Final(_) => 1,
        CallFault::Transient(_) => 2,
        CallFault::RateLimited(_) => 3,
    };
    match rank(&one) <= rank(&other) {
        true => one,
        false => other,
    }
}

/// Any pause up to one that doubles with each failed try.
fn jittered((first, longest): (Duration, Duration), failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(31);
    let most = first.saturating_mul(1 << doublings).min(longest);
    // Without chance all wait for the longest.
    let chance = getrandom::u64().map_or(1.0, |bits| bits as f64 / u64::MAX as f64);
    most.mul_f64(chance)
}
