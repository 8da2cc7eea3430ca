//! What every system is given, besides its own section of the settings.

use tokio::sync::watch;

use crate::engine::Flows;
use crate::engine::artifacts::AllArtifacts;
use crate::engine::seam::Scorers;
use crate::engine::store::Store;
use crate::engine::triggers::Triggers;
use crate::fault::Faults;
use crate::files::Files;

/// Clones share it.
#[derive(Clone)]
pub struct Platform {
    pub store: Store,
    /// Starts flows, also those of other systems, and looks at what became of them. To be used once
    /// the engine has been started: by operations, services and steps, not while a system is
    /// built.
    pub flows: Flows,
    /// What starts something by itself, of all systems. To be used once the engine has been started.
    pub triggers: Triggers,
    pub faults: Faults,
    /// The files that jobs leave.
    pub files: AllArtifacts,
    /// The place of those and of what systems keep there besides, each below a folder of its own.
    pub kept_files: Files,
    /// Changes whenever somebody asks that files are read again, whatever they look like.
    pub read_again: watch::Sender<()>,
    /// What scores texts: given by the system that keeps models when it is built, used by others once the engine
    /// has been started.
    pub scorers: Scorers,
}
