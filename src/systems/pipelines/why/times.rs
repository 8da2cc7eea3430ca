//! Times as people of a project read them.

use chrono::DateTime;
use chrono_tz::Tz;

use crate::clock;

/// `03:31:07`, or with the day if that is another one.
pub(super) fn shown(micros: i64, zone: Tz) -> String {
    let at = |micros: i64| {
        DateTime::from_timestamp_micros(micros)
            .unwrap_or_default()
            .with_timezone(&zone)
    };
    let (then, now) = (at(micros), at(clock::now_micros()));
    match then.date_naive() == now.date_naive() {
        true => then.format("%T").to_string(),
        false => then.format("%F %T").to_string(),
    }
}
