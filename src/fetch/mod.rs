//! Outgoing HTTP: pages are asked only of hosts that are allowed, bodies are sent to addresses that are, and
//! nothing takes longer than it may.

mod addresses;
mod exchange;
pub(crate) mod guarded;
mod hosts;
mod post;
mod public_post;
mod status;

#[cfg(test)]
mod tests;

pub use addresses::AllowedAddresses;
pub(crate) use addresses::is_public;
pub use exchange::{Exchange, ExchangeError, Inquiry, InquiryAnswer, host_of};
pub use hosts::AllowedHosts;
pub use post::{Post, PostError, Posted};
pub use public_post::{Answer, PublicPost, PublicPostError, Sending};
pub use status::{Fetch, FetchError};
