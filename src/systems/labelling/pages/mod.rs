//! The pages of labelling.

mod backtest;
mod backtest_job;
mod form;
mod gate;
mod health;
mod job;
mod person;
mod reviews;
mod rules;

use std::sync::Arc;

use crate::ui::{Pages, Sources};

use backtest::BacktestPage;
use backtest_job::BacktestPages;
use health::HealthPage;
use job::LabellingPages;
use person::PersonPage;
use reviews::ReviewsRoom;
use rules::RulesRoom;

const WORDS: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

pub(super) fn pages() -> Pages {
    Pages {
        words: Some(WORDS),
        flows: vec![Arc::new(LabellingPages), Arc::new(BacktestPages)],
        rooms: vec![Arc::new(RulesRoom), Arc::new(ReviewsRoom)],
        job_pages: vec![
            Arc::new(HealthPage),
            Arc::new(PersonPage),
            Arc::new(BacktestPage),
        ],
        ..Pages::default()
    }
}
