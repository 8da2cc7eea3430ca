//! What a lane of a timeline shows, as rectangles: lengths along the time are shares of it, in percent.

use crate::clock;
use crate::ui::data::{Attempt, DensityPart, StepTimeline, Timeline};
use crate::ui::figures;
use crate::ui::frame::Frame;
use crate::ui::states;

/// The height of a lane, in pixels.
const HEIGHT: f64 = 20.0;

/// Attempts beside each other that are drawn one by one.
const ROWS: usize = 5;

/// The parts of the time that `/v1` counts by.
const PARTS: f64 = 120.0;

/// The least width of what is drawn, in percent: it is seen, however short it is.
const LEAST: f64 = 0.4;

/// The time of a job, in microseconds.
pub(super) struct Scale {
    pub from: i64,
    pub until: i64,
}

/// The rectangles of a lane.
#[derive(Debug)]
pub(super) struct Drawing {
    pub height: f64,
    /// Whether a line runs through it: what is on it are single things.
    pub has_rail: bool,
    pub bars: Vec<Bar>,
}

#[derive(Debug)]
pub(super) struct Bar {
    pub look: &'static str,
    /// In percent.
    pub x: String,
    pub width: String,
    /// In pixels.
    pub y: String,
    pub height: String,
    /// Said when the pointer rests on it.
    pub title: String,
}

impl Scale {
    pub fn new(from: i64, until: i64) -> Self {
        Self { from, until }
    }

    pub fn length(&self) -> i64 {
        self.until - self.from
    }

    /// Where a moment stands, in percent.
    fn place(&self, at: i64) -> f64 {
        let length = self.length().max(1) as f64;
        ((at - self.from) as f64 * 100.0 / length).clamp(0.0, 100.0)
    }

    /// The beginning and the width of a time.
    fn span(&self, from: i64, until: i64) -> (f64, f64) {
        let (begin, end) = (self.place(from), self.place(until));
        let width = (end - begin).max(LEAST);
        (begin.min(100.0 - width), width)
    }
}

impl Drawing {
    /// Waits as thin lines, and marks as strokes.
    pub fn of_job(frame: &Frame, timeline: &Timeline, scale: &Scale) -> Self {
        let moment = |text: &str| clock::parse(text).unwrap_or(scale.until);
        let waits = timeline.waits.iter().map(|wait| {
            let until = wait.until.as_deref().map_or(scale.until, moment);
            let title = super::waited(frame, wait, moment(&wait.from), scale.until);
            let span = scale.span(moment(&wait.from), until);
            Bar::new("waiting", span, (8.0, 4.0), title)
        });
        let marks = super::shown(timeline).map(|mark| {
            let word = frame.say(&format!("mark-{}", mark.kind.replace('_', "-")));
            let at = moment(&mark.at);
            Bar::new(
                super::look(&mark.kind),
                scale.span(at, at),
                (0.0, HEIGHT),
                word,
            )
        });
        Self {
            height: HEIGHT,
            has_rail: true,
            bars: waits.chain(marks).collect(),
        }
    }

    /// Attempts one by one where there is room for them, and else how many there were at a time.
    pub fn of_step(frame: &Frame, timeline: &Timeline, step: &StepTimeline, scale: &Scale) -> Self {
        let attempts = timeline.attempts.iter().flatten();
        let own: Vec<&Attempt> = attempts.filter(|one| one.step == step.name).collect();
        let rows = match timeline.attempts.is_some() {
            true => beside_each_other(&own, scale.until),
            false => None,
        };
        match rows {
            Some(rows) => Self::of_attempts(frame, &own, &rows, scale),
            None => Self::of_density(frame, timeline.part_s, step),
        }
    }

    fn of_attempts(frame: &Frame, attempts: &[&Attempt], rows: &[usize], scale: &Scale) -> Self {
        let count = rows.iter().max().map_or(1, |last| last + 1);
        let bar_height = match count {
            1 => 14.0,
            _ => 7.0,
        };
        let row_height = bar_height + 2.0;
        let height = HEIGHT.max(count as f64 * row_height + 4.0);
        let top = (height - count as f64 * row_height + 2.0) / 2.0;
        let bars = attempts.iter().zip(rows).map(|(attempt, row)| {
            let ended = attempt.ended().unwrap_or(scale.until);
            let title = frame.words.with_all(
                "timeline-attempt",
                &[
                    ("batch", &attempt.batch),
                    ("no", &attempt.no),
                    ("state", &frame.say(&states::word(&attempt.outcome))),
                    ("time", &frame.duration(ended - attempt.started())),
                ],
            );
            let look = states::look(&attempt.outcome);
            let span = scale.span(attempt.started(), ended);
            Bar::new(
                look,
                span,
                (top + *row as f64 * row_height, bar_height),
                title,
            )
        });
        Self {
            height,
            has_rail: count == 1,
            bars: bars.collect(),
        }
    }

