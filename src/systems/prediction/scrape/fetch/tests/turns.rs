//! Turns at hosts, on a clock that stands still unless somebody waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::super::clock::Clock;
use super::super::turns::{
    Acquiring, Alone, HeldHost, HostKey, HostLease, HostTimes, NoTurn, Turns,
};

/// Moves with tokio's.
#[derive(Clone, Copy)]
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn steady_micros(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_micros()).unwrap()
    }

    fn wall_micros(&self) -> i64 {
        self.steady_micros()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

fn turns(lease: Arc<dyn HostLease>) -> Arc<Turns> {
    Arc::new(Turns::new(Arc::new(PausedClock(Instant::now())), lease))
}

fn key(url: &str) -> HostKey {
    HostKey::new(&Url::parse(url).unwrap())
}

#[test]
fn the_usual_ports_of_a_host_are_one_place() {
    for (url, expected) in [
        ("http://Example.com/x", "example.com"),
        ("https://example.com./", "example.com"),
        ("https://example.com:80/", "example.com"),
        ("http://example.com:8080/", "example.com:8080"),
        ("http://127.1:18080/", "127.0.0.1:18080"),
        ("http://[::1]/", "[::1]"),
    ] {
        assert_eq!(key(url).as_str(), expected);
    }
}

/// Requests of 300 scrapes to 50 hosts: when each began and ended.
#[tokio::test(start_paused = true)]
async fn requests_to_a_host_never_overlap_and_are_apart() {
    let turns = turns(Arc::new(Alone));
    let began = Instant::now();
    let log = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for scrape in 0..300_u64 {
        let (turns, log) = (turns.clone(), log.clone());
        tasks.push(tokio::spawn(async move {
            let host = key(&format!("http://h{}/", scrape % 50));
            for _ in 0..3 {
                let delay = Duration::from_millis(500 + scrape % 7 * 100);
                let turn = turns.take(&host, delay).await;
                let from = began.elapsed();
                tokio::time::sleep(Duration::from_millis(scrape % 11 * 10)).await;
                let to = began.elapsed();
                log.lock().unwrap().push((host.clone(), from, to, delay));
                drop(turn);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 900);
    for host in 0..50 {
        let host = key(&format!("http://h{host}/"));
        let mut own: Vec<_> = log.iter().filter(|one| one.0 == host).collect();
        own.sort_by_key(|one| one.1);
        for pair in own.windows(2) {
            assert!(pair[1].1 >= pair[0].2 + pair[1].3, "{pair:?}");
        }
        // Nobody waits longer than he must.
        let longest: Duration = own.iter().map(|one| one.2 - one.1 + one.3).sum();
        let last = own.last().unwrap();
        assert!(
            last.2 <= longest + Duration::from_millis(100),
            "{last:?} {longest:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_asks_for_patience_gets_it_from_all() {
    let turns = turns(Arc::new(Alone));
    let began = Instant::now();
    let mut turn = turns.take(&key("http://h/"), Duration::ZERO).await;
    turn.hold_off(Duration::from_secs(30));
    drop(turn);
    let other = turns.take(&key("http://i/"), Duration::from_secs(1)).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(other);
    drop(turns.take(&key("https://h/"), Duration::from_secs(1)).await);
    assert_eq!(began.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_long_is_told_at_once() {
    let turns = turns(Arc::new(Alone));
    let host = key("http://h/");
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    let mut turn = turns.take(&host, second).await;
    turn.hold_off(2 * minute);
    drop(turn);
    let began = Instant::now();
    let refused = turns.take_within(&host, second, minute).await.err();
    assert_eq!(refused, Some(NoTurn::In(2 * minute)));
    assert_eq!(began.elapsed(), Duration::ZERO);
    // It has asked nothing: the next one waits for the site and not for it.
    let turn = turns.take_within(&host, second, 3 * minute).await.ok();
    assert!(turn.is_some());
    assert_eq!(began.elapsed(), 2 * minute);
    let refused = turns.take_within(&host, second, minute).await.err();
    assert_eq!(refused, Some(NoTurn::Busy));
    assert_eq!(began.elapsed(), 3 * minute);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_lets_the_next_one_in() {
    let turns = turns(Arc::new(Alone));
    let held = turns.take(&key("http://h/"), Duration::from_secs(1)).await;
    let waiting = turns.clone();
    let waiting = tokio::spawn(async move {
        drop(
            waiting
                .take(&key("http://h/"), Duration::from_secs(1))
                .await,
        );
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    waiting.abort();
    drop(held);
    let began = Instant::now();
    drop(turns.take(&key("http://h/"), Duration::from_secs(1)).await);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

/// A lease of two processes, which a mutex stands for.
#[derive(Default)]
struct Shared(Arc<tokio::sync::Mutex<HostTimes>>);

struct SharedHeld(tokio::sync::OwnedMutexGuard<HostTimes>);

impl HostLease for Shared {
    fn acquire(&self, _: &HostKey) -> Acquiring {
        let shared = self.0.clone();
        Box::pin(async move {
            let held = SharedHeld(shared.lock_owned().await);
            Box::new(held) as Box<dyn HeldHost>
        })
    }
}

impl HeldHost for SharedHeld {
    fn times(&self) -> HostTimes {
        *self.0
    }

    fn release(mut self: Box<Self>, times: HostTimes) {
        *self.0 = times;
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_that_share_a_lease_take_turns() {
    let shared = Shared::default();
    let other = Shared(shared.0.clone());
    let (one, other) = (turns(Arc::new(shared)), turns(Arc::new(other)));
    let began = Instant::now();
    let delay = Duration::from_secs(2);
    let host = key("http://h/");
    let first = one.take(&host, delay).await;
    let ask = async |turns: &Turns| {
        let turn = turns.take(&host, delay).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(turn);
    };
    let release = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(first);
    };
    tokio::join!(release, ask(&other), ask(&one));
    // 1 s for each request, 2 s between two.
    assert_eq!(began.elapsed(), Duration::from_secs(7));
}
