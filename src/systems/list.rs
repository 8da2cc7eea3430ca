//! Systems together, whichever they are.

use std::sync::Arc;

use super::{Command, System};
use crate::http::Interface;
use crate::settings::Sections;

/// The systems that a program is made of; clones share them.
#[derive(Clone)]
pub struct Systems(Arc<Vec<Box<dyn System>>>);

impl Systems {
    pub fn of(systems: Vec<Box<dyn System>>) -> Self {
        Self(Arc::new(systems))
    }

    pub fn iter(&self) -> impl Iterator<Item = &dyn System> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// What their operations and flows look like to callers.
    pub fn interface(&self) -> Interface {
        Interface {
            apis: self.iter().flat_map(System::apis).collect(),
            flows: self.iter().flat_map(System::flows).collect(),
        }
    }

    /// What can be set: the engine's sections and theirs.
    pub fn sections(&self) -> Sections {
        let engine = Sections::of_the_engine();
        self.iter()
            .fold(engine, |sections, system| system.sections(sections))
    }

    pub fn commands(&self) -> Vec<Box<dyn Command>> {
        self.iter().flat_map(System::commands).collect()
    }
}
