//! Pieces that several pages of briefs show.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::super::request::read_time;
use super::data::{Brief, PlatformList, read};
use super::room::{PLATFORMS, ROOT};
use crate::clock;
use crate::ui::{Asked, Frame, Markup, encoded, number};

pub(super) fn brief_path(id: &str) -> String {
    format!("{ROOT}/{}", encoded(id))
}

/// Its calls.
pub(super) fn brief_calls(id: &str) -> String {
    format!("/v1/briefs/{}", encoded(id))
}

/// Where a stage, or a file of it, is downloaded.
pub(super) fn export_path(id: &str, stage: u64, file: Option<&str>) -> String {
    let file = file.map(|file| format!("&file={}", encoded(file)));
    let file = file.unwrap_or_default();
    format!("{}/export?stage={stage}{file}", brief_calls(id))
}

/// A moment that `/v1` has written.
pub(super) struct Moment {
    /// How long ago, and exactly, in the zone of the visitor.
    pub at: Option<(Markup, Markup)>,
    /// As it was written.
    pub text: String,
}

impl Moment {
    /// A text without a zone is in that of briefs.
    pub fn of(frame: &Frame, zone: Option<Tz>, text: &str) -> Self {
        let local = || zone.and_then(|zone| read_time(text, zone));
        let at = clock::parse(text).or_else(local);
        Self {
            at: at.map(|at| (frame.ago(at), frame.exact(at))),
            text: text.to_owned(),
        }
    }
}

/// How a status looks.
pub(super) fn look(status: &str) -> &'static str {
    match status {
        "waiting" => "queued",
        "running" | "exporting" => "running",
        "finished" | "done" => "succeeded",
        "partial" => "held",
        "failed" => "failed",
        "canceled" => "cancelled",
        _ => "info",
    }
}

/// A status as icon, word and colour; one that has no word is shown as it is.
pub(super) fn state(frame: &Frame, status: &str) -> Markup {
    let id = format!("briefs-status-{status}");
    match frame.words.has(&id) {
        true => frame.marked(look(status), &frame.say(&id)),
        false => frame.marked("info", status),
    }
}

/// A number, or a dash where there is none.
pub(super) fn optional(count: Option<u64>) -> String {
    count.map_or_else(|| "–".to_owned(), number)
}

/// The same for figures of platforms, of which some are below nothing.
pub(super) fn figure(count: Option<i64>) -> String {
    match count {
        None => "–".to_owned(),
        Some(count) if count < 0 => format!("-{}", number(count.unsigned_abs())),
        Some(count) => number(count.unsigned_abs()),
    }
}

/// What people call the platforms, and the zone of the times of briefs.
pub(super) struct Labels {
    by_name: BTreeMap<String, String>,
    zone: Option<Tz>,
}

impl Labels {
    pub async fn of(asked: &Asked<'_>) -> Self {
        let list: PlatformList = read(asked.get_part(PLATFORMS).await);
        let zone = list.zone();
        let labels = list.platforms.into_iter();
        Self {
            by_name: labels.map(|known| (known.platform, known.label)).collect(),
            zone,
        }
    }

    pub fn zone(&self) -> Option<Tz> {
        self.zone
    }

    pub fn moment(&self, frame: &Frame, text: &str) -> Moment {
        Moment::of(frame, self.zone, text)
    }

    pub fn label(&self, platform: &str) -> String {
        let label = self.by_name.get(platform).filter(|label| !label.is_empty());
        label.map_or_else(|| platform.to_owned(), Clone::clone)
    }

    /// Names with labels: those of a brief, in its order.
    pub fn choices(&self, brief: &Brief, chosen: &str) -> Vec<(String, String, bool)> {
        let platforms = brief.platforms.iter();
        let choices = platforms.map(|name| (name.clone(), self.label(name), name == chosen));
        choices.collect()
    }
}
