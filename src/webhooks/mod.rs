//! Webhooks of forges: who sent a delivery, what it says of a repository, and whether that counts.
//!
//! ```text
//! headers, body ──verify──► Delivery ──Filter::decide──► Decision
//! ```
//!
//! Nothing here starts anything, and no system is known. What a forge sends is checked before anybody
//! uses it: a commit is a number, and the names of branches and tags are only compared.

mod commit;
mod delivery;
mod filter;
mod forge;
mod gitlab;
mod header;
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
pub(crate) use filter::{Decision, Filter};
pub(crate) use forge::Forge;
pub(crate) use pattern::Pattern;
pub(crate) use refused::Refused;
pub(crate) use verify::verify;
