//! Fetches pages from sites that others name: only what may be reached, as politely as they ask, never more than
//! fits, and with secrets that stay where they belong.

mod address;
mod body;
mod client;
mod clock;
mod error;
mod retry;
mod robots;
mod secrets;
mod turns;
mod web;

#[cfg(test)]
mod tests;

pub(crate) use address::{AddressFault, Dns, Lookup, SystemDns};
pub(crate) use clock::{Clock, SystemClock};
pub(crate) use error::FetchError;
pub(crate) use secrets::RunSecrets;
pub(crate) use turns::{Acquiring, Alone, HeldHost, HostKey, HostLease, HostTimes};
pub(crate) use web::{Answer, FetchedPage, Validators, Visit, Web, fingerprint};
