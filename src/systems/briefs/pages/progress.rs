//! How far a brief is, in all and on each platform, and the sentence that says what is missing.

use askama::Template;

use super::data::{Brief, PlatformProgress, Progress};
use super::shown::{Labels, Moment, look, state};
use crate::ui::{Frame, Markup, number, percent};

/// Units of a bar's width.
const WIDTH: u64 = 1_000;

#[derive(Template)]
#[template(path = "systems/briefs/pages/progress.html")]
struct ProgressCard<'a> {
    frame: &'a Frame,
    share: f64,
    percent: String,
    look: &'static str,
    ended: String,
    left: Option<String>,
    deadline: Option<Moment>,
    figures: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "systems/briefs/pages/platforms.html")]
struct PlatformsCard<'a> {
    frame: &'a Frame,
    rows: Vec<PlatformRow>,
}

struct PlatformRow {
    label: String,
    state: Markup,
    bar: Bar,
    planned: String,
    done: String,
    failed: String,
    open: String,
    stored: String,
    /// Calls, retries, hedges.
    calls: [String; 3],
    breaker: Option<Markup>,
    paused: Option<Moment>,
    message: Option<String>,
}

/// Pages of a platform as lengths: done, failed, and what is open.
struct Bar {
    done: u64,
    failed: u64,
    /// Where failed pages begin.
    failed_at: u64,
    said: String,
}

/// What is missing of a brief.
pub(super) struct Missing {
    pub look: &'static str,
    pub icon: &'static str,
    pub sentence: String,
    /// In the words of the program.
    pub message: Option<String>,
}

pub(super) fn card(frame: &Frame, labels: &Labels, brief: &Brief, progress: &Progress) -> Markup {
    let share = progress.progress.unwrap_or_default();
    let ended = progress.done + progress.failed;
    let texts: [(&str, &dyn std::fmt::Display); 2] = [
        ("ended", &number(ended)),
        ("planned", &number(progress.planned)),
    ];
    let is_running = !brief.has_ended();
    let left = progress.eta_s.filter(|left| is_running && *left >= 0.5);
    let left = left.map(|seconds| {
        let left = frame.duration(seconds.round() as i64 * 1_000_000);
        frame.words.with("time-left", "time", left)
    });
    let deadline = progress.deadline_time.as_deref().filter(|_| is_running);
    Markup::rendered(&ProgressCard {
        frame,
        share,
        percent: percent(share),
        look: look(&brief.status),
        ended: frame.words.with_all("briefs-pages-ended", &texts),
        left,
        deadline: deadline.map(|at| labels.moment(frame, at)),
        figures: figures(frame, progress),
    })
}

/// What became of everything that was received.
pub(super) fn figures(frame: &Frame, progress: &Progress) -> Vec<(String, String)> {
    let coverage = progress.coverage.map_or_else(|| "–".to_owned(), percent);
    vec![
        (frame.say("briefs-received"), number(progress.received)),
        (frame.say("briefs-stored"), number(progress.stored)),
        (frame.say("briefs-duplicate"), number(progress.duplicate)),
        (frame.say("briefs-filtered"), number(progress.filtered)),
        (
            frame.say("briefs-out-of-range"),
            number(progress.out_of_range),
        ),
        (frame.say("briefs-rejected"), number(progress.rejected)),
        (frame.say("briefs-coverage"), coverage),
    ]
}

pub(super) fn platforms(frame: &Frame, labels: &Labels, progress: &Progress) -> Markup {
    let rows = progress.platforms.iter();
    Markup::rendered(&PlatformsCard {
        frame,
        rows: rows.map(|row| platform(frame, labels, row)).collect(),
    })
}

fn platform(frame: &Frame, labels: &Labels, row: &PlatformProgress) -> PlatformRow {
    let breaker = row.breaker.as_deref().filter(|state| *state != "closed");
    let paused = row.paused_until.as_deref();
    PlatformRow {
        label: labels.label(&row.platform),
        state: state(frame, &row.status),
        bar: bar(frame, row),
        planned: number(row.planned),
        done: number(row.done),
        failed: number(row.failed),
        open: number(row.open),
        stored: number(row.stored),
        calls: [row.calls, row.retries, row.hedges].map(number),
        breaker: breaker.map(|state| match state {
            "open" => frame.marked("failed", &frame.say("briefs-breaker-open")),
            _ => frame.marked("waiting", &frame.say("briefs-breaker-half-open")),
        }),
        paused: paused.map(|until| labels.moment(frame, until)),
        message: row.message.clone(),
    }
}

fn bar(frame: &Frame, row: &PlatformProgress) -> Bar {
    let length = |pages: u64| match row.planned {
        0 => 0,
        planned => pages.min(planned) * WIDTH / planned,
    };
    let counts = [row.done, row.failed, row.open, row.planned].map(number);
    let texts: [(&str, &dyn std::fmt::Display); 4] = [
        ("done", &counts[0]),
        ("failed", &counts[1]),
        ("open", &counts[2]),
        ("planned", &counts[3]),
    ];
    Bar {
        done: length(row.done),
        failed: length(row.failed),
        failed_at: length(row.done),
        said: frame.words.with_all("briefs-bar", &texts),
    }
}

/// `None`: nothing is missing.
pub(super) fn missing(
    frame: &Frame,
    labels: &Labels,
    brief: &Brief,
    progress: &Progress,
) -> Option<Missing> {
    let message = brief.message.clone().filter(|message| !message.is_empty());
    if progress.failed == 0 && message.is_none() {
        return None;
    }
    let failing = progress.platforms.iter().filter(|row| row.failed > 0);
    let failing: Vec<String> = failing.map(|row| labels.label(&row.platform)).collect();
    let counts = [progress.failed, progress.planned].map(number);
    let names = failing.join(", ");
    let texts: [(&str, &dyn std::fmt::Display); 3] = [
        ("failed", &counts[0]),
        ("planned", &counts[1]),
        ("platforms", &names),
    ];
    let (look, icon) = match (brief.status.as_str(), progress.failed) {
        ("failed", _) => ("failed", "failed"),
        (_, 0) => ("warning", "alert"),
        _ => ("held", "alert"),
    };
    Some(Missing {
        look,
        icon,
        sentence: match (progress.failed, brief.status.as_str()) {
            (1.., _) => frame.words.with_all("briefs-missing", &texts),
            (0, "failed") => frame.say("why-failed"),
            (0, "finished" | "partial") => frame.say("briefs-nothing-missing"),
            (0, "canceled") => frame.say("why-cancelled"),
            (0, _) => frame.say("why-waiting"),
        },
        message,
    })
}
