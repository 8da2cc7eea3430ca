//! Requests to hosts that others name: only what may be reached is connected to, and no more is read than fits.

mod address;
mod body;
mod client;
mod connections;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use address::Lookup;
pub(crate) use address::{AddressFault, Dns, Rules, SystemDns};
pub(crate) use body::{BodyFault, BodyLimit};
#[cfg(test)]
pub(crate) use client::retry_after;
pub(crate) use client::{Asking, GuardedClient, GuardedFault, Received, host_of};
