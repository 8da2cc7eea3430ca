//! Scrapes against sites: one of this process with every trick, and the site of the examples.

pub(crate) mod server;
pub(crate) mod support;

mod hostile;
mod politeness;
mod secrets;
mod site;
