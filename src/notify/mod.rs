//! How people are told: what is said in which language, and how it is sent by mail, to webhooks and to chat programs.
//!
//! ```text
//! Message ──Language──► text ──Format──► body ──Hook───────► the other side
//!                       text, HTML ─────────────MailServer─► a mail server
//! ```
//!
//! Nothing here knows a job, a rule or the store.

mod cause;
mod format;
mod hook;
mod html;
mod kind;
mod language;
mod mail;
mod message;
mod quiet;
mod sentry;
mod text;

pub use cause::{cause, without_numbers};
pub use format::Format;
pub use hook::Hook;
pub use kind::EventKind;
pub use language::Language;
pub use mail::{MailAddress, MailServer, MailTls, is_loopback};
pub use message::{Message, Notification, Part};
pub use quiet::QuietHours;
pub use sentry::{Report, Sentry};
pub use text::headline;

/// A message was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// What the other side said.
    pub said: String,
}

/// A message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Holds no secret.
    pub reason: String,
    /// It will never be.
    pub is_final: bool,
}
