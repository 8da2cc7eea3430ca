//! The systems that this program is made of, a folder each. They do not know each other.

pub mod dispatch;
pub mod labelling;

use crate::settings::Sections;

/// What can be set: the engine's sections and those of all systems.
pub fn sections() -> Sections {
    Sections::of_the_engine()
        .with::<labelling::settings::LabellingSettings>()
        .with::<dispatch::settings::DispatchSettings>()
}
