//! A clock for durations, which nobody sets: how long something waits, runs or is held does not
//! change when the time of day is put right.
//!
//! It goes by the time since the boot of the machine, which all of its processes share. The store
//! adds how far its own time is ahead of that (`engine::store`), so that the processes that share
//! a store agree, also those of other machines and of other boots. That makes the numbers look like
//! microseconds since 1970, but only to each other may they be compared; [`wall`] says which time of
//! day is meant.

use std::sync::atomic::{AtomicI64, Ordering};

use super::now_micros as wall_micros;

/// How far this clock is ahead of the time since the boot.
static AHEAD: AtomicI64 = AtomicI64::new(UNKNOWN);

/// Before there is a store.
const UNKNOWN: i64 = i64::MIN;

/// The moment by this clock, in microseconds.
pub fn now_micros() -> i64 {
    #[cfg(test)]
    if let Some(micros) = super::simulated::steady_micros() {
        return micros;
    }
    since_boot_micros() + ahead()
}

/// The time of day, in microseconds since 1970, at which it is or was this moment, if nobody sets
/// the clock meanwhile.
pub fn wall(moment: i64) -> i64 {
    moment.saturating_add(wall_micros() - now_micros())
}

/// The time of day of a moment, as people read it.
pub fn rfc3339(moment: i64) -> String {
    super::rfc3339(wall(moment))
}

/// The moment that comes when it is this time of day, if nobody sets the clock meanwhile.
pub fn moment(wall: i64) -> i64 {
    wall.saturating_add(now_micros() - wall_micros())
}

/// Microseconds since the machine was started, the time included in which it slept.
pub fn since_boot_micros() -> i64 {
    #[cfg(target_os = "linux")]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(CLOCK);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

/// Called by the store, which knows how far its time is ahead of that since the boot.
pub fn set_ahead(micros: i64) {
    AHEAD.store(micros, Ordering::Relaxed);
}

fn ahead() -> i64 {
    match AHEAD.load(Ordering::Relaxed) {
        UNKNOWN => {
            let ahead = wall_micros() - since_boot_micros();
            // Another thread may have been first.
            let first =
                AHEAD.compare_exchange(UNKNOWN, ahead, Ordering::Relaxed, Ordering::Relaxed);
            first.map_or_else(|known| known, |_| ahead)
        }
        ahead => ahead,
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated;
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_continues_when_the_time_of_day_is_set() {
        simulated::stop_at(Duration::from_secs(10));
        let (before, day) = (now_micros(), wall_micros());
        simulated::set_wall(-7_200_000_000);
        simulated::stop_at(Duration::from_secs(15));
        assert_eq!(now_micros() - before, 5_000_000);
        assert_eq!(wall_micros() - day, 5_000_000 - 7_200_000_000);
        let soon = now_micros() + 1_000_000;
        assert_eq!(wall(soon), wall_micros() + 1_000_000);
        assert_eq!(moment(wall(soon)), soon);
        simulated::end();
    }
}
