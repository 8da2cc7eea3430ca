//! A rule that has been read and checked: who is told of what.

use std::collections::HashSet;
use std::time::Duration;

use chrono_tz::Tz;
use glob::{MatchOptions, Pattern};

use super::receivers::KnownReceivers;
use super::settings::RuleSettings;
use crate::engine::store::WantedFlows;
use crate::notify::{EventKind, Language, Notification, QuietHours};

/// Used where a rule says nothing else.
const THROTTLE_S: u64 = 300;
const DIGEST_OVER: u32 = 5;
const SLOW_TIMES: f64 = 3.0;
const LONGER_S: u64 = 600;

const DAY_S: u64 = 86_400;

/// Receivers of one rule.
const TO_MAX: usize = 20;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub written: RuleSettings,
    pub when: Vec<EventKind>,
    flow: Option<Pattern>,
    job_name: Option<Pattern>,
    started_by: Option<Pattern>,
    pub throttle: Duration,
    pub digest_over: usize,
    pub quiet: Option<QuietHours>,
    pub language: Language,
    /// Of its usual time, after which a job is slow.
    pub times: f64,
    /// After how long a job has waited for long.
    pub longer: Duration,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Within the rule; empty: the rule as a whole.
    pub key: String,
    pub problem: String,
}

/// Collects faults.
struct Faults(Vec<RuleFault>);

impl Faults {
    fn add(&mut self, key: &str, problem: impl Into<String>) {
        self.0.push(RuleFault {
            key: key.to_owned(),
            problem: problem.into(),
        });
    }

    fn expect_between(&mut self, key: &str, value: u64, least: u64, most: u64) {
        if !(least..=most).contains(&value) {
            let problem = format!("{value} is out of range, expected {least} to {most}");
            self.add(key, problem);
        }
    }
}

impl Rule {
    /// All faults at once, if there are any.
    pub fn read(
        name: &str,
        written: &RuleSettings,
        known: &KnownReceivers,
    ) -> Result<Self, Vec<RuleFault>> {
        let mut faults = Faults(Vec::new());
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        if !(1..=64).contains(&name.len()) || !name.chars().all(is_plain) {
            faults.add("name", "expected 1 to 64 of A-Z a-z 0-9 _ . -");
        }
        let when = read_kinds(written, &mut faults);
        let which = &written.which;
        let flow = pattern("where.flow", which.flow.as_deref(), &mut faults);
        let job_name = pattern("where.name", which.name.as_deref(), &mut faults);
        let started_by = pattern("where.started_by", which.started_by.as_deref(), &mut faults);
        check_receivers(written, known, &mut faults);
        let throttle_s = written.throttle_s.unwrap_or(THROTTLE_S);
        faults.expect_between("throttle_s", throttle_s, 0, DAY_S);
        let digest_over = written.digest_over.unwrap_or(DIGEST_OVER);
        faults.expect_between("digest_over", digest_over.into(), 1, 1_000);
        let quiet = read_quiet(written, &mut faults);
        let (times, longer_s) = read_limits(written, &when, &mut faults);
        if !faults.0.is_empty() {
            return Err(faults.0);
        }
        Ok(Self {
            name: name.to_owned(),
            written: written.clone(),
            when,
            flow,
            job_name,
            started_by,
            throttle: Duration::from_secs(throttle_s),
            digest_over: digest_over as usize,
            quiet,
            language: written.language.unwrap_or_default(),
            times,
            longer: Duration::from_secs(longer_s),
        })
    }

    /// Whether it asks for something of this kind.
    pub fn asks_for(&self, kind: EventKind) -> bool {
        self.when.contains(&kind)
    }

    /// Whether what happened is of a kind, a flow and a name that it asks for.
    pub fn matches(&self, notification: &Notification) -> bool {
        let kind = notification.kind.parse::<EventKind>();
        kind.is_ok_and(|kind| self.asks_for(kind))
            && self.is_about(
                &notification.flow,
                notification.name.as_deref(),
                notification.started_by.as_deref(),
            )
    }

    /// Whether it asks for a job of this flow, name and person.
    pub fn is_about(&self, flow: &str, name: Option<&str>, started_by: Option<&str>) -> bool {
        is_met(self.flow.as_ref(), Some(flow))
            && is_met(self.job_name.as_ref(), name)
            && is_met(self.started_by.as_ref(), started_by)
    }

    /// The flows that it asks for.
    pub fn flows(&self) -> WantedFlows {
        let named = self.flow.as_ref().map(Pattern::as_str);
        match named.filter(|flow| !flow.contains(['*', '?', '['])) {
            Some(flow) => WantedFlows::Named(HashSet::from([flow.to_owned()])),
            None => WantedFlows::All,
        }
    }
}

fn is_met(pattern: Option<&Pattern>, value: Option<&str>) -> bool {
    const OPTIONS: MatchOptions = MatchOptions {
        case_sensitive: true,
        require_literal_separator: false,
        require_literal_leading_dot: false,
    };
    pattern.is_none_or(|pattern| value.is_some_and(|value| pattern.matches_with(value, OPTIONS)))
}

fn read_kinds(written: &RuleSettings, faults: &mut Faults) -> Vec<EventKind> {
    let known = || {
        let known = EventKind::for_rules().map(EventKind::as_str);
        known.collect::<Vec<_>>().join(", ")
    };
    let words = written.when.words();
    if words.is_empty() {
        faults.add("when", format!("expected one or more of {}", known()));
    }
    let mut kinds = Vec::new();
    for word in words {
        let kind = word.parse::<EventKind>();
        match kind.ok().filter(|kind| *kind != EventKind::Test) {
            Some(kind) => kinds.push(kind),
            None => faults.add(
                "when",
                format!("`{word}` is not an event, expected one of {}", known()),
            ),
        }
    }
    kinds
}

