//! Hours in which nothing is sent.

use chrono::{DateTime, Duration, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// From one time of the day to another, which may be on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
    zone: Tz,
}

impl QuietHours {
    /// Reads `22:00-07:00`; `None`: it is not of that form, or no time lies between the two.
    pub fn read(text: &str, zone: Tz) -> Option<Self> {
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        let (from, to) = text.split_once('-')?;
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(Self { from, to, zone })
    }

    /// When they end, if it is quiet at this moment.
    pub fn end(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&self.zone).naive_local();
        let (date, time) = (local.date(), local.time());
        let is_over_midnight = self.from > self.to;
        let (is_quiet, day) = match is_over_midnight {
            false => (self.from <= time && time < self.to, date),
            true if time >= self.from => (true, date.succ_opt()?),
            true => (time < self.to, date),
        };
        if !is_quiet {
            return None;
        }
        let end = day.and_time(self.to);
        // Where clocks are set forward over it, it is the first moment afterwards.
        let mut ends = (0..=4).map(|quarter| end + Duration::minutes(30 * quarter));
        let end = ends.find_map(|end| self.zone.from_local_datetime(&end).latest())?;
        Some(end.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_quiet_until_the_morning() {
        let taipei = QuietHours::read("22:00-07:00", chrono_tz::Asia::Taipei).unwrap();
        let noon = QuietHours::read("12:00-13:30", chrono_tz::UTC).unwrap();
        let berlin = QuietHours::read("22:00-02:30", chrono_tz::Europe::Berlin).unwrap();
        for (hours, now, end) in [
            // It is 21:59, 22:00, 06:59 and 07:00 there.
            (taipei, "2026-11-29T13:59:59Z", None),
            (taipei, "2026-11-29T14:00:00Z", Some("2026-11-29T23:00:00Z")),
            (taipei, "2026-11-29T22:59:59Z", Some("2026-11-29T23:00:00Z")),
            (taipei, "2026-11-29T23:00:00Z", None),
            (noon, "2026-11-29T12:00:00Z", Some("2026-11-29T13:30:00Z")),
            (noon, "2026-11-29T13:30:00Z", None),
            // 02:30 does not exist in that night: 03:00 does.
            (berlin, "2026-03-29T00:30:00Z", Some("2026-03-29T01:00:00Z")),
        ] {
            let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(hours.end(at(now)), end.map(at), "{now}");
        }
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        for text in [
            "",
            "22:00",
            "22:00-22:00",
            "25:00-07:00",
            "22-7",
            "22:00-07:00-08:00",
        ] {
            assert_eq!(QuietHours::read(text, chrono_tz::UTC), None, "{text}");
        }
    }
}
