//! What the program tells about itself, as others receive it.

mod dispatch;
mod prometheus;
mod receiver;
pub(crate) mod server;
mod traces;
mod view;
