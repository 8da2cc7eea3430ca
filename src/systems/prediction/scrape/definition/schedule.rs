//! When a scrape runs by itself: the keys and defaults of triggers of the kind `cron`.

use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::engine::store::blob_digest;
use crate::engine::triggers::catchup::{Catchup, Rule};
use crate::engine::triggers::cron::Cron;
use crate::engine::triggers::overlap::Overlap;
use crate::engine::triggers::timing::JITTER_MAX;

/// As it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenSchedule {
    pub cron: String,
    pub timezone: Option<String>,
    pub catchup: Option<String>,
    pub window: Option<String>,
    pub max: Option<u32>,
    pub jitter: Option<String>,
    pub overlap: Option<String>,
    pub paused: Option<bool>,
}

/// When a scrape runs by itself.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// As it is written.
    pub pattern: String,
    pub cron: Cron,
    pub zone: Tz,
    pub jitter: Option<Duration>,
    pub rule: Rule,
    pub overlap: Overlap,
    pub is_paused: bool,
    /// Of what makes it fire.
    pub digest: String,
}

const WEEK: Duration = Duration::from_secs(7 * 86_400);
const FIRES_MAX: u32 = 10;

/// 2026-01-01 in microseconds since 1970: a pattern that has no later time has none.
const REFERENCE: i64 = 1_767_225_600_000_000;

/// A schedule, or its keys that are wrong and what is wrong with them.
pub(super) fn read(written: &WrittenSchedule) -> Result<Schedule, Vec<(&'static str, String)>> {
    let mut faults = Vec::new();
    let zone = match written.timezone.as_deref().map(str::parse::<Tz>) {
        None => Some(Tz::UTC),
        Some(Ok(zone)) => Some(zone),
        Some(Err(_)) => {
            let name = written.timezone.as_deref().unwrap_or_default();
            let problem = format!("`{name}`; expected an IANA zone such as Asia/Tokyo");
            faults.push(("timezone", problem));
            None
        }
    };
    let cron = cron(&written.cron, zone.unwrap_or(Tz::UTC));
    let cron =
        cron.map_err(|problems| faults.extend(problems.into_iter().map(|one| ("cron", one))));
    let catchups = [
        ("none", Catchup::None),
        ("last", Catchup::Last),
        ("all", Catchup::All),
    ];
    let overlaps = [
        ("queue", Overlap::Queue),
        ("skip", Overlap::Skip),
        ("cancel", Overlap::Cancel),
        ("allow", Overlap::Allow),
    ];
    let catchup = word(
        "catchup",
        written.catchup.as_deref(),
        &catchups,
        &mut faults,
    );
    let overlap = word(
        "overlap",
        written.overlap.as_deref(),
        &overlaps,
        &mut faults,
    );
    let window = duration("window", written.window.as_deref(), &mut faults);
    let jitter = duration("jitter", written.jitter.as_deref(), &mut faults);
    if jitter.is_some_and(|jitter| jitter > JITTER_MAX) {
        faults.push(("jitter", "is out of range; expected 1d at most".to_owned()));
    }
    let max = written.max.unwrap_or(FIRES_MAX);
    if !(1..=10_000).contains(&max) {
        faults.push(("max", format!("{max} is out of range; expected 1 to 10000")));
    }
    match (cron, zone, faults.is_empty()) {
        (Ok(cron), Some(zone), true) => Ok(Schedule {
            pattern: written.cron.clone(),
            cron,
            zone,
            jitter,
            rule: Rule {
                catchup: catchup.unwrap_or(Catchup::Last),
                window: window.unwrap_or(WEEK),
                max,
            },
            overlap: overlap.unwrap_or(Overlap::Queue),
            is_paused: written.paused.unwrap_or(false),
            digest: digest(written),
        }),
        _ => Err(faults),
    }
}

fn digest(written: &WrittenSchedule) -> String {
    let firing = WrittenSchedule {
        overlap: None,
        paused: None,
        ..written.clone()
    };
    let text = serde_json::to_string(&firing).unwrap_or_default();
    blob_digest(text.as_bytes())
}

fn cron(text: &str, zone: Tz) -> Result<Cron, Vec<String>> {
    let within = |problem: String| format!("in `{text}`: {problem}");
    let cron = Cron::parse(text, zone);
    let cron = cron.map_err(|problems| problems.into_iter().map(within).collect::<Vec<_>>())?;
    match cron.next_after(REFERENCE) {
        Some(_) => Ok(cron),
        None => Err(vec![within("it never fires".to_owned())]),
    }
}

fn word<T: Copy>(
    key: &'static str,
    word: Option<&str>,
    words: &[(&str, T)],
    faults: &mut Vec<(&'static str, String)>,
) -> Option<T> {
    let word = word?;
    let found = words.iter().find(|(known, _)| *known == word);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        faults.push((key, format!("`{word}`; expected one of {known}")));
    }
    found.map(|(_, value)| *value)
}

/// `500ms 90s 10m 2h 7d`, ten years at most.
fn duration(
    key: &'static str,
    text: Option<&str>,
    faults: &mut Vec<(&'static str, String)>,
) -> Option<Duration> {
    const MOST_MS: u64 = 10 * 366 * 86_400_000;
    let text = text?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => Some(1_u64),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let number = number.parse::<u64>().ok();
    let ms = number
        .zip(unit_ms)
        .and_then(|(number, ms)| number.checked_mul(ms));
    let ms = ms.filter(|ms| *ms <= MOST_MS);
    if ms.is_none() {
        let problem = format!("`{text}`; expected a duration such as 500ms, 90s, 10m or 7d");
        faults.push((key, problem));
    }
    ms.map(Duration::from_millis)
}

impl Schedule {
    /// The day that it is at this moment, in microseconds since 1970, in the zone of the schedule.
    pub fn day(&self, micros: i64) -> NaiveDate {
        let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
        moment.with_timezone(&self.zone).date_naive()
    }
}
