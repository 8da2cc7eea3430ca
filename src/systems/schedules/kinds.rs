//! When a schedule fires: reads the keys of each kind of trigger.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use regex_automata::PatternID;
use regex_automata::meta::Regex;

use super::definition::{After, Webhook};
use super::faults::Faults;
use super::settings::ScheduleSettings;
use super::template::Names;
use crate::engine::seam::{FileRule, TriggerKind};
use crate::engine::triggers::catchup::{Catchup, Rule};
use crate::engine::triggers::cron::Cron;
use crate::engine::triggers::timing::JITTER_MAX;
use crate::webhooks::{COMMIT, Filter, Forge, Pattern};

const WEEK: Duration = Duration::from_secs(7 * 86_400);
const MAX: u32 = 10;
const POLL: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_secs(5);

/// When it fires, and which names a text of `start` may contain besides times.
pub(super) fn kind(
    written: &ScheduleSettings,
    zone: Tz,
    faults: &mut Faults,
) -> Option<(TriggerKind, Names)> {
    let kinds = [
        ("cron", written.cron.is_some()),
        ("webhook", written.webhook.is_some()),
        ("file", written.file.is_some()),
        ("after", written.after.is_some()),
        ("form", written.form.is_some()),
    ];
    let given: Vec<&str> = kinds
        .iter()
        .filter(|kind| kind.1)
        .map(|kind| kind.0)
        .collect();
    let [only] = given[..] else {
        let found = match given.is_empty() {
            true => "none".to_owned(),
            false => given.join(" and "),
        };
        let problem =
            format!("found {found}; expected exactly one of cron, webhook, file, after, form");
        faults.add("", problem);
        return None;
    };
    let belonging: [(&str, bool, &[&str]); 12] = [
        ("catchup", written.catchup.is_some(), &["cron"]),
        ("window", written.window.is_some(), &["cron"]),
        ("max", written.max.is_some(), &["cron"]),
        ("jitter", written.jitter.is_some(), &["cron"]),
        ("poll", written.poll.is_some(), &["file"]),
        ("settle", written.settle.is_some(), &["file"]),
        ("state", written.state.is_some(), &["after"]),
        ("secret", written.secret.is_some(), &["webhook"]),
        ("events", written.events.is_some(), &["webhook"]),
        ("branches", written.branches.is_some(), &["webhook"]),
        ("tags", written.tags.is_some(), &["webhook"]),
        ("paths", written.paths.is_some(), &["webhook"]),
    ];
    for (key, is_given, of) in belonging {
        if is_given && !of.contains(&only) {
            faults.add(
                key,
                format!("it belongs to {}, not to {only}", of.join(" and ")),
            );
        }
    }
    match only {
        "cron" => Some((cron(written, zone, faults)?, Names::default())),
        "webhook" => Some((TriggerKind::Outside, Names::Only(vec![COMMIT.to_owned()]))),
        "file" => file(written, faults),
        "after" => Some((TriggerKind::After, Names::Any)),
        _ => Some((
            TriggerKind::Outside,
            Names::Only(written.form.clone().unwrap_or_default()),
        )),
    }
}

fn cron(written: &ScheduleSettings, zone: Tz, faults: &mut Faults) -> Option<TriggerKind> {
    let fields = written.cron.as_deref()?;
    let cron = match Cron::parse(fields, zone) {
        Ok(cron) => Some(cron),
        Err(problems) => {
            for problem in problems {
                faults.add("cron", format!("in `{fields}`: {problem}"));
            }
            None
        }
    };
    let catchups = [
        ("none", Catchup::None),
        ("last", Catchup::Last),
        ("all", Catchup::All),
    ];
    let catchup = faults.word("catchup", written.catchup.as_deref(), &catchups);
    let window = faults.duration("window", written.window.as_deref());
    let jitter = faults.duration("jitter", written.jitter.as_deref());
    if jitter.is_some_and(|jitter| jitter > JITTER_MAX) {
        faults.add("jitter", "it is out of range, expected 1d at most");
    }
    let max = written.max.unwrap_or(MAX);
    if !(1..=10_000).contains(&max) {
        faults.add("max", format!("{max} is out of range, expected 1 to 10000"));
    }
    Some(TriggerKind::Cron {
        cron: cron?,
        jitter,
        rule: Rule {
            catchup: catchup.unwrap_or(Catchup::Last),
            window: window.unwrap_or(WEEK),
            max,
        },
    })
}

fn file(written: &ScheduleSettings, faults: &mut Faults) -> Option<(TriggerKind, Names)> {
    let text = written.file.as_deref()?;
    let (directory, name) = match text.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => (".", text),
    };
    let poll = faults.duration("poll", written.poll.as_deref());
    if poll.is_some_and(|poll| poll.is_zero()) {
        faults.add(
            "poll",
            "it would be looked for all the time; expected 1ms or more",
        );
    }
    let settle = faults.duration("settle", written.settle.as_deref());
    if name.is_empty() {
        faults.add(
            "file",
            "the last segment is empty; expected an expression for file names",
        );
        return None;
    }
    let regex = match Regex::new(&format!("^(?:{name})$")) {
        Ok(regex) => regex,
        Err(error) => {
            faults.add(
                "file",
                format!("invalid expression for file names: {error}"),
            );
            return None;
        }
    };
    let groups = regex.group_info().pattern_names(PatternID::ZERO).flatten();
    let names = Names::Only(groups.map(str::to_owned).collect());
    let rule = FileRule {
        directory: PathBuf::from(directory),
        name: regex,
        poll: poll.unwrap_or(POLL),
        settle: settle.unwrap_or(SETTLE),
    };
    Some((TriggerKind::File(rule), names))
}

pub(super) fn after(written: &ScheduleSettings, faults: &mut Faults) -> Option<After> {
    let what = written.after.clone()?;
    let parts = what.split_once('/');
    if !parts.is_some_and(|(project, task)| !project.is_empty() && !task.is_empty()) {
        faults.add("after", format!("`{what}`; expected project/task"));
    }
    let states = ["succeeded", "failed", "cancelled", "skipped"].map(|state| (state, state));
    let state = faults.word("state", written.state.as_deref(), &states);
    Some(After {
        what,
        state: state.unwrap_or("succeeded").to_owned(),
    })
}

pub(super) fn webhook(written: &ScheduleSettings, faults: &mut Faults) -> Option<Webhook> {
    let name = written.webhook.as_deref()?;
    let forge = Forge::of_name(name);
    if forge.is_none() {
        let known = Forge::NAMES.join(", ");
        faults.add("webhook", format!("`{name}`; expected one of {known}"));
    }
    let secret = written
        .secret
        .clone()
        .filter(|secret| is_secret_name(secret));
    if secret.is_none() {
        let problem =
            "expected the name of a secret: capital letters, digits and _, such as FORGE_HOOK";
        faults.add("secret", problem);
    }
    let mut patterns = |key: &str, written: &Option<Vec<String>>| {
        let mut read = Vec::new();
        for text in written.iter().flatten() {
            match Pattern::parse(text) {
                Ok(pattern) => read.push(pattern),
                Err(problem) => faults.add(key, format!("`{text}`: {problem}")),
            }
        }
        read
    };
    let filter = Filter {
        events: patterns("events", &written.events),
        branches: patterns("branches", &written.branches),
        tags: patterns("tags", &written.tags),
        paths: patterns("paths", &written.paths),
    };
    Some(Webhook {
        forge: forge?,
        secret: secret?,
        filter,
    })
}

/// One that a variable of the environment can have behind its prefix.
fn is_secret_name(name: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_one)
}
