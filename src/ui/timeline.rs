//! The timeline of a job's page: a lane for the job and one for each of its steps, drawn on the server,
//! with a table that says the same.

mod drawing;

use std::fmt::Display;

use askama::Template;

use super::data::{StepTimeline, Timeline, TimelineMark, TimelineWait};
use super::figures;
use super::frame::Frame;
use super::markup::Markup;
use crate::clock;
use drawing::{Drawing, Scale};

/// What happened to the job, as far as it is listed.
const LISTED: usize = 20;

#[derive(Template)]
#[template(path = "ui/templates/timeline.html")]
struct TimelinePart<'a> {
    frame: &'a Frame,
    lanes: Vec<Lane>,
    /// Where the axis begins, and how long after that its other marks stand.
    from: Markup,
    ticks: Vec<String>,
    rows: Vec<Row>,
    happened: Vec<Happened>,
    /// How many things happened before these.
    earlier: Option<String>,
    /// One of so many batches is drawn.
    one_in: Option<String>,
}

struct Lane {
    name: String,
    drawing: Drawing,
    /// What the drawing shows, for those who do not see it.
    label: String,
    took: String,
}

/// A step, in the table.
struct Row {
    name: String,
    began: Option<Markup>,
    took: String,
    attempts: String,
    failed: String,
    at_once: String,
}

struct Happened {
    at: i64,
    time: Markup,
    what: Markup,
    reason: Option<String>,
}

/// `None`: the job has not begun, or nothing is known of it any more.
pub(super) fn part(frame: &Frame, timeline: &Timeline) -> Option<Markup> {
    let moment = |text: &Option<String>| clock::parse(text.as_deref()?);
    let (from, until) = (moment(&timeline.from)?, moment(&timeline.until)?);
    let is_empty = timeline.marks.is_empty() && timeline.waits.is_empty();
    if is_empty && timeline.steps.iter().all(|step| step.attempts == 0) {
        return None;
    }
    let scale = Scale::new(from, until);
    let mut happened = happened(frame, timeline, until);
    let left_out = happened.len().saturating_sub(LISTED);
    happened.drain(..left_out);
    let mut lanes = vec![job_lane(frame, timeline, &scale)];
    let steps = timeline.steps.iter();
    lanes.extend(steps.map(|step| step_lane(frame, timeline, step, &scale)));
    let quarters = (1..=4).map(|no| (until - from) / 4 * no);
    let part = TimelinePart {
        lanes,
        from: frame.exact(from),
        ticks: quarters
            .map(|after| format!("+{}", frame.duration(after)))
            .collect(),
        rows: timeline
            .steps
            .iter()
            .map(|step| row(frame, step, until))
            .collect(),
        happened,
        earlier: (left_out > 0).then(|| {
            let count = left_out as u64;
            frame.words.count("timeline-earlier", count)
        }),
        one_in: (timeline.one_in > 1).then(|| {
            let number = figures::number(timeline.one_in.into());
            frame.words.with("timeline-sampled", "n", number)
        }),
        frame,
    };
    Some(Markup::rendered(&part))
}

fn job_lane(frame: &Frame, timeline: &Timeline, scale: &Scale) -> Lane {
    let marks = shown(timeline).count();
    let waits = figures::number(timeline.waits.len() as u64);
    let marks = figures::number(marks as u64);
    Lane {
        name: frame.say("timeline-job"),
        drawing: Drawing::of_job(frame, timeline, scale),
        label: frame
            .words
            .with_all("timeline-job-lane", &[("marks", &marks), ("waits", &waits)]),
        took: frame.duration(scale.length()),
    }
}

fn step_lane(frame: &Frame, timeline: &Timeline, step: &StepTimeline, scale: &Scale) -> Lane {
    let (attempts, failed) = (figures::number(step.attempts), figures::number(step.failed));
    let said: [(&str, &dyn Display); 2] = [("attempts", &attempts), ("failed", &failed)];
    Lane {
        name: step.name.clone(),
        drawing: Drawing::of_step(frame, timeline, step, scale),
        label: frame.words.with_all("timeline-step-lane", &said),
        took: took(frame, step, scale.until),
    }
}

fn took(frame: &Frame, step: &StepTimeline, until: i64) -> String {
    let moment = |text: &Option<String>| clock::parse(text.as_deref()?);
    match moment(&step.from) {
        Some(from) => frame.duration(moment(&step.until).unwrap_or(until) - from),
        None => "–".to_owned(),
    }
}

fn row(frame: &Frame, step: &StepTimeline, until: i64) -> Row {
    let most = step.density.iter().map(|part| part.at_work);
    Row {
        name: step.name.clone(),
        began: step
            .from
            .as_deref()
            .and_then(clock::parse)
            .map(|at| frame.exact(at)),
        took: took(frame, step, until),
        attempts: figures::number(step.attempts),
        failed: figures::number(step.failed),
        at_once: figures::decimal(most.fold(0.0, f64::max)),
    }
}

/// What is worth a mark: that a process began the job is where the axis begins.
fn shown(timeline: &Timeline) -> impl Iterator<Item = &TimelineMark> {
    timeline.marks.iter().filter(|mark| mark.kind != "started")
}

/// The colour of a mark.
fn look(kind: &str) -> &'static str {
    match kind {
        "crashed" | "quarantined" => "failed",
        "restarted" | "rescued" | "retried" => "waiting",
        "cancel_requested" => "cancelled",
        _ => "info",
    }
}

fn happened(frame: &Frame, timeline: &Timeline, until: i64) -> Vec<Happened> {
    let marks = shown(timeline).filter_map(|mark| {
        let at = clock::parse(&mark.at)?;
        let word = format!("mark-{}", mark.kind.replace('_', "-"));
        Some(Happened {
            at,
            time: frame.exact(at),
            what: frame.marked(look(&mark.kind), &frame.say(&word)),
            reason: mark.reason.clone(),
        })
    });
    let waits = timeline.waits.iter().filter_map(|wait| {
        let at = clock::parse(&wait.from)?;
        Some(Happened {
            at,
            time: frame.exact(at),
            what: frame.marked("waiting", &waited(frame, wait, at, until)),
            reason: wait.reason.clone(),
        })
    });
    let mut happened: Vec<Happened> = marks.chain(waits).collect();
    happened.sort_by_key(|happened| happened.at);
    happened
}

fn waited(frame: &Frame, wait: &TimelineWait, from: i64, until: i64) -> String {
    let message = match wait.parked {
        true => "timeline-parked",
        false => "timeline-waited",
    };
    let until = wait
        .until
        .as_deref()
        .and_then(clock::parse)
        .unwrap_or(until);
    frame
        .words
        .with(message, "time", frame.duration(until - from))
}
