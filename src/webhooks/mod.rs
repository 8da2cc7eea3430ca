//! Webhooks of forges: who sent a delivery, what it says of a repository, and whether that counts.
//!
//! ```text
//! headers, body ──verify──► Delivery ──Filter::decide──► Received
//! ```
//!
//! Deliveries of our own are signed here, too. Nothing here starts anything, and no system is known. What a forge sends is checked before anybody
//! uses it: a commit is a number, and the names of branches and tags are only compared.

mod commit;
mod delivery;
mod filter;
mod forge;
mod gitlab;
mod header;
mod hook;
mod pattern;
mod push;
mod ref_name;
mod refused;
mod signature;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use commit::CommitId;
#[cfg(test)]
pub(crate) use delivery::{Change, Content, Delivery, Subject};
#[cfg(test)]
pub(crate) use filter::Decision;
pub(crate) use filter::Filter;
pub(crate) use forge::Forge;
pub(crate) use hook::{Hook, Received};
pub(crate) use pattern::Pattern;
pub(crate) use refused::Refused;
pub(crate) use signature::sign_standard;
#[cfg(test)]
pub(crate) use verify::verify;

/// The parameter of a fire in which the commit stands that a delivery is about.
pub(crate) const COMMIT: &str = "commit";
