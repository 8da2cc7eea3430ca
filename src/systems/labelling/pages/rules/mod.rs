//! Pages of rule sets.

mod edit;
mod room;
mod sets;
mod tried;

pub(super) use room::RulesRoom;
