//! A task for an outside worker: where it is, what its worker said, and its attempts.

use askama::Template;
use serde::Deserialize;

use super::super::FLOW;
use crate::clock;
use crate::ui::{
    FlowPages, Frame, JobPart, JobSummary, JobView, Markup, NewJobForm, Start, encoded, number,
    percent,
};

pub(super) struct DispatchPages;

static FORM: NewJobForm = NewJobForm {
    title: "dispatch-new",
    note: "dispatch-new-note",
    first: &["service", "condition"],
    has_queue: false,
    can_be_checked: false,
    call: |mut request, _| {
        let service = request.shift_remove("service").unwrap_or_default();
        let service = encoded(service.as_str().unwrap_or_default());
        (format!("/v1/dispatch/{service}/tasks"), request.into())
    },
};

/// What `/v1` says of the task.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Figures {
    task_id: String,
    service: String,
    status: String,
    attempt: u32,
    deadline: Option<String>,
    holder: Option<String>,
    progress: Option<f64>,
    status_message: Messages,
    attempts: Vec<Attempt>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Messages {
    running: Option<String>,
    finished: Option<String>,
    failed: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attempt {
    no: u64,
    sent_at: Option<String>,
    leased_at: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    outcome: Option<String>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "systems/dispatch/pages/job.html")]
struct Main<'a> {
    frame: &'a Frame,
    /// What was said, and when.
    messages: Vec<(String, String)>,
    attempts: Vec<AttemptRow>,
}

struct AttemptRow {
    no: String,
    outcome: Markup,
    sent: Markup,
    begun: Markup,
    ended: Markup,
    error: String,
}

#[derive(Template)]
#[template(path = "systems/dispatch/pages/side.html")]
struct Side<'a> {
    frame: &'a Frame,
    facts: Vec<(String, String)>,
}

impl FlowPages for DispatchPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "dispatch"
    }

    fn name(&self) -> &'static str {
        "dispatch"
    }

    fn title(&self, job: &JobSummary) -> Option<String> {
        job.asked("service").map(str::to_owned)
    }

    /// The condition in short.
    fn digest(&self, job: &JobSummary) -> Vec<String> {
        const CHARS: usize = 120;
        let condition = job.request.get("condition").map(ToString::to_string);
        let condition = condition.map(|text| text.chars().take(CHARS).collect());
        condition.into_iter().collect()
    }

    fn form(&self) -> Option<&'static NewJobForm> {
        Some(&FORM)
    }

    fn again(&self, job: &JobSummary) -> Vec<(&'static str, String)> {
        let service = job.asked("service").map(str::to_owned);
        let condition = job.request.get("condition").map(ToString::to_string);
        let asked = [("service", service), ("condition", condition)];
        let asked = asked.into_iter();
        asked
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    fn start(&self, frame: &Frame) -> Option<Start> {
        Some(Start {
            icon: "dispatch",
            title: frame.say("dispatch-start"),
            text: frame.say("dispatch-start-note"),
            line: "python3 examples/worker_http.py --service search_user",
        })
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let figures = Figures::deserialize(&view.job.detail.figures).unwrap_or_default();
        let frame = view.frame;
        let asked = view.job.summary.asked("service").map(str::to_owned);
        let condition = view.job.summary.request.get("condition");
        let request = [
            asked.map(|service| (frame.say("dispatch-service"), service)),
            condition.map(|condition| (frame.say("dispatch-condition"), condition.to_string())),
        ];
        JobPart {
            main: Markup::rendered(&main(frame, &figures)),
            side: Markup::rendered(&side(frame, &figures)),
            request: request.into_iter().flatten().collect(),
            unit: None,
        }
    }
}

fn main<'a>(frame: &'a Frame, figures: &Figures) -> Main<'a> {
    let said = &figures.status_message;
    let messages = [
        ("dispatch-message-failed", &said.failed),
        ("dispatch-message-finished", &said.finished),
        ("dispatch-message-running", &said.running),
    ];
    let messages = messages.into_iter().filter_map(|(name, message)| {
        let message = message.clone().filter(|message| !message.is_empty())?;
        Some((frame.say(name), message))
    });
    let moment = |text: &Option<String>| {
        let at = text.as_deref().and_then(clock::parse);
        at.map(|at| frame.exact(at)).unwrap_or_default()
    };
    let row = |attempt: &Attempt| AttemptRow {
        no: number(attempt.no),
        outcome: frame.state(attempt.outcome.as_deref().unwrap_or("running")),
        sent: moment(&attempt.sent_at),
        begun: moment(match attempt.started_at.is_some() {
            true => &attempt.started_at,
            false => &attempt.leased_at,
        }),
        ended: moment(&attempt.ended_at),
        error: attempt.error.clone().unwrap_or_default(),
    };
    Main {
        frame,
        messages: messages.collect(),
        attempts: figures.attempts.iter().map(row).collect(),
    }
}

fn side<'a>(frame: &'a Frame, figures: &Figures) -> Side<'a> {
    let status = format!("dispatch-status-{}", figures.status);
    let deadline = figures.deadline.as_deref().and_then(clock::parse);
    let facts = [
        ("dispatch-status", Some(frame.say(&status))),
        ("dispatch-task", Some(figures.task_id.clone())),
        ("dispatch-service", Some(figures.service.clone())),
        ("dispatch-attempt", Some(number(figures.attempt.into()))),
        ("dispatch-holder", figures.holder.clone()),
        ("dispatch-progress", figures.progress.map(percent)),
        (
            "dispatch-deadline",
            deadline.map(|at| frame.zone.absolute(at)),
        ),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some((frame.say(name), value?)));
    Side {
        frame,
        facts: match figures.task_id.is_empty() {
            // It cannot be read now.
            true => Vec::new(),
            false => facts.collect(),
        },
    }
}
