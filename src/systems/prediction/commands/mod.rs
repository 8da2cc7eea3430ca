//! The commands of prediction.

mod demo;
mod files;
mod grid_text;
mod import;
mod lint;
mod preview;
mod report;
mod run;

use crate::systems::Command;

use demo::DemoCommand;
use import::ImportCommand;

pub(super) fn all() -> Vec<Box<dyn Command>> {
    vec![Box::new(ImportCommand), Box::new(DemoCommand)]
}
