//! The pages of dispatch.

mod data;
mod job;
mod room;
mod service_page;
mod services_page;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use job::DispatchPages;
use room::DispatchRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: vec![Arc::new(DispatchPages)],
        rooms: vec![Arc::new(DispatchRoom)],
        ..Pages::default()
    }
}
