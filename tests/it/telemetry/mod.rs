//! What the program tells about itself, as others receive it.

mod prometheus;
mod receiver;
mod server;
mod traces;
