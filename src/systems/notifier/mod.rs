//! Notifications: who learns that a job is done, or that it is not.
//!
//! ```text
//! the end of a job, in its transaction: engine/store/notifications
//!   └─► services/publisher ─► bells of callers ─► api/bell, hub
//!                         └─► outbox ─► services/sending ─► receivers ─► crate::notify
//! ```
//!
//! `settings` and `rule` say who is told what, `book` knows all rules; `pages` shows it.

mod api;
mod book;
mod hub;
mod outbox;
mod pages;
mod places;
mod receivers;
mod rule;
mod services;
mod settings;
mod store;
mod system;

pub use system::NotifierSystem;
