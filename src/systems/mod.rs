//! The systems that this program is made of, a folder each. They do not know each other.
//!
//! A system gives what [`System`] names, and is listed in [`all`]; nothing else has to be changed
//! to add one.

pub mod briefs;
mod command;
mod demo_directory;
pub mod dispatch;
pub mod labelling;
mod list;
mod models_from;
pub mod notifier;
#[cfg(test)]
mod operations_tests;
pub mod pipelines;
mod platform;
pub mod prediction;
pub mod schedules;
mod system;
#[cfg(test)]
mod tests;

pub use command::{
    Asked, Command, OnlyJob, Program, RefusedCall, RemoteServer, RunningProgram, ServerAnswer,
};
pub use list::Systems;
pub use models_from::ModelsFrom;
pub use platform::Platform;
pub use system::{Built, CheckedFile, Findings, Report, System};

/// THE LIST.
pub fn all() -> Systems {
    Systems::of(vec![
        Box::new(labelling::LabellingSystem),
        Box::new(dispatch::DispatchSystem),
        Box::new(pipelines::PipelinesSystem),
        Box::new(prediction::PredictionSystem),
        Box::new(schedules::SchedulesSystem),
        Box::new(notifier::NotifierSystem),
        Box::new(briefs::BriefsSystem),
    ])
}
