//! Pages of rule sets.

mod diff;
mod edit;
mod room;
mod set;
mod sets;
mod tried;
mod version;

pub(super) use room::RulesRoom;
