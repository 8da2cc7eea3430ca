//! Fetches pages from sites that others name: only what may be reached, as politely as they ask, never more than
//! fits, and with secrets that stay where they belong.

mod clock;
mod error;
mod retry;
mod robots;
mod secrets;
mod sent;
mod turns;
mod web;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use clock::SystemClock;
pub(crate) use error::FetchError;
pub(crate) use secrets::RunSecrets;
#[cfg(test)]
pub(crate) use turns::Alone;
pub(crate) use turns::{Acquiring, HeldHost, HostKey, HostLease, HostTimes};
pub(crate) use web::{Answer, FetchedPage, Validators, Visit, Web, fingerprint};
