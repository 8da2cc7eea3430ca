//! Lets calls go, one after the other: whose turn it is, as soon as everything that is limited has room.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::UpstreamState;
use super::breaker::{Breaker, Verdict};
use super::patience::Patience;
use super::quota::{Quota, TakesCalls};
use super::rate::Rate;
use super::turns::Turns;
use super::window::Window;
use crate::systems::briefs::adapter::{Limits, Retry};

type Waiting = oneshot::Sender<Admitted>;

/// Why a lane is not served any more.
pub(super) type Stop = watch::Sender<Option<String>>;

pub(super) struct Admission {
    platform: String,
    concurrency: u32,
    state: Mutex<State>,
    /// Rings when a call has come to wait, and when something has changed for those that wait.
    bell: Notify,
}

struct State {
    turns: Turns<Waiting>,
    breaker: Breaker,
    patience: Patience,
    window: Window,
    on_their_way: u32,
    /// Of good answers, on average.
    answer_time: Option<Duration>,
    /// Why the last bad call was one.
    last_fault: String,
    lanes: Vec<(u64, Weak<Stop>)>,
    next_lane: u64,
}

/// The right to make one call.
pub(super) struct Admitted {
    admission: Arc<Admission>,
    began: Instant,
    is_probe: bool,
    is_judged: bool,
    _slot: OwnedSemaphorePermit,
}

/// A recent answer counts as much as so many before it.
const ANSWERS_AVERAGED: u32 = 20;

impl Admission {
    pub fn new(platform: &str, limits: &Limits, retry: &Retry) -> Self {
        Self {
            platform: platform.to_owned(),
            concurrency: limits.concurrency,
            state: Mutex::new(State {
                turns: Turns::default(),
                breaker: Breaker::new(&retry.breaker),
                patience: Patience::new(retry.backoff),
                window: Window::new(limits.concurrency),
                on_their_way: 0,
                answer_time: None,
                last_fault: String::new(),
                lanes: Vec::new(),
                next_lane: 0,
            }),
            bell: Notify::new(),
        }
    }

    pub fn add_lane(&self, stop: &Arc<Stop>) -> u64 {
        let mut state = self.lock();
        state.lanes.retain(|(_, lane)| lane.strong_count() > 0);
        if state.lanes.is_empty() {
            state.breaker.forgive(Instant::now());
        }
        let number = state.next_lane;
        state.next_lane += 1;
        state.lanes.push((number, Arc::downgrade(stop)));
        number
    }

    /// Waits for the turn of a lane. It ends with the right to make a call, or by being dropped: a lane that was
    /// stopped waits for ever.
    pub async fn admit(&self, lane: u64) -> Admitted {
        let (send, receive) = oneshot::channel();
        self.lock().turns.push(lane, send);
        self.bell.notify_one();
        match receive.await {
            Ok(admitted) => admitted,
            Err(_) => std::future::pending().await,
        }
    }

    /// Stops all lanes that are there: their open pages fail. Whoever comes later asks again.
    pub fn stop(&self, reason: &str) {
        let mut state = self.lock();
        for (_, lane) in state.lanes.drain(..) {
            if let Some(stop) = lane.upgrade() {
                stop.send_modify(|stopped| {
                    stopped.get_or_insert_with(|| reason.to_owned());
                });
            }
        }
        state.turns.drain().for_each(drop);
    }

    pub fn state(&self, now: Instant) -> UpstreamState {
        let state = self.lock();
        UpstreamState {
            breaker: state.breaker.name(now),
            paused_for: state.patience.until(now).map(|until| until - now),
            answer_time: state.answer_time,
            concurrency: self.concurrency,
        }
    }

    /// Lets calls go, for ever.
    pub async fn serve(self: Arc<Self>, limits: &Limits, takes: Arc<dyn TakesCalls>) {
        let slots = Arc::new(Semaphore::new(limits.concurrency.max(1) as usize));
        let rate = Rate::new(limits.calls_per_second);
        let mut quota = Quota::new(&self.platform, limits.calls_per_day, takes);
        loop {
            self.wait_for_call().await;
            let Ok(slot) = slots.clone().acquire_owned().await else {
                return;
            };
            let Some(is_probe) = self.wait_until_open().await else {
                continue;
            };
            if let Err(most) = quota.take().await {
                self.end_probe(is_probe);
                self.stop(&format!("the quota of {most} calls a day is used up"));
                continue;
            }
            rate.wait().await;
            // While it waited, the platform may have asked for patience.
            if !is_probe && !self.is_open() {
                self.wait_until_patient().await;
            }
            self.let_go(slot, is_probe);
        }
    }