    /// How many batches were worked on at once, as columns; where attempts failed, a red part above.
    fn of_density(frame: &Frame, part_s: f64, step: &StepTimeline) -> Self {
        let most = step.density.iter().map(|part| part.at_work);
        let most = most.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let look = states::look(&step.state);
        let columns = step.density.iter().flat_map(|part| {
            let x = f64::from(part.part) * 100.0 / PARTS;
            let span = (x, 80.0 / PARTS);
            let title = title_of(frame, part_s, part);
            let height = (part.at_work / most * (HEIGHT - 4.0)).max(1.0);
            let column = (HEIGHT - height, height);
            let failed =
                (part.failed > 0).then(|| Bar::new("failed", span, (0.0, 3.0), title.clone()));
            [Some(Bar::new(look, span, column, title)), failed]
        });
        Self {
            height: HEIGHT,
            has_rail: false,
            bars: columns.flatten().collect(),
        }
    }
}

fn title_of(frame: &Frame, part_s: f64, part: &DensityPart) -> String {
    let after = (f64::from(part.part) * part_s * 1e6) as i64;
    frame.words.with_all(
        "timeline-part",
        &[
            ("time", &frame.duration(after)),
            ("n", &figures::decimal(part.at_work)),
            ("completed", &figures::number(part.completed)),
            ("failed", &figures::number(part.failed)),
            ("interrupted", &figures::number(part.interrupted)),
        ],
    )
}

/// A row for each attempt, so that those of a row do not overlap; `None`: too many do.
fn beside_each_other(attempts: &[&Attempt], now: i64) -> Option<Vec<usize>> {
    let mut ends: Vec<i64> = Vec::new();
    let mut rows = Vec::with_capacity(attempts.len());
    for attempt in attempts {
        let ended = attempt.ended().unwrap_or(now);
        let free = ends.iter().position(|end| *end <= attempt.started());
        let row = free.unwrap_or(ends.len());
        match ends.get_mut(row) {
            Some(end) => *end = ended,
            None if row < ROWS => ends.push(ended),
            None => return None,
        }
        rows.push(row);
    }
    Some(rows)
}

impl Bar {
    fn new(
        look: &'static str,
        (x, width): (f64, f64),
        (y, height): (f64, f64),
        title: String,
    ) -> Self {
        Self {
            look,
            x: format!("{x:.2}%"),
            width: format!("{width:.2}%"),
            y: format!("{y:.1}"),
            height: format!("{height:.1}"),
            title,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(started: &str, ended: &str) -> Attempt {
        let moment = |time: &str| format!("2026-11-22T10:00:{time}Z");
        Attempt {
            started_at: moment(started),
            ended_at: Some(moment(ended)),
            ..Attempt::default()
        }
    }

    fn rows(attempts: &[Attempt]) -> Option<Vec<usize>> {
        beside_each_other(&attempts.iter().collect::<Vec<_>>(), i64::MAX)
    }

    #[test]
    fn attempts_that_follow_each_other_stand_in_one_row() {
        let attempts = [
            attempt("00", "10"),
            attempt("05", "20"),
            attempt("10", "30"),
            attempt("25", "30"),
        ];
        assert_eq!(rows(&attempts), Some(vec![0, 1, 0, 1]));
        assert_eq!(rows(&[]), Some(Vec::new()));
        let at_once: Vec<Attempt> = (0..=ROWS).map(|_| attempt("00", "10")).collect();
        assert_eq!(rows(&at_once[1..]).map(|rows| rows.len()), Some(ROWS));
        assert_eq!(rows(&at_once), None);
    }

    #[test]
    fn what_is_drawn_lies_within_the_lane_and_can_be_seen() {
        let scale = Scale::new(1_000, 2_000);
        assert_eq!(scale.span(1_250, 1_500), (25.0, 25.0));
        assert_eq!(scale.span(2_000, 2_000), (100.0 - LEAST, LEAST));
        assert_eq!(scale.span(0, 9_000), (0.0, 100.0));
        // A job that has just begun.
        assert_eq!(Scale::new(5, 5).span(5, 5), (0.0, LEAST));
    }
}
