//! A job of a brief, on the page of jobs: how far it is, and where the brief is.

use askama::Template;

use super::super::flow::FLOW;
use super::data::{Brief, Progress, read};
use super::progress::figures;
use super::shown::{brief_calls, brief_path};
use crate::ui::{FlowPages, Frame, Job, JobPart, JobSummary, JobView, Markup, Start};

/// Keywords that tell a job from others.
const KEYWORDS: usize = 3;

pub(super) struct BriefJobPages;

#[derive(Template)]
#[template(path = "systems/briefs/pages/job.html")]
struct Main<'a> {
    frame: &'a Frame,
    href: String,
    figures: Vec<(String, String)>,
    message: Option<String>,
}

impl FlowPages for BriefJobPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "search"
    }

    fn name(&self) -> &'static str {
        "briefs"
    }

    fn title(&self, job: &JobSummary) -> Option<String> {
        job.asked("job_name").map(str::to_owned)
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        texts(job, "keywords").into_iter().take(KEYWORDS).collect()
    }

    fn start(&self, frame: &Frame) -> Option<Start> {
        Some(Start {
            icon: "search",
            title: frame.say("briefs-start"),
            text: frame.say("briefs-start-note"),
            line: "audience demo brief",
        })
    }

    fn calls(&self, job: &Job) -> Vec<String> {
        let brief = brief_calls(&job.summary.id);
        vec![format!("{brief}/progress"), brief]
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let frame = view.frame;
        let answer = |at: usize| view.answers.get(at).cloned().unwrap_or_default();
        let progress: Progress = read(answer(0));
        let brief: Brief = read(answer(1));
        let main = Main {
            frame,
            href: frame.path(&brief_path(&view.job.summary.id)),
            figures: figures(frame, &progress),
            message: brief.message.filter(|message| !message.is_empty()),
        };
        JobPart {
            main: Markup::rendered(&main),
            request: request(frame, &view.job.summary),
            unit: Some("briefs-unit-pages"),
            ..JobPart::default()
        }
    }
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    let facts = [
        ("briefs-keywords", texts(job, "keywords")),
        ("briefs-platforms", texts(job, "platforms")),
    ];
    let facts = facts.into_iter().filter(|(_, texts)| !texts.is_empty());
    facts
        .map(|(word, texts)| (frame.say(word), texts.join(", ")))
        .collect()
}

fn texts(job: &JobSummary, member: &str) -> Vec<String> {
    let texts = job.request[member].as_array().into_iter().flatten();
    let texts = texts.filter_map(|text| text.as_str());
    texts.map(str::to_owned).collect()
}
