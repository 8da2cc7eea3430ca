//! The commands of prediction.

mod demo;
mod files;
mod grid_text;
mod import;
mod lint;
mod preview;
mod report;
mod run;
mod scrape;
mod scrape_report;
mod scrape_try;
mod scrape_waits;
mod waiting;

use crate::systems::Command;

use demo::DemoCommand;
use import::ImportCommand;
use scrape::ScrapeCommand;

pub(super) fn all() -> Vec<Box<dyn Command>> {
    vec![
        Box::new(ImportCommand),
        Box::new(ScrapeCommand),
        Box::new(DemoCommand),
    ]
}
