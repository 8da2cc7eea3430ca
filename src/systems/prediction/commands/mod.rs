//! The commands of prediction.

mod answer_file;
mod demo;
mod demo_predict;
mod files;
mod grid_text;
mod import;
mod lint;
mod model;
mod model_file;
mod model_report;
mod model_speed;
mod model_test;
mod predict;
mod preview;
mod report;
mod row_file;
mod run;
mod scrape;
mod scrape_report;
mod scrape_try;
mod scrape_waits;
mod waiting;

use crate::systems::Command;

use demo::DemoCommand;
use demo_predict::DemoPredictCommand;
use import::ImportCommand;
use model::ModelCommand;
use predict::PredictCommand;
use scrape::ScrapeCommand;

pub(super) fn all() -> Vec<Box<dyn Command>> {
    vec![
        Box::new(ImportCommand),
        Box::new(ScrapeCommand),
        Box::new(ModelCommand),
        Box::new(PredictCommand),
        Box::new(DemoCommand),
        Box::new(DemoPredictCommand),
    ]
}
