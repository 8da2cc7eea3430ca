//! The systems that this program is made of, a folder each. They do not know each other.
//!
//! A system gives what [`System`] names, and is listed in [`all`]; nothing else has to be changed
//! to add one.

pub mod dispatch;
pub mod labelling;
mod platform;
mod system;
#[cfg(test)]
mod tests;

use crate::http::Interface;
use crate::settings::Sections;

pub use platform::Platform;
pub use system::{Built, Findings, System};

/// What the operations and flows of these systems look like to callers.
pub fn interface(systems: &[Box<dyn System>]) -> Interface {
    Interface {
        apis: systems.iter().flat_map(|system| system.apis()).collect(),
        flows: systems.iter().flat_map(|system| system.flows()).collect(),
    }
}

/// What can be set: the engine's sections and those of all systems.
pub fn sections() -> Sections {
    let systems = all();
    systems
        .iter()
        .fold(Sections::of_the_engine(), |sections, system| {
            system.sections(sections)
        })
}

/// THE LIST.
pub fn all() -> Vec<Box<dyn System>> {
    vec![
        Box::new(labelling::LabellingSystem),
        Box::new(dispatch::DispatchSystem),
    ]
}
