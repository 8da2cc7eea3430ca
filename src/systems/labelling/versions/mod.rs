//! Rule sets with versions: stored, found, activated; sets of the settings become versions when their files change.
//!
//! ```text
//! POST …/versions ─storing─┐                       ┌─► find: NAME, NAME@8, NAME@newest
//! labelling.rule_sets ─of_settings─► LabellingStore ┤
//! PUT …/active ─activating─┘                       └─► document in any form, differences
//! ```

mod activating;
mod comparing;
mod condition;
mod error;
mod files;
mod found;
mod of_settings;
mod reference;
mod rule_sets;
mod storing;
mod watch;

pub(crate) use condition::{Condition, tag_of_document, tag_of_set};
pub(crate) use error::RuleSetsError;
pub(crate) use found::FoundSet;
pub(crate) use reference::{Reference, Which};
pub(crate) use rule_sets::RuleSets;
pub(crate) use storing::NewVersion;
pub(crate) use watch::RuleSetWatch;
