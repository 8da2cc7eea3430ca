//! The pages of prediction.

mod data;
mod entered;
mod faults;
mod import_page;
mod job;
mod lint_page;
mod list_page;
mod mapping_page;
mod mappings_page;
mod models;
mod prediction_job;
mod previewing;
mod room;
mod scrape_data;
mod scrape_job;
mod scrape_page;
mod scrape_run_page;
mod scrape_shown;
mod scrapes_page;
mod sheet;
mod shown;
mod trial;
mod upload_page;
mod versioned;
mod waiting;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use job::ImportPages;
use models::ModelsRoom;
use prediction_job::PredictionPages;
use room::ImportsRoom;
use scrape_job::ScrapePages;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: vec![
            Arc::new(ImportPages),
            Arc::new(ScrapePages),
            Arc::new(PredictionPages),
        ],
        rooms: vec![Arc::new(ImportsRoom), Arc::new(ModelsRoom)],
        ..Pages::default()
    }
}
