//! The page of a job: its state and why first, then what can be done, figures, steps and its log.

use askama::Template;
use poem::http::{Method, StatusCode};
use serde_json::Value;

use super::asked::{Answer, Asked};
use super::data::{Attempt, Job, LogPage, Step, Timeline};
use super::error_page::PageError;
use super::figures;
use super::forms;
use super::frame::Frame;
use super::jobs_page::{started_by_href, title};
use super::log_page::{Line, lines};
use super::markup::Markup;
use super::new_page::filled;
use super::pages::{JobPart, JobView};
use super::states;
use super::timeline;

/// Lines of the log that the page ends with.
const LINES_SHOWN: u32 = 12;
/// Of those, the ones that stand beside a failure.
const LINES_OF_CAUSE: usize = 3;

#[derive(Template)]
#[template(path = "ui/templates/job.html")]
struct JobPage<'a> {
    frame: &'a Frame,
    job: &'a Job,
    title: String,
    /// What its system is called, and the list of its jobs.
    flow: (String, String),
    icon: &'static str,
    state: Markup,
    /// Where it is, as a colour.
    look: &'static str,
    why: Option<Why>,
    progress: Option<Progress>,
    actions: Vec<Action>,
    /// Why it is not run again.
    refused: Option<String>,
    /// An operator's actions that the visitor may not do.
    lacks_role: bool,
    /// The form that starts such a job, filled from this one.
    again: Option<String>,
    part: JobPart,
    timeline: Option<Markup>,
    steps: Vec<StepRow>,
    notes: Vec<String>,
    attempts: Vec<AttemptRow>,
    lines: Vec<Line>,
    request: String,
    took: Markup,
    usual: Option<String>,
    ended: Option<Markup>,
    /// What else has started whoever has started it.
    by_href: String,
}

/// Why a job does not move, or has failed.
struct Why {
    heading: String,
    /// What is known of it, in the engine's words.
    reason: Option<String>,
    help: Option<String>,
    lines: Vec<Line>,
}

struct Progress {
    share: f64,
    percent: String,
    rows: String,
    speed: Option<String>,
    left: Option<String>,
}

struct Action {
    name: &'static str,
    href: String,
    icon: &'static str,
    text: String,
    class: &'static str,
    /// Asked before it is done.
    question: Option<String>,
}

struct StepRow {
    name: String,
    kind: String,
    state: Markup,
    batches: String,
    rows: String,
    speed: String,
    share: Option<f64>,
    percent: String,
    error: Option<String>,
}

struct AttemptRow {
    batch: String,
    no: i32,
    outcome: Markup,
    started: Markup,
    took: String,
    error: String,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let path = format!("/v1/jobs/{}", forms::encoded(id));
    let answer = asked.visit.call(Method::GET, &path, None).await;
    let job = Job::of(&answer.body).filter(|_| answer.status == StatusCode::OK);
    let job = job.ok_or_else(|| PageError::of(&answer))?;
    let log = format!("{path}/logs?tail=true&limit={LINES_SHOWN}");
    let log = asked.visit.call(Method::GET, &log, None).await;
    let log = LogPage::of(&log.body);
    let timeline = format!("{path}/timeline");
    let timeline = asked.visit.call(Method::GET, &timeline, None).await;
    let frame = &asked.frame.clone().with_data(path);
    let mut page = page(asked, frame, &job, &log).await;
    page.timeline = timeline::part(frame, &Timeline::of(&timeline.body));
    let html = page.render();
    html.map(Answer::Page).map_err(|_| PageError::internal())
}

async fn page<'a>(asked: &Asked<'_>, frame: &'a Frame, job: &'a Job, log: &LogPage) -> JobPage<'a> {
    let summary = &job.summary;
    let flow = asked.flow(&summary.flow);
    let mut answers = Vec::new();
    for call in flow.map(|flow| flow.calls(job)).unwrap_or_default() {
        let answer = asked.visit.call(Method::GET, &call, None).await;
        answers.push(match answer.status {
            StatusCode::OK => answer.body,
            _ => Value::Null,
        });
    }
    let view = JobView {
        frame,
        job,
        answers: &answers,
    };
    let part = flow.map(|flow| flow.part(&view)).unwrap_or_default();
    let name = flow.map_or_else(|| summary.flow.clone(), |flow| frame.say(flow.name()));
    let list = forms::query(&[("flow", &summary.flow)]);
    let state = states::of_job(summary);
    let steps = job.detail.steps.iter();
    let notes = steps.clone().flat_map(|step| step.notes.iter().cloned());
    JobPage {
        title: title(asked, summary),
        flow: (name, frame.path(&format!("/jobs{list}"))),
        icon: flow.map_or("stack", |flow| flow.icon()),
        state: frame.state(state),
        look: states::look(state),
        why: why(frame, job, log),
        progress: progress(frame, job, &part),
        actions: actions(frame, job),
        refused: refused(job),
        again: flow
            .filter(|flow| flow.form().is_some() && frame.may_operate())
            .map(|flow| filled(frame, flow.flow(), &[("again", &summary.id)])),
        lacks_role: ["cancel", "resume", "rerun"].iter().any(|name| {
            let can = job.detail.can.get(*name);
            can.is_some_and(|can| can.required_role.is_some())
        }),
        notes: notes.collect(),
        steps: steps.map(|step| step_row(frame, step)).collect(),
        attempts: attempts(frame, &job.detail.attempts),
        lines: lines(frame, log),
        request: serde_json::to_string_pretty(&summary.request).unwrap_or_default(),
        took: frame.took(summary),
        usual: frame.usual(summary),
        ended: summary.ended().map(|ended| frame.ago(ended)),
        by_href: started_by_href(frame, summary.started_by.as_deref().unwrap_or_default()),
        part,
        timeline: None,
        frame,
        job,
    }
}

