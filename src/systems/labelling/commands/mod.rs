//! The commands that label without a server.

mod columns;
mod demo;
mod label;
mod label_arguments;
mod look;
mod progress;
mod report;

pub(super) use demo::DemoCommand;
pub(super) use label::LabelCommand;
