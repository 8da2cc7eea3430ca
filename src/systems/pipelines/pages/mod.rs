//! The pages of pipelines.

mod console_lines;
mod console_page;
mod data;
mod dates_page;
mod fields;
mod graph;
mod graph_page;
mod job;
mod project_page;
mod projects_page;
mod room;
mod run_page;
mod runs_page;
mod shown;
mod startables;
mod task_page;
mod trigger_row;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use job::PipelinesPages;
use room::PipelinesRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: vec![Arc::new(PipelinesPages)],
        rooms: vec![Arc::new(PipelinesRoom)],
        ..Pages::default()
    }
}
