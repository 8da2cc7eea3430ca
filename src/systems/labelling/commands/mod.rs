//! The commands that label, and look at rules, without a server.

mod columns;
mod demo;
mod label;
mod label_arguments;
mod look;
mod progress;
mod report;
mod rules;

pub(super) use demo::DemoCommand;
pub(super) use label::LabelCommand;
pub(super) use rules::RulesCommand;
