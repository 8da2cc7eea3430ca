//! A backtest on the page of its job: what was compared, and how many rows differ.

use askama::Template;
use serde_json::Value;

use crate::systems::labelling::backtest::FLOW;
use crate::ui::{FlowPages, Frame, JobPart, JobSummary, JobView, Markup, encoded, number};

pub(super) struct BacktestPages;

#[derive(Template)]
#[template(path = "systems/labelling/pages/backtest_job.html")]
struct Main<'a> {
    frame: &'a Frame,
    figures: Vec<(String, String)>,
    /// The page with all of it.
    href: String,
}

impl FlowPages for BacktestPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "stack"
    }

    fn name(&self) -> &'static str {
        "backtests"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let sets = ["base", "candidate"].into_iter();
        let sets = sets.filter_map(|member| set(&job.request[member]));
        sets.chain(job.asked("table").map(str::to_owned)).collect()
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let frame = view.frame;
        let figures = &view.job.detail.figures;
        let main = match figures.is_null() {
            true => Markup::default(),
            false => {
                let id = encoded(&view.job.summary.id);
                Markup::rendered(&Main {
                    frame,
                    figures: counts(frame, &figures["rows"]),
                    href: frame.path(&format!("/jobs/{id}/backtest")),
                })
            }
        };
        JobPart {
            main,
            request: request(frame, &view.job.summary),
            ..JobPart::default()
        }
    }
}

/// With the version that was fixed.
pub(super) fn set(set: &Value) -> Option<String> {
    let name = set["rule_set"].as_str().or(set["name"].as_str())?;
    Some(match set["version"].as_i64() {
        Some(version) => format!("{name}@{version}"),
        None => name.to_owned(),
    })
}

/// Rows by what changed.
pub(super) fn counts(frame: &Frame, rows: &Value) -> Vec<(String, String)> {
    let counts = ["same", "entered", "left", "changed"].map(|kind| {
        let count = rows[kind].as_u64().unwrap_or_default();
        (frame.say(&format!("backtest-{kind}")), number(count))
    });
    counts.into()
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let asked = &job.request;
    let facts = [
        ("backtest-base", set(&asked["base"])),
        ("backtest-candidate", set(&asked["candidate"])),
        ("backtest-source", text(&asked["source"])),
        ("backtest-table", text(&asked["table"])),
        ("backtest-start", text(&asked["start_time"])),
        ("backtest-end", text(&asked["end_time"])),
        (
            "backtest-sample",
            asked["sample"]["rows"].as_u64().map(number),
        ),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(name, value)| Some((frame.say(name), value?)));
    facts.collect()
}
