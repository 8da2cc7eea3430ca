//! What becomes of a fire while what an earlier one of the same trigger started still runs.

/// The rule of one trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// It waits for the end of the earlier ones.
    Queue,
    /// It starts nothing.
    Skip,
    /// The earlier ones are cancelled, and it starts when they have ended.
    Cancel,
    /// It starts beside them.
    Allow,
}

/// So many fires of one trigger wait at most.
pub(crate) const QUEUED_MAX: usize = 1_000;

/// What is to be done with a fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Start,
    /// It starts when nothing of its trigger runs any more.
    Queue,
    /// As before, but what runs is cancelled, and what waits gives way to it.
    Replace,
    Skip(Reason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Running,
    QueueFull,
}

impl Overlap {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Skip => "skip",
            Self::Cancel => "cancel",
            Self::Allow => "allow",
        }
    }

    /// Decides about a new fire of a trigger of which so many run and wait.
    pub(crate) fn decide(self, running: usize, queued: usize) -> Decision {
        let is_free = running == 0 && queued == 0;
        match self {
            Self::Allow => Decision::Start,
            _ if is_free => Decision::Start,
            Self::Queue if queued >= QUEUED_MAX => Decision::Skip(Reason::QueueFull),
            Self::Queue => Decision::Queue,
            Self::Skip => Decision::Skip(Reason::Running),
            Self::Cancel => Decision::Replace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fire_starts_queues_replaces_or_is_skipped() {
        use Decision::{Queue, Replace, Skip, Start};
        let full = QUEUED_MAX;
        for (overlap, running, queued, expected) in [
            (Overlap::Queue, 0, 0, Start),
            (Overlap::Queue, 1, 0, Queue),
            (Overlap::Queue, 0, 1, Queue),
            (Overlap::Queue, 1, full - 1, Queue),
            (Overlap::Queue, 1, full, Skip(Reason::QueueFull)),
            (Overlap::Skip, 0, 0, Start),
            (Overlap::Skip, 1, 0, Skip(Reason::Running)),
            (Overlap::Cancel, 0, 0, Start),
            (Overlap::Cancel, 1, 0, Replace),
            (Overlap::Cancel, 0, 1, Replace),
            (Overlap::Allow, 5, 0, Start),
        ] {
            assert_eq!(overlap.decide(running, queued), expected, "{overlap:?}");
        }
    }
}
