//! Outgoing HTTP: only to hosts that are allowed, and never for longer than it may take.

mod hosts;
mod status;

#[cfg(test)]
mod tests;

pub use hosts::AllowedHosts;
pub use status::{Fetch, FetchError};
