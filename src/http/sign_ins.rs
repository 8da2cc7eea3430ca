//! Slows down those who try tokens, by the address from which they do.
//!
//! The first few failures cost nothing; each further one doubles the time for which sign-ins from there
//! are refused. An address that has failed no more for a while is forgotten. Each process counts for
//! itself: what is slowed down is guessing, and tokens are too long to be guessed anyway.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
/// Addresses that are known at once.
const ADDRESSES_MAX: usize = 10_000;

/// The addresses from which sign-ins have failed.
#[derive(Default)]
pub(super) struct SignIns(Mutex<HashMap<IpAddr, Failures>>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn refused_until(&self) -> Option<Instant> {
        let doubled = self.count.checked_sub(FREE)?;
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(doubled.min(16));
        Some(self.last + pause.min(LONGEST_PAUSE))
    }
}

impl SignIns {
    /// Tries one from this address; `Err`: none is tried for so long.
    pub fn attempt<T>(
        &self,
        address: Option<IpAddr>,
        try_it: impl FnOnce() -> Option<T>,
    ) -> Result<Option<T>, Duration> {
        self.attempt_at(Instant::now(), address.map(network), try_it)
    }

    fn attempt_at<T>(
        &self,
        now: Instant,
        address: Option<IpAddr>,
        try_it: impl FnOnce() -> Option<T>,
    ) -> Result<Option<T>, Duration> {
        let address = address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        // Held meanwhile: of many that try at once each counts.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.get(&address).copied();
        let before = before.filter(|before| now < before.last + FORGOTTEN_AFTER);
        let refused_until = before.and_then(|before| before.refused_until());
        if let Some(until) = refused_until.filter(|until| now < *until) {
            return Err(until - now);
        }
        let Some(value) = try_it() else {
            let failures = Failures {
                count: before.map_or(0, |before| before.count) + 1,
                last: now,
            };
            make_room(&mut known, now);
            known.insert(address, failures);
            return Ok(None);
        };
        // It makes up for one failure, no more: whoever has a token could guess others for ever.
        if let Some(failures) = known.get_mut(&address) {
            failures.count = failures.count.saturating_sub(1);
        }
        Ok(Some(value))
    }
}

/// Drops those that would be forgotten, or else the one whose last failure is longest ago.
fn make_room(known: &mut HashMap<IpAddr, Failures>, now: Instant) {
    if known.len() < ADDRESSES_MAX {
        return;
    }
    known.retain(|_, failures| now < failures.last + FORGOTTEN_AFTER);
    if known.len() >= ADDRESSES_MAX {
        let oldest = known.iter().min_by_key(|(_, failures)| failures.last);
        if let Some(oldest) = oldest.map(|(address, _)| *address) {
            known.remove(&oldest);
        }
    }
}

/// What one caller can choose freely counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_failure_doubles_the_pause() {
        let signs = SignIns::default();
        let address = Some("192.0.2.1".parse().expect("an address"));
        let mut now = Instant::now();
        let fail = |now| signs.attempt_at(now, address, || None::<()>);
        for _ in 0..FREE {
            assert_eq!(fail(now), Ok(None));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(fail(now), Err(Duration::from_secs(seconds)));
            let right = signs.attempt_at(now, address, || Some(()));
            assert!(right.is_err());
            now += Duration::from_secs(seconds);
            assert_eq!(fail(now), Ok(None));
        }
        let other = Some("192.0.2.2".parse().expect("an address"));
        assert_eq!(signs.attempt_at(now, other, || Some(1)), Ok(Some(1)));
        now += FORGOTTEN_AFTER;
        for _ in 0..FREE {
            assert_eq!(fail(now), Ok(None));
        }
        now += FIRST_PAUSE;
        assert_eq!(signs.attempt_at(now, address, || Some(1)), Ok(Some(1)));
        assert_eq!(fail(now), Ok(None));
    }

    #[test]
    fn a_right_token_between_wrong_ones_does_not_help() {
        let signs = SignIns::default();
        let now = Instant::now();
        let mut attempts = [None, None, None, None, Some(())].into_iter().cycle();
        let is_slowed = attempts.by_ref().take(50).any(|token| {
            let address = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));
            signs.attempt_at(now, address, || token).is_err()
        });
        assert!(is_slowed);
    }

    #[test]
    fn addresses_that_one_caller_can_choose_are_one() {
        let same = |one: &str, two: &str| {
            let of = |text: &str| network(text.parse().expect("an address"));
            of(one) == of(two)
        };
        assert!(same("2001:db8::1", "2001:db8::ffff:1:2:3"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.2", "192.0.2.1"));
    }

    #[test]
    fn no_more_addresses_are_known_than_there_is_room_for() {
        let signs = SignIns::default();
        let now = Instant::now();
        for no in 0..ADDRESSES_MAX + 10 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(no as u32));
            assert_eq!(
                signs.attempt_at(now, Some(address), || None::<()>),
                Ok(None)
            );
        }
        assert_eq!(signs.0.lock().expect("no panic").len(), ADDRESSES_MAX);
    }
}
