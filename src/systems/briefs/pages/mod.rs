//! The pages of briefs: the form that submits one, its progress, what it has found, and its files.

mod accounts_page;
mod articles_page;
mod brief_page;
mod change_page;
mod data;
mod entered;
mod fault;
mod job;
mod list_page;
mod new_page;
mod progress;
mod room;
mod rows;
mod shown;
mod tables_page;
mod workbook;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use job::BriefJobPages;
use room::BriefsRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: vec![Arc::new(BriefJobPages)],
        rooms: vec![Arc::new(BriefsRoom)],
        ..Pages::default()
    }
}
