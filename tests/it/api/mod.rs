//! The API over real HTTP.

mod all_events;
mod audit;
mod below_a_path;
mod bulk;
mod compat;
mod documents;
mod downloads;
mod http2;
mod limits;
mod new_pages;
mod page_browser;
mod pages;
mod queries;
mod result_rows;
mod roles;
mod rooms;
mod saved_views;
mod scope;
mod sessions;
mod slow_callers;
mod timeline;
mod tokens;
mod v1;
mod who_may_call;

use serde_json::{Value, json};

pub(crate) use tokens::with_tokens;

use crate::support::usual_pattern;

/// A body for `POST /api/tasks/` that labels the usual posts.
fn compat_body() -> Value {
    json!({ "pattern": usual_pattern() })
}

/// A body for `POST /v1/jobs` that does the same.
fn v1_body() -> Value {
    json!({ "labelling": { "rules": usual_pattern() } })
}
