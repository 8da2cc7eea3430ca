//! Reads a schedule and finds all that is wrong with it.

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::faults::{Fault, Faults};
use super::kinds::{after, kind, webhook};
use super::settings::ScheduleSettings;
use super::template::{self, Names};
use crate::engine::seam::TriggerKind;
use crate::engine::store::blob_digest;
use crate::engine::triggers::overlap::Overlap;
use crate::webhooks::{Filter, Forge};

/// A schedule that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) name: String,
    pub(crate) kind: TriggerKind,
    /// Of triggers of the kind `after`: which jobs.
    pub(crate) after: Option<After>,
    /// Of triggers of the kind `webhook`: which deliveries.
    pub(crate) webhook: Option<Webhook>,
    pub(crate) zone: Tz,
    pub(crate) overlap: Overlap,
    pub(crate) is_paused: bool,
    pub(crate) start: Start,
    /// Of what makes it fire: a schedule begins anew when that is changed.
    pub(crate) digest: String,
    /// Of all that is written.
    pub(crate) version: String,
    /// As it was written.
    pub(crate) written: ScheduleSettings,
}

/// What it starts.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// A flow, by its member in the body of `POST /v1/jobs` or by its name.
    pub(crate) flow: String,
    pub(crate) queue: Option<String>,
    /// With templates.
    pub(crate) request: Value,
}

/// Jobs whose ends count.
#[derive(Clone, Debug)]
pub(crate) struct After {
    /// `project/task`.
    pub(crate) what: String,
    pub(crate) state: String,
}

/// Deliveries that count.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) forge: Forge,
    /// A name.
    pub(crate) secret: String,
    pub(crate) filter: Filter,
}

const NAME_CHARS_MAX: usize = 64;

impl Schedule {
    pub(crate) fn read(name: &str, written: ScheduleSettings) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        if !is_name(name) {
            faults.add(
                "",
                "invalid name; expected a letter, then letters, digits, _ or -, all small, 64 at most",
            );
        }
        let zone = zone(&written, &mut faults);
        let overlaps = [
            ("queue", Overlap::Queue),
            ("skip", Overlap::Skip),
            ("cancel", Overlap::Cancel),
            ("allow", Overlap::Allow),
        ];
        let overlap = faults.word("overlap", written.overlap.as_deref(), &overlaps);
        let found = kind(&written, zone, &mut faults);
        let names = found.as_ref().map(|(_, names)| names);
        let start = start(&written, names, &mut faults);
        let after = after(&written, &mut faults);
        let webhook = webhook(&written, &mut faults);
        match (found, start, faults.0.is_empty()) {
            (Some((kind, _)), Some(start), true) => Ok(Self {
                name: name.to_owned(),
                kind,
                after,
                webhook,
                zone,
                overlap: overlap.unwrap_or(Overlap::Queue),
                is_paused: written.paused.unwrap_or(false),
                start,
                digest: digest(&written),
                version: digest_of(&written),
                written,
            }),
            _ => Err(faults.0),
        }
    }
}

/// Of what makes it fire.
fn digest(written: &ScheduleSettings) -> String {
    digest_of(&ScheduleSettings {
        start: Map::new(),
        paused: None,
        overlap: None,
        ..written.clone()
    })
}

fn digest_of(written: &ScheduleSettings) -> String {
    let text = serde_json::to_string(written).unwrap_or_default();
    blob_digest(text.as_bytes())
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    let may_follow = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || b"_-".contains(&byte);
    name.len() <= NAME_CHARS_MAX
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(may_follow)
}

fn zone(written: &ScheduleSettings, faults: &mut Faults) -> Tz {
    let Some(name) = &written.timezone else {
        return Tz::UTC;
    };
    name.parse().unwrap_or_else(|_| {
        faults.add(
            "timezone",
            format!("`{name}`; expected an IANA zone such as Asia/Taipei"),
        );
        Tz::UTC
    })
}

