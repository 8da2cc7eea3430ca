//! What the page of a bulk action's job shows: with how many jobs it was done, and why not with others.

use askama::Template;
use serde::Deserialize;

use super::bulk_page::Refused;
use super::data::JobSummary;
use super::figures;
use super::frame::Frame;
use super::markup::Markup;
use super::pages::{FlowPages, JobPart, JobView};

pub(super) struct BulkPages;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Figures {
    done: u64,
    refused: Vec<Refused>,
}

#[derive(Template)]
#[template(path = "ui/templates/bulk-job.html")]
struct Done<'a> {
    frame: &'a Frame,
    done: String,
    refused: Vec<(String, String, String)>,
}

impl FlowPages for BulkPages {
    fn flow(&self) -> &'static str {
        "bulk"
    }

    fn icon(&self) -> &'static str {
        "stack"
    }

    fn name(&self) -> &'static str {
        "bulk-name"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let action = job.asked("action").map(str::to_owned);
        action.into_iter().collect()
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let (frame, job) = (view.frame, view.job);
        let figures = Figures::deserialize(&job.detail.figures).unwrap_or_default();
        let refused = figures.refused.into_iter().map(|refused| {
            let example = frame.path(&format!("/jobs/{}", refused.example));
            (refused.reason, figures::number(refused.jobs), example)
        });
        let done = Done {
            frame,
            done: frame.words.count("bulk-done", figures.done),
            refused: refused.collect(),
        };
        let matched = job.summary.request["matched"].as_u64();
        let asked = [
            (
                "bulk-action",
                job.summary.asked("action").map(str::to_owned),
            ),
            ("bulk-jobs", matched.map(figures::number)),
        ];
        let asked = asked.into_iter();
        JobPart {
            main: Markup::rendered(&done),
            request: asked
                .filter_map(|(name, value)| Some((frame.say(name), value?)))
                .collect(),
            unit: Some("jobs-shown"),
            ..JobPart::default()
        }
    }
}
