//! Outgoing HTTP: pages are asked only of hosts that are allowed, and nothing takes longer than it may.

mod hosts;
mod post;
mod status;

#[cfg(test)]
mod tests;

pub use hosts::AllowedHosts;
pub use post::{Post, PostError, Posted};
pub use status::{Fetch, FetchError};
