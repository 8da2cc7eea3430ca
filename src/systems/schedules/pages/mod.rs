//! The page of schedules.

mod data;
mod room;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use room::SchedulesRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: Vec::new(),
        rooms: vec![Arc::new(SchedulesRoom)],
        ..Pages::default()
    }
}
