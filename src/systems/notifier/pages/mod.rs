//! The pages of notifications: the bell at the head of every page, and the page with all of them.

mod bell;
mod data;
mod news;
mod page;
mod room;
mod rule;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use bell::Bell;
use room::NotificationsRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        rooms: vec![Arc::new(NotificationsRoom)],
        tools: vec![Arc::new(Bell)],
        ..Pages::default()
    }
}
