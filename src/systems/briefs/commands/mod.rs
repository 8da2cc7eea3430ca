//! The commands of briefs, which need no server.

mod adapter_test;
mod brief;
mod demo;
mod keywords_file;
mod lines;
mod report;
mod run;
mod run_arguments;
mod speed;
mod waiting;

use crate::systems::Command;

use brief::BriefCommand;
use demo::DemoCommand;

pub(super) fn all() -> Vec<Box<dyn Command>> {
    vec![Box::new(BriefCommand), Box::new(DemoCommand)]
}
