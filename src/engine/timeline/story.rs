//! What happened to a job as a whole: what people want to see marked, and how long it stood still.

use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

/// An event of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub at: i64,
    pub kind: String,
    /// JSON.
    pub data: String,
}

/// Something that happened at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub at: i64,
    pub kind: MarkKind,
    /// Why, in the engine's words.
    pub reason: Option<String>,
}

/// What is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum MarkKind {
    /// A process began it.
    Started,
    /// Its actor died, and another one continues it in the same process.
    Restarted,
    /// Its process died or lost it.
    Rescued,
    /// It brought its process down.
    Crashed,
    /// Another process continues it.
    Adopted,
    /// A batch was given up, because processes ended under it.
    Quarantined,
    /// It failed, and starts over by itself.
    Retried,
    /// A person let it continue.
    Resumed,
    /// A person let it start over.
    Rerun,
    /// Somebody asked it to stop.
    CancelRequested,
}

/// A time in which the job stood still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub from: i64,
    /// `None`: it still does.
    pub until: Option<i64>,
    /// Why, in the engine's words.
    pub reason: Option<String>,
    /// No process held it meanwhile.
    pub parked: bool,
}

/// All of it, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    pub marks: Vec<Mark>,
    pub waits: Vec<Wait>,
}

impl MarkKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

impl Story {
    /// The kinds of events that it is made of.
    pub const KINDS: [&'static str; 18] = [
        "job.started",
        "job.adopted",
        "job.rescued",
        "job.crashed",
        "batch.quarantined",
        "job.retried",
        "job.resumed",
        "job.rerun",
        "job.cancel_requested",
        "job.waiting",
        "job.waiting_ended",
        "job.parked",
        "job.woken",
        "job.succeeded",
        "job.failed",
        "job.cancelled",
        "job.skipped",
        "job.queued",
    ];

    /// Of the events of these kinds, oldest first.
    pub fn of(events: &[Happening]) -> Self {
        let mut story = Self::default();
        let mut epoch = None;
        // A job that is parked is given back, and taken again when it wakes.
        let mut is_parked = false;
        for event in events {
            let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
            let said = |name: &str| data[name].as_str().map(str::to_owned);
            let kind = match event.kind.as_str() {
                "job.waiting" | "job.parked" => {
                    story.close(event.at);
                    is_parked |= event.kind == "job.parked";
                    story.waits.push(Wait {
                        from: event.at,
                        until: None,
                        reason: said("reason"),
                        parked: event.kind == "job.parked",
                    });
                    continue;
                }
                "job.started" => MarkKind::Started,
                // One that takes a job from another process has an epoch of its own.
                "job.adopted" if data["epoch"].as_i64() == epoch => MarkKind::Restarted,
                "job.adopted" if std::mem::take(&mut is_parked) => {
                    story.close(event.at);
                    epoch = data["epoch"].as_i64().or(epoch);
                    continue;
                }
                "job.adopted" => MarkKind::Adopted,
                "job.rescued" => MarkKind::Rescued,
                "job.crashed" => MarkKind::Crashed,
                "batch.quarantined" => MarkKind::Quarantined,
                "job.retried" => MarkKind::Retried,
                "job.resumed" => MarkKind::Resumed,
                "job.rerun" => MarkKind::Rerun,
                "job.cancel_requested" => MarkKind::CancelRequested,
                _ => {
                    story.close(event.at);
                    continue;
                }
            };
            epoch = data["epoch"].as_i64().or(epoch);
            if !matches!(kind, MarkKind::Quarantined | MarkKind::CancelRequested) {
                story.close(event.at);
            }
            story.marks.push(Mark {
                at: event.at,
                kind,
                reason: said("reason").or_else(|| said("error")),
            });
        }
        story
    }

    /// It moves again.
    fn close(&mut self, at: i64) {
        if let Some(wait) = self.waits.last_mut() {
            wait.until.get_or_insert(at);
        }
    }
}
