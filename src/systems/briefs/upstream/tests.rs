//! The policy as a whole, with a clock that is turned by hand.

use std::collections::HashMap;
use std::future::ready;
use std::sync::atomic::{AtomicU32, AtomicUsize};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;
use crate::systems::briefs::adapter::{Breaker, Share};

const MS: fn(u64) -> Duration = Duration::from_millis;

/// So many calls a day.
#[derive(Default)]
struct Days(Mutex<HashMap<String, u64>>);

#[async_trait]
impl TakesCalls for Days {
    fn today(&self) -> String {
        "2026-11-30".to_owned()
    }

    async fn take(&self, _: &str, day: &str, block: u64, most: u64) -> Result<u64, NoQuota> {
        let mut days = self.0.lock().unwrap();
        let taken = days.entry(day.to_owned()).or_default();
        let now = block.min(most - *taken);
        *taken += now;
        Ok(now)
    }
}

fn upstream(limits: Limits, retry: Retry) -> Upstream {
    Upstream::new("p", &limits, &retry, Arc::new(Days::default()))
}

fn usual() -> Upstream {
    upstream(Limits::default(), Retry::default())
}

fn transient<T>() -> Result<T, CallFault> {
    Err(CallFault::Transient("503".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_than_allowed_are_on_their_way_and_briefs_take_turns() {
    let upstream = upstream(
        Limits {
            concurrency: 2,
            ..Limits::default()
        },
        Retry::default(),
    );
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let order = Arc::new(Mutex::new(Vec::new()));
    let (large, small) = (upstream.lane(), upstream.lane());
    let mut pages = JoinSet::new();
    for (lane, name, count) in [(large, "large", 50), (small, "small", 5)] {
        for _ in 0..count {
            let (lane, order) = (lane.clone(), order.clone());
            let (now, most) = (now.clone(), most.clone());
            pages.spawn(async move {
                let ask = || async {
                    order.lock().unwrap().push(name);
                    let at_once = now.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                    most.fetch_max(at_once, std::sync::atomic::Ordering::SeqCst);
                    sleep(MS(100)).await;
                    now.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    Ok(())
                };
                lane.call(ask).await.outcome
            });
        }
    }
    while let Some(ended) = pages.join_next().await {
        assert_eq!(ended.unwrap(), Ok(()));
    }
    assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), 2);
    let order = order.lock().unwrap();
    let last_small = order.iter().rposition(|name| *name == "small").unwrap();
    assert!(last_small < 14, "{last_small}");
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_and_fails_after_its_tries() {
    let lane = usual().lane();
    let calls = AtomicU32::new(0);
    let ask = || {
        let no = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        ready(if no < 2 { transient() } else { Ok(no) })
    };
    let answered = lane.call(ask).await;
    assert_eq!(
        (answered.outcome, answered.tries, answered.calls),
        (Ok(2), 3, 3)
    );
    let never = lane.call(|| ready(transient::<()>())).await;
    assert_eq!(never.outcome, Err(PageFault::Failed("503".to_owned())));
    assert_eq!((never.tries, never.calls), (5, 5));
    let gone = lane
        .call(|| ready(Err::<(), _>(CallFault::Final("404".to_owned()))))
        .await;
    assert_eq!(
        (gone.outcome, gone.calls),
        (Err(PageFault::Failed("404".to_owned())), 1)
    );
    assert_eq!(lane.counts().retries, 6);
}

#[tokio::test(start_paused = true)]
async fn patience_is_no_failed_try_and_holds_all_calls_back() {
    let lane = usual().lane();
    let begun = Instant::now();
    let calls = AtomicU32::new(0);
    let ask = || {
        let no = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        ready(match no {
            0..9 => Err(CallFault::RateLimited(Some(MS(2_000)))),
            _ => Ok(()),
        })
    };
    let answered = lane.call(ask).await;
    assert_eq!(
        (answered.outcome, answered.tries, answered.calls),
        (Ok(()), 1, 10)
    );
    assert!(begun.elapsed() >= MS(18_000) && begun.elapsed() < MS(18_200));
}

#[tokio::test(start_paused = true)]
async fn what_was_too_much_is_approached_slowly() {
    let lane = usual().lane();
    let (now, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    let (now, refused) = (Arc::new(now), Arc::new(refused));
    let mut pages = JoinSet::new();
    for _ in 0..200 {
        let (lane, now, refused) = (lane.clone(), now.clone(), refused.clone());
        pages.spawn(async move {
            // The platform bears ten at once.
            let ask = || async {
                let before = now.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                sleep(MS(100)).await;
                now.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                if before < 10 {
                    return Ok(());
                }
                refused.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Err(CallFault::RateLimited(Some(MS(1_000))))
            };
            lane.call(ask).await.outcome
        });
    }
    while let Some(ended) = pages.join_next().await {
        assert_eq!(ended.unwrap(), Ok(()));
    }
    let refused = refused.load(std::sync::atomic::Ordering::SeqCst);
    // Most of them before anything was known.
    assert!((50..80).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_is_hedged_and_the_first_good_answer_counts() {
    let upstream = usual();
    let lane = upstream.lane();
    // Hedges are a share of the calls.
    for _ in 0..7 {
        assert_eq!(lane.call(|| ready(Ok(()))).await.outcome, Ok(()));
    }
    let begun = Instant::now();
    let calls = AtomicU32::new(0);
    let ask = || {
        let no = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move {
            if no == 0 {
                sleep(MS(60_000)).await;
            }
            Ok(no)
        }
    };
    let answered = lane.call(ask).await;
    assert_eq!(
        (answered.outcome, answered.tries, answered.calls),
        (Ok(1), 1, 2)
    );
    assert!(begun.elapsed() < MS(1_300));
    assert_eq!(lane.counts().hedges, 1);
    // There is no budget for another one: it ends with the time-out, and a retry.
    calls.store(0, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(lane.call(ask).await.outcome, Ok(1));
    assert_eq!((lane.counts().hedges, lane.counts().retries), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_broken_platform_is_left_alone_and_given_up() {
    let retry = Retry {
        tries: 1_000,
        budget: Share(1.0),
        breaker: Breaker {
            of: 10,
            ..Breaker::default()
        },
        ..Retry::default()
    };
    let lane = upstream(Limits::default(), retry).lane();
    let begun = Instant::now();
    let answered = lane.call(|| ready(transient::<()>())).await;
    let Err(PageFault::Stopped(reason)) = answered.outcome.clone() else {
        panic!("{answered:?}");
    };
    assert_eq!(
        reason,
        "the platform has not answered well for too long: 503"
    );
    assert!(begun.elapsed() >= MS(60_000) && begun.elapsed() < MS(100_000));
    // Five failed until it opened; then one in two seconds at the most.
    assert!(answered.calls <= 36, "{answered:?}");
    assert_eq!(lane.stopped(), Some(reason));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_was_away_costs_no_page() {
    let retry = Retry {
        breaker: Breaker {
            of: 4,
            ..Breaker::default()
        },
        ..Retry::default()
    };
    let lane = upstream(Limits::default(), retry).lane();
    let works_at = Instant::now() + MS(40_000);
    let mut pages = JoinSet::new();
    for _ in 0..2 {
        let lane = lane.clone();
        pages.spawn(async move {
            let ask = || {
                ready(match Instant::now() < works_at {
                    true => transient(),
                    false => Ok(()),
                })
            };
            lane.call(ask).await
        });
    }
    while let Some(ended) = pages.join_next().await {
        let answered = ended.unwrap();
        assert_eq!(answered.outcome, Ok(()));
        assert!(
            answered.tries <= 5 && answered.calls > answered.tries,
            "{answered:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_closes_lets_all_pages_through() {
    let upstream = usual();
    let lane = upstream.lane();
    let works_at = Instant::now() + MS(10_000);
    let mut pages = JoinSet::new();
    for _ in 0..200 {
        let lane = lane.clone();
        pages.spawn(async move {
            let ask = || async move {
                sleep(MS(200)).await;
                if Instant::now() < works_at {
                    transient()
                } else {
                    Ok(())
                }
            };
            lane.call(ask).await
        });
    }
    let mut good = 0;
    while let Some(ended) = pages.join_next().await {
        let answered = ended.unwrap();
        assert!(answered.tries <= 5, "{answered:?}");
        good += usize::from(answered.outcome.is_ok());
    }
    assert_eq!(good, 200);
    assert!(works_at.elapsed() < MS(60_000));
    assert_eq!(upstream.state().breaker, "closed");
}

#[tokio::test(start_paused = true)]
async fn who_is_not_accepted_asks_no_more() {
    let upstream = usual();
    let (one, other) = (upstream.lane(), upstream.lane());
    let waiting = other.clone();
    let waits =
        tokio::spawn(async move { waiting.call(std::future::pending::<Result<(), _>>).await });
    sleep(MS(10)).await;
    let refused = || {
        ready(Err::<(), _>(CallFault::Auth(
            "the key is not accepted".to_owned(),
        )))
    };
    let expected = Err(PageFault::Stopped("the key is not accepted".to_owned()));
    let answered = one.call(refused).await;
    assert_eq!((answered.outcome, answered.calls), (expected.clone(), 1));
    assert_eq!(waits.await.unwrap().outcome, expected);
    assert_eq!(one.call(|| ready(Ok(()))).await.calls, 0);
    // Whoever comes later asks again.
    assert_eq!(upstream.lane().call(|| ready(Ok(1))).await.outcome, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_never_exceeded() {
    let limits = Limits {
        calls_per_day: Some(7),
        ..Limits::default()
    };
    let lane = upstream(limits, Retry::default()).lane();
    let mut good = 0;
    for _ in 0..10 {
        good += u32::from(lane.call(|| ready(Ok(()))).await.outcome.is_ok());
    }
    assert_eq!(good, 7);
    let stopped = lane.stopped().unwrap();
    assert_eq!(stopped, "the quota of 7 calls a day is used up");
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_gives_its_slot_back() {
    let limits = Limits {
        concurrency: 1,
        ..Limits::default()
    };
    let lane = upstream(limits, Retry::default()).lane();
    let hanging = lane.clone();
    let hangs =
        tokio::spawn(async move { hanging.call(std::future::pending::<Result<(), _>>).await });
    sleep(MS(100)).await;
    hangs.abort();
    let begun = Instant::now();
    assert_eq!(lane.call(|| ready(Ok(()))).await.outcome, Ok(()));
    assert!(begun.elapsed() < MS(50));
}
