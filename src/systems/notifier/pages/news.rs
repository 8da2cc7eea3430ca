//! One notification as a line of a list.

use super::super::places::page_of;
use super::data::Told;
use crate::clock;
use crate::notify::{EventKind, Language, Message, Notification, headline};
use crate::ui::{Frame, Markup, number};

/// Figures that a line shows.
const FIGURES_MAX: usize = 3;

pub(super) struct News {
    pub no: i64,
    /// Where it is marked as read.
    pub read_path: String,
    pub look: &'static str,
    pub icon: &'static str,
    pub headline: String,
    /// Where to look at what it is about.
    pub href: Option<String>,
    pub details: String,
    pub ago: Markup,
    pub is_new: bool,
}

impl News {
    pub(super) fn of(frame: &Frame, told: Told) -> Self {
        let Told {
            notification,
            no,
            read,
        } = told;
        let kind = notification.kind.parse::<EventKind>().ok();
        let (look, icon) = look(kind);
        let page = page_of(&notification.kind, &notification.about);
        let mut details: Vec<String> = notification.error.iter().cloned().collect();
        details.extend(figures(frame, &notification));
        let own = frame.visitor.as_ref().map(|visitor| visitor.name.as_str());
        let by = notification.started_by.as_deref();
        let by = by.filter(|by| Some(*by) != own);
        details.extend(by.map(|by| frame.words.with("notifications-started-by", "by", by)));
        Self {
            no,
            read_path: frame.path(&format!("/notifications/{}/read", notification.id)),
            look,
            icon,
            href: page.map(|page| frame.path(&page)),
            details: details.join(" · "),
            ago: frame.ago(clock::parse(&notification.at).unwrap_or_default()),
            headline: headline(&Message::of(notification), language(frame)),
            is_new: !read,
        }
    }
}

/// How long it took, and the first numbers that say something.
fn figures(frame: &Frame, notification: &Notification) -> Vec<String> {
    let all = notification.figures.iter();
    let numbers = all.filter_map(|(name, value)| match value.as_u64() {
        None | Some(0) => None,
        Some(seconds) if name == "took_s" => {
            let micros = i64::try_from(seconds).unwrap_or_default();
            Some(frame.duration(micros.saturating_mul(1_000_000)))
        }
        Some(figure) => Some(format!("{} {}", name.replace('_', " "), number(figure))),
    });
    numbers.take(FIGURES_MAX).collect()
}

/// The language of messages that is that of the page.
fn language(frame: &Frame) -> Language {
    let code = frame.words.language.code().into();
    serde_json::from_value(code).unwrap_or_default()
}

/// Colour and icon.
fn look(kind: Option<EventKind>) -> (&'static str, &'static str) {
    match kind {
        Some(EventKind::JobSucceeded | EventKind::RunFinished | EventKind::BriefReady) => {
            ("succeeded", "succeeded")
        }
        Some(EventKind::JobRecovered | EventKind::ModelSwapped) => ("succeeded", "again"),
        Some(
            EventKind::JobFailed
            | EventKind::RunFailed
            | EventKind::ScrapeFailed
            | EventKind::ModelRefused,
        ) => ("failed", "failed"),
        Some(EventKind::DeadLetter) => ("failed", "mail"),
        Some(
            EventKind::JobSlow
            | EventKind::JobWaiting
            | EventKind::ImportProblems
            | EventKind::GateHeld,
        ) => ("waiting", "waiting"),
        Some(EventKind::ScheduleMissed | EventKind::ScrapeStale) => ("waiting", "clock"),
        Some(EventKind::Test) | None => ("info", "info"),
    }
}