fn start(written: &ScheduleSettings, names: Option<&Names>, faults: &mut Faults) -> Option<Start> {
    let mut queue = None;
    let mut flows = Vec::new();
    for (key, value) in &written.start {
        match (key.as_str(), value) {
            ("queue", Value::String(name)) => queue = Some(name.clone()),
            ("queue", Value::Null) => {}
            ("queue", _) => faults.add("start.queue", "expected the name of a queue"),
            (flow, request) => flows.push((flow.to_owned(), request.clone())),
        }
    }
    let count = flows.len();
    let Some((flow, request)) = flows.pop().filter(|_| count == 1) else {
        let problem = format!("found {count} flows; expected exactly one, such as labelling");
        faults.add("start", problem);
        return None;
    };
    let mut uses_last = false;
    for (path, text) in template::texts(&request) {
        let key = format!("start.{flow}{path}");
        match template::parse(text) {
            Ok(pieces) => {
                uses_last |= pieces.iter().any(template::Piece::is_last);
                if let Some(names) = names {
                    for unknown in template::unknown(&pieces, names) {
                        faults.add(&key, format!("`{{{unknown}}}` is not known here"));
                    }
                }
            }
            Err(problem) => faults.add(&key, problem),
        }
    }
    if uses_last && request.get("end_time").is_none() {
        let problem = "`{last}` is the end of the last range, but there is no end_time";
        faults.add(&format!("start.{flow}"), problem);
    }
    Some(Start {
        flow,
        queue,
        request,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(definition: Value) -> Vec<String> {
        let written = serde_json::from_value(definition).unwrap();
        let faults = Schedule::read("nightly", written).err().unwrap_or_default();
        let faults = faults.into_iter();
        faults
            .map(|fault| format!("{}: {}", fault.key, fault.problem))
            .collect()
    }

    #[test]
    fn a_schedule_has_a_trigger_and_starts_one_flow() {
        let good = json!({ "cron": "0 3 * * *", "timezone": "Asia/Taipei", "catchup": "last",
            "start": { "labelling": { "rule_set": "interests", "start_time": "{last}",
                "end_time": "{fire-1d:%Y-%m-%d} 23:59:59" } } });
        assert_eq!(faults(good), [""; 0]);
        let file =
            json!({ "file": "in/(?<day>[0-9-]+)\\.csv", "start": { "noop": { "day": "{day}" } } });
        assert_eq!(faults(file), [""; 0]);
        let hook = json!({ "webhook": "github", "secret": "HOOK", "branches": ["main"],
            "start": { "noop": { "commit": "{commit}" } } });
        assert_eq!(faults(hook), [""; 0]);
        let form =
            json!({ "form": ["day"], "start": { "queue": "q", "noop": { "day": "{day}" } } });
        assert_eq!(faults(form), [""; 0]);
    }

    #[test]
    fn all_faults_are_found_with_their_keys() {
        let start = json!({ "noop": {} });
        for (definition, expected) in [
            (
                json!({ "start": start }),
                ": found none; expected exactly one of cron, webhook, file, after, form",
            ),
            (
                json!({ "cron": "0 3 * * *", "form": [], "start": start }),
                ": found cron and form",
            ),
            (
                json!({ "cron": "0 3 30 2 *", "start": start }),
                "cron: in `0 3 30 2 *`: this day does not",
            ),
            (
                json!({ "cron": "0 3 * * *", "timezone": "Mars", "start": start }),
                "timezone: `Mars`; expected",
            ),
            (
                json!({ "cron": "0 3 * * *", "catchup": "some", "start": start }),
                "catchup: `some`; expected one of none",
            ),
            (
                json!({ "cron": "0 3 * * *", "window": "7", "start": start }),
                "window: `7`; expected a duration",
            ),
            (
                json!({ "cron": "0 3 * * *", "jitter": "25h", "start": start }),
                "jitter: it is out of range, expected 1d at most",
            ),
            (
                json!({ "cron": "0 3 * * *", "max": 0, "start": start }),
                "max: 0 is out of range",
            ),
            (
                json!({ "cron": "0 3 * * *", "settle": "1s", "start": start }),
                "settle: it belongs to file",
            ),
            (
                json!({ "cron": "0 3 * * *", "overlap": "drop", "start": start }),
                "overlap: `drop`; expected one of queue",
            ),
            (
                json!({ "after": "x", "start": start }),
                "after: `x`; expected project/task",
            ),
            (
                json!({ "after": "p/t", "state": "done", "start": start }),
                "state: `done`; expected one of succeeded",
            ),
            (
                json!({ "webhook": "svn", "secret": "HOOK", "start": start }),
                "webhook: `svn`; expected one of github",
            ),
            (
                json!({ "webhook": "gitea", "start": start }),
                "secret: expected the name of a secret",
            ),
            (
                json!({ "webhook": "gitea", "secret": "HOOK", "branches": ["a**"], "start": start }),
                "branches: `a**`: invalid pattern",
            ),
            (
                json!({ "cron": "0 3 * * *", "secret": "HOOK", "start": start }),
                "secret: it belongs to webhook",
            ),
            (
                json!({ "file": "in/(", "start": start }),
                "file: invalid expression",
            ),
            (
                json!({ "file": "in/", "start": start }),
                "file: the last segment is empty",
            ),
            (json!({ "cron": "0 3 * * *" }), "start: found 0 flows"),
            (
                json!({ "cron": "0 3 * * *", "start": { "a": {}, "b": {} } }),
                "start: found 2 flows",
            ),
            (
                json!({ "cron": "0 3 * * *", "start": { "noop": { "a": ["{fire-1x}"] } } }),
                "start.noop.a[0]: ",
            ),
            (
                json!({ "cron": "0 3 * * *", "start": { "noop": { "a": "{day}" } } }),
                "start.noop.a: `{day}` is not known",
            ),
            (
                json!({ "cron": "0 3 * * *", "start": { "noop": { "a": "{last}" } } }),
                "start.noop: `{last}` is the end",
            ),
        ] {
            let found = faults(definition.clone());
            assert!(
                found.len() == 1 && found[0].starts_with(expected),
                "{definition}: {found:?}"
            );
        }
        let many =
            json!({ "cron": "61 25 * * *", "timezone": "Mars", "overlap": "x", "start": {} });
        assert_eq!(faults(many).len(), 5);
    }

    #[test]
    fn it_begins_anew_only_when_its_trigger_changes() {
        let read = |definition: Value| {
            Schedule::read("nightly", serde_json::from_value(definition).unwrap()).unwrap()
        };
        let one = read(json!({ "cron": "0 3 * * *", "start": { "noop": {} } }));
        let other =
            read(json!({ "cron": "0 3 * * *", "paused": true, "start": { "noop": { "a": 1 } } }));
        let changed = read(json!({ "cron": "0 4 * * *", "start": { "noop": {} } }));
        assert_eq!(one.digest, other.digest);
        assert_ne!(one.digest, changed.digest);
        assert_ne!(one.version, other.version);
    }
}