fn pattern(key: &str, text: Option<&str>, faults: &mut Faults) -> Option<Pattern> {
    match Pattern::new(text?) {
        Ok(pattern) => Some(pattern),
        Err(_) => {
            let text = text.unwrap_or_default();
            let problem = format!("`{text}` is not a pattern, expected a text with * and ?");
            faults.add(key, problem);
            None
        }
    }
}

fn check_receivers(written: &RuleSettings, known: &KnownReceivers, faults: &mut Faults) {
    if !(1..=TO_MAX).contains(&written.to.len()) {
        faults.add("to", format!("expected 1 to {TO_MAX} receivers"));
    }
    for (no, receiver) in written.to.iter().enumerate() {
        if let Some(problem) = known.fault(receiver) {
            faults.add(&format!("to[{no}]"), problem);
        }
    }
}

fn read_quiet(written: &RuleSettings, faults: &mut Faults) -> Option<QuietHours> {
    let zone = match written.time_zone.as_deref().map(str::parse::<Tz>) {
        None => chrono_tz::UTC,
        Some(Ok(zone)) => zone,
        Some(Err(_)) => {
            let zone = written.time_zone.as_deref().unwrap_or_default();
            let problem = format!("`{zone}` is not a time zone, expected one such as Asia/Taipei");
            faults.add("time_zone", problem);
            chrono_tz::UTC
        }
    };
    let text = written.quiet.as_deref()?;
    let quiet = QuietHours::read(text, zone);
    if quiet.is_none() {
        faults.add(
            "quiet",
            format!("`{text}`: expected hours such as 22:00-07:00"),
        );
    }
    quiet
}

fn read_limits(written: &RuleSettings, when: &[EventKind], faults: &mut Faults) -> (f64, u64) {
    let only_with = |key: &str, kind: EventKind, is_given: bool, faults: &mut Faults| {
        if is_given && !when.contains(&kind) {
            faults.add(key, format!("only counts with `when: {kind}`"));
        }
    };
    only_with("times", EventKind::JobSlow, written.times.is_some(), faults);
    only_with(
        "longer_s",
        EventKind::JobWaiting,
        written.longer_s.is_some(),
        faults,
    );
    let times = written.times.unwrap_or(SLOW_TIMES);
    if !(1.1..=1_000.0).contains(&times) {
        faults.add(
            "times",
            format!("{times} is out of range, expected 1.1 to 1000"),
        );
    }
    let longer_s = written.longer_s.unwrap_or(LONGER_S);
    faults.expect_between("longer_s", longer_s, 1, 30 * DAY_S);
    (times, longer_s)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    fn read(written: Value) -> Result<Rule, Vec<String>> {
        let written: RuleSettings = serde_json::from_value(written).unwrap();
        let known = KnownReceivers {
            hooks: BTreeSet::from(["slack".to_owned()]),
            groups: BTreeSet::from(["team".to_owned()]),
            sentry: false,
        };
        let faults = |faults: Vec<RuleFault>| {
            let faults = faults.into_iter();
            faults
                .map(|fault| format!("{}: {}", fault.key, fault.problem))
                .collect()
        };
        Rule::read("rule", &written, &known).map_err(faults)
    }

    #[test]
    fn a_rule_asks_for_kinds_flows_and_names() {
        let rule = read(json!({
            "when": ["job.failed", "job.recovered"], "to": ["hook:slack"],
            "where": { "flow": "labelling", "name": "daily*" },
        }))
        .unwrap();
        let failed = |flow: &str, name: Option<&str>| Notification {
            kind: "job.failed".to_owned(),
            flow: flow.to_owned(),
            name: name.map(str::to_owned),
            ..Notification::default()
        };
        assert!(rule.matches(&failed(
            "labelling",
            Some("daily(date=2026-11-29,path=a/b)")
        )));
        assert!(!rule.matches(&failed("labelling", Some("hourly"))));
        assert!(!rule.matches(&failed("labelling", None)));
        assert!(!rule.matches(&failed("noop", Some("daily"))));
        assert_eq!(
            rule.flows(),
            WantedFlows::Named(HashSet::from(["labelling".to_owned()]))
        );
    }

    #[test]
    fn all_faults_of_a_rule_are_found() {
        let faults = read(json!({
            "when": "job.done", "to": ["hook:slick", "slack", "mail:teem"], "where": { "name": "[a" },
            "throttle_s": 86_401, "digest_over": 0, "quiet": "22-7", "time_zone": "Taipei",
            "times": 2.0,
        }))
        .unwrap_err();
        let expected = [
            "when: `job.done` is not an event, expected one of job.succeeded, job.failed",
            "where.name: `[a` is not a pattern",
            "to[0]: there is no hook `slick`; known are slack",
            "to[1]: `slack`: expected mail:GROUP or hook:NAME",
            "to[2]: there is no group in `mail.to` `teem`; known are team",
            "throttle_s: 86401 is out of range, expected 0 to 86400",
            "digest_over: 0 is out of range, expected 1 to 1000",
            "time_zone: `Taipei` is not a time zone",
            "quiet: `22-7`: expected hours such as 22:00-07:00",
            "times: only counts with `when: job.slow`",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.starts_with(expected), "{fault}");
        }
        let nothing = read(json!({})).unwrap_err();
        assert!(nothing[0].starts_with("when: expected one or more of job.succeeded"));
        assert_eq!(nothing[1], "to: expected 1 to 20 receivers");
    }
}