    async fn wait_for_call(&self) {
        while !self.lock().turns.tidy(|waiting| !waiting.is_closed()) {
            self.bell.notified().await;
        }
    }

    /// Whether the next call goes alone; `None`: nobody waits for it any more.
    async fn wait_until_open(&self) -> Option<bool> {
        loop {
            let wait = {
                let now = Instant::now();
                let mut state = self.lock();
                match (state.patience.until(now), state.breaker.look(now)) {
                    (_, Verdict::GiveUp) => {
                        state.breaker.forgive(now);
                        let last = std::mem::take(&mut state.last_fault);
                        drop(state);
                        self.stop(&format!(
                            "the platform has not answered well for too long: {last}"
                        ));
                        return None;
                    }
                    (Some(until), _) => Some(until),
                    (None, Verdict::Go) if state.window.has_room(state.on_their_way) => {
                        return Some(false);
                    }
                    // An answer makes room.
                    (None, Verdict::Go) => None,
                    (None, Verdict::Probe) => {
                        state.breaker.begin_probe();
                        return Some(true);
                    }
                    (None, Verdict::Wait(until)) => until,
                }
            };
            self.sleep(wait).await;
            if !self.lock().turns.tidy(|waiting| !waiting.is_closed()) {
                return None;
            }
        }
    }

    async fn sleep(&self, until: Option<Instant>) {
        let rings = self.bell.notified();
        match until {
            None => rings.await,
            Some(until) => tokio::select! {
                () = sleep_until(until) => {}
                () = rings => {}
            },
        }
    }

    fn is_open(&self) -> bool {
        self.lock().patience.until(Instant::now()).is_none()
    }

    async fn wait_until_patient(&self) {
        loop {
            let until = self.lock().patience.until(Instant::now());
            match until {
                None => return,
                Some(until) => sleep_until(until).await,
            }
        }
    }

    fn let_go(self: &Arc<Self>, slot: OwnedSemaphorePermit, is_probe: bool) {
        let mut state = self.lock();
        let waiting = state.turns.pop(|waiting| !waiting.is_closed());
        state.on_their_way += 1;
        drop(state);
        // Dropped without a call, it gives its slot back.
        let admitted = Admitted {
            admission: self.clone(),
            began: Instant::now(),
            is_probe,
            is_judged: false,
            _slot: slot,
        };
        if let Some(waiting) = waiting {
            waiting.send(admitted).ok();
        }
    }

    fn end_probe(&self, is_probe: bool) {
        if is_probe {
            self.lock().breaker.drop_probe(Instant::now());
            self.bell.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// A call that goes alone has no hedge.
    pub fn is_probe(&self) -> bool {
        self.is_probe
    }

    pub fn good(mut self) {
        let took = self.began.elapsed();
        let mut state = self.admission.lock();
        state.breaker.good();
        state.patience.good();
        state.window.good();
        state.answer_time = Some(match state.answer_time {
            None => took,
            Some(before) => (before * (ANSWERS_AVERAGED - 1) + took) / ANSWERS_AVERAGED,
        });
        drop(state);
        self.is_judged = true;
    }

    pub fn bad(mut self, reason: &str) {
        let mut state = self.admission.lock();
        state.breaker.bad(Instant::now());
        reason.clone_into(&mut state.last_fault);
        drop(state);
        self.is_judged = true;
    }

    pub fn asks_for_patience(mut self, asked: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.admission.lock();
        if state.patience.ask(asked, self.began, now) {
            let on_their_way = state.on_their_way;
            state.window.shrink(on_their_way);
        }
        state.breaker.neutral(now);
        drop(state);
        self.is_judged = true;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.admission.lock();
        state.on_their_way = state.on_their_way.saturating_sub(1);
        if self.is_probe && !self.is_judged {
            state.breaker.drop_probe(Instant::now());
        }
        drop(state);
        self.admission.bell.notify_one();
    }
}