/// The answer to the first question of somebody who opens a job that is not as it should be.
fn why(frame: &Frame, job: &Job, log: &LogPage) -> Option<Why> {
    let summary = &job.summary;
    let reason = match summary.state.as_str() {
        "failed" => summary
            .error
            .clone()
            .or_else(|| job.detail.last_error.clone()),
        "skipped" | "cancelled" => summary.error.clone(),
        _ => states::waiting(summary),
    };
    let message = |state: &str| format!("why-{state}");
    let state = match summary.state.as_str() {
        "succeeded" => return None,
        "running" if reason.is_none() => return None,
        "running" => "waiting",
        _ if summary.cancel_requested && !summary.has_ended() => "cancelling",
        state => state,
    };
    let help = format!("why-{state}-help");
    let worst = log.lines.iter();
    let worst = worst.filter(|line| matches!(line.level.as_str(), "error" | "warn"));
    let skipped = worst.clone().count().saturating_sub(LINES_OF_CAUSE);
    let shown: Vec<Line> = match summary.state.as_str() {
        "failed" => worst
            .skip(skipped)
            .map(|line| Line::of(frame, line))
            .collect(),
        _ => Vec::new(),
    };
    // It tells what to press, which is not there where the job is not run again.
    let has_help = frame.words.has(&help) && refused(job).is_none();
    Some(Why {
        heading: frame.say(&message(state)),
        reason,
        help: has_help.then(|| frame.say(&help)),
        lines: shown,
    })
}

fn progress(frame: &Frame, job: &Job, part: &JobPart) -> Option<Progress> {
    if job.summary.has_ended() {
        return None;
    }
    let moving = job
        .detail
        .steps
        .iter()
        .find(|step| step.state == "running")?;
    let share = moving.fraction?;
    let unit = part.unit.unwrap_or("unit-rows");
    let left = job.detail.eta_s.map(|seconds| {
        let left = frame.duration(i64::try_from(seconds).unwrap_or(i64::MAX / 2) * 1_000_000);
        frame.words.with("time-left", "time", left)
    });
    Some(Progress {
        share,
        percent: figures::percent(share),
        rows: frame.words.count(unit, moving.rows),
        speed: speed(frame, moving),
        left,
    })
}

fn speed(frame: &Frame, step: &Step) -> Option<String> {
    let per_s = figures::decimal(step.rows_per_s);
    (step.rows_per_s > 0.0).then(|| frame.words.with("per-second", "n", per_s))
}

/// What the visitor may do with the job now.
fn actions(frame: &Frame, job: &Job) -> Vec<Action> {
    let summary = &job.summary;
    let is_allowed = |name: &str| job.detail.can.get(name).is_some_and(|can| can.allowed);
    let action = |name: &'static str, icon, class, asks: bool| Action {
        name,
        href: frame.path(&format!("/jobs/{}/{name}", summary.id)),
        icon,
        text: frame.say(&format!("action-{name}")),
        class,
        question: asks.then(|| frame.say(&format!("action-{name}-ask"))),
    };
    let all = [
        action("rerun", "again", "", true),
        action("resume", "play", "primary", false),
        action("cancel", "stop", "danger", true),
    ];
    all.into_iter()
        .filter(|action| is_allowed(action.name))
        .collect()
}

/// Why an ended job is not run again, if it is not for the role of the visitor.
fn refused(job: &Job) -> Option<String> {
    let can = job.detail.can.get("rerun")?;
    let is_refused = job.summary.has_ended() && can.required_role.is_none();
    can.reason.clone().filter(|_| is_refused)
}

fn step_row(frame: &Frame, step: &Step) -> StepRow {
    let total = u64::from(step.batches_total);
    StepRow {
        name: step.name.clone(),
        kind: step.kind.clone(),
        state: frame.state(&step.state),
        batches: match total {
            0 => "–".to_owned(),
            total => {
                let done = figures::number(step.batches_done.into());
                format!("{done} / {}", figures::number(total))
            }
        },
        rows: figures::number(step.rows),
        speed: speed(frame, step).unwrap_or_else(|| "–".to_owned()),
        share: step.fraction.filter(|_| step.state == "running"),
        percent: step.fraction.map(figures::percent).unwrap_or_default(),
        error: step.error.clone(),
    }
}

fn attempts(frame: &Frame, attempts: &[Attempt]) -> Vec<AttemptRow> {
    let row = |attempt: &Attempt| AttemptRow {
        batch: format!("{} · {}", attempt.step, attempt.batch),
        no: attempt.no,
        outcome: frame.state(&attempt.outcome),
        started: frame.exact(attempt.started()),
        took: match attempt.ended() {
            Some(ended) => frame.duration(ended - attempt.started()),
            None => "–".to_owned(),
        },
        error: attempt.error.clone().unwrap_or_default(),
    };
    attempts.iter().map(row).collect()
}
