//! Whose models a command uses that works in a database of its own.

use std::sync::Arc;

use serde::Deserialize;

use crate::settings::{Loaded, Problems, SystemSettings};

/// The settings of the program that such a command has set aside: the engine's database that they name holds the
/// models.
#[derive(Clone, Default, Deserialize)]
pub struct ModelsFrom {
    /// `None`: the models are in the database of the engine that runs.
    #[serde(skip)]
    pub settings: Option<Arc<Loaded>>,
}

impl SystemSettings for ModelsFrom {
    /// They were checked when they were read.
    fn check(&self, _: &mut Problems<'_>) {}
}
