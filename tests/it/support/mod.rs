//! What the tests share: a program of their own each, posts, and an independent computation
//! of what labelling must give.

mod app;
mod expected;
mod place;
mod posts;

pub(crate) use app::{Published, TestApp, USUAL_RULES, published_in, sorted, usual_pattern};
pub(crate) use expected::{Rules, expected};
pub(crate) use place::{Place, TASK};
pub(crate) use posts::{Post, corpus, post, write_posts};
