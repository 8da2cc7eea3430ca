//! Adapters: how a platform is asked, and how its answers are read. Pure: files and answers in, requests and
//! articles out.
//!
//! ```text
//! YAML ──read──► Written ──check──► Adapter, or every fault with file and line
//! Adapter + query + place ──request──► what is sent        answer ──reading──► articles, what comes next
//! ```

mod check;
mod check_http;
mod check_map;
mod fault;
mod item;
mod json;
mod model;
mod read;
mod reading;
mod template;
mod units;
pub(crate) mod values;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use item::{ItemReader, missing, unread};
pub(crate) use model::{
    Adapter, Body, Breaker, Field, FileFormat, Http, Kind, Limits, Means, Paging, Retry, Share,
};
pub(crate) use read::read;
pub(crate) use reading::{AnswerFault, Next, raw_items, read as read_answer};
pub(crate) use template::{Encoding, Places, Template};
