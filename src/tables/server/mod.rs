//! Database servers: what PostgreSQL and MySQL have in common.

mod blocking;
mod placeholders;
mod script;
mod session;
mod stream;

pub use blocking::Blocking;
pub(super) use session::{Server, ServerSession, TextCells};
pub(super) use stream::{LentSession, Outbox, Parcel};
