//! Webhooks of forges: who sent a delivery, what it says of a repository, and whether that counts.
//!
//! ```text
//! headers, body ──verify──► Delivery ──Filter::decide──► Decision
//! ```
//!
//! Nothing here starts anything, and no system is known. What a forge sends is checked before anybody
//! uses it: a commit is a number, and the names of branches and tags are only compared.

mod commit;
mod forge;

pub(crate) use commit::CommitId;
pub(crate) use forge::Forge;
