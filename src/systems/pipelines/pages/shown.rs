//! Pieces that several pages of pipelines show.

use super::data::Run;
use super::room::ROOT;
use crate::clock;
use crate::ui::{Frame, Markup, encoded};

/// Digits of a digest or a commit that are shown.
const DIGITS: usize = 8;

pub(super) fn moment(text: &str) -> Option<i64> {
    clock::parse(text)
}

pub(super) fn run_path(id: &str) -> String {
    format!("{ROOT}/runs/{}", encoded(id))
}

/// The beginning of a digest.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}

/// How long something took, or has taken so far.
pub(super) fn took(frame: &Frame, began: &str, ended: Option<&str>) -> String {
    let Some(began) = moment(began) else {
        return "–".to_owned();
    };
    let ended = ended.and_then(moment);
    frame.duration(ended.unwrap_or_else(|| frame.zone.now_micros()) - began)
}

/// A run in a list.
pub(super) struct RunRow {
    pub id: String,
    pub href: String,
    pub state: Markup,
    pub asked_for: String,
    pub project: String,
    /// Who or what has started it.
    pub by: String,
    pub ago: Markup,
    pub exact: Markup,
    pub took: String,
    pub counts: String,
}

impl RunRow {
    pub(super) fn of(frame: &Frame, run: &Run) -> Self {
        let created = moment(&run.created_at).unwrap_or_default();
        let counts = run.counts.iter();
        let counts = counts.map(|(state, count)| counted(frame, state, *count));
        let by = run.trigger.clone().or_else(|| run.started_by.clone());
        Self {
            href: frame.path(&run_path(&run.id)),
            state: frame.state(&run.state),
            asked_for: run.asked_for(),
            project: run.project.clone(),
            by: by.unwrap_or_else(|| frame.say("pipelines-command-line")),
            ago: frame.ago(created),
            exact: frame.exact(created),
            took: took(frame, &run.created_at, run.ended_at.as_deref()),
            counts: counts.collect::<Vec<_>>().join(" · "),
            id: run.id.clone(),
        }
    }
}

/// `12 Succeeded`
pub(super) fn counted(frame: &Frame, state: &str, count: u64) -> String {
    let word = frame.say(&format!("state-{state}"));
    format!("{} {word}", crate::ui::number(count))
}
