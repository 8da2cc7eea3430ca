//! What mappings were before, as callers see it.

use poem_openapi::Object;

use crate::clock;
use crate::systems::prediction::store::DefinedVersion;

/// The versions of a mapping, newest first.
#[derive(Object)]
pub(super) struct MappingVersionPage {
    pub versions: Vec<MappingVersionView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// A version of a mapping.
#[derive(Object)]
pub(super) struct MappingVersionView {
    version: i32,
    /// YAML; null: the mapping was removed.
    text: Option<String>,
    /// Who has made it: a caller, or a file of the settings' directory.
    changed_by: String,
    changed_at: String,
}

impl From<DefinedVersion> for MappingVersionView {
    fn from(version: DefinedVersion) -> Self {
        Self {
            version: version.version,
            text: version.text,
            changed_by: version.changed_by,
            changed_at: clock::rfc3339(version.at),
        }
    }
}
