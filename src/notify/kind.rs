//! What people may want to learn.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// What happened. Each is stored and shown by its word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
pub enum EventKind {
    #[strum(serialize = "job.succeeded")]
    JobSucceeded,
    #[strum(serialize = "job.failed")]
    JobFailed,
    /// The first success after failures of its like.
    #[strum(serialize = "job.recovered")]
    JobRecovered,
    #[strum(serialize = "job.slow")]
    JobSlow,
    #[strum(serialize = "job.waiting")]
    JobWaiting,
    #[strum(serialize = "run.finished")]
    RunFinished,
    #[strum(serialize = "run.failed")]
    RunFailed,
    #[strum(serialize = "schedule.missed")]
    ScheduleMissed,
    #[strum(serialize = "dispatch.dead_letter")]
    DeadLetter,
    #[strum(serialize = "import.problems")]
    ImportProblems,
    #[strum(serialize = "scrape.failed")]
    ScrapeFailed,
    /// No run of a scrape has gone well for longer than it says.
    #[strum(serialize = "scrape.stale")]
    ScrapeStale,
    /// An alias of a model points to another version.
    #[strum(serialize = "model.swapped")]
    ModelSwapped,
    /// A file that was to be a version of a model cannot be one.
    #[strum(serialize = "model.refused")]
    ModelRefused,
    /// The zip of a brief can be downloaded.
    #[strum(serialize = "brief.ready")]
    BriefReady,
    /// A job waits to be approved before it publishes.
    #[strum(serialize = "rules.gate_held")]
    GateHeld,
    /// What a person sends to see whether it arrives.
    #[strum(serialize = "test")]
    Test,
}

impl EventKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Those that rules may ask for.
    pub fn for_rules() -> impl Iterator<Item = Self> {
        let kinds = Self::VARIANTS.iter().copied();
        kinds.filter(|kind| *kind != Self::Test)
    }

    /// Whether it is bad news.
    pub fn is_trouble(self) -> bool {
        match self {
            Self::JobSucceeded
            | Self::JobRecovered
            | Self::RunFinished
            | Self::ModelSwapped
            | Self::BriefReady
            | Self::Test => false,
            Self::JobFailed
            | Self::JobSlow
            | Self::JobWaiting
            | Self::RunFailed
            | Self::ScheduleMissed
            | Self::DeadLetter
            | Self::ImportProblems
            | Self::ScrapeFailed
            | Self::ScrapeStale
            | Self::ModelRefused
            | Self::GateHeld => true,
        }
    }
}
