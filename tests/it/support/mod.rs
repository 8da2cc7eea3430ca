//! What the tests share: a program of their own each, posts, and an independent computation
//! of what labelling must give.

mod app;
mod expected;
mod posts;

pub(crate) use app::{Published, TestApp, USUAL_RULES, published_in, sorted, usual_pattern};
pub(crate) use expected::{Rules, expected};
pub(crate) use posts::{Post, corpus, post, write_posts};
