//! What mappings and scrapes were before, as callers see it.

use poem_openapi::Object;

use crate::clock;
use crate::http::error::Failure;
use crate::systems::prediction::store::{DefinedVersion, Definitions};

/// The versions of a mapping or of a scrape, newest first.
#[derive(Object)]
pub(super) struct TextVersionPage {
    pub versions: Vec<TextVersionView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// A version of a mapping or of a scrape.
#[derive(Object)]
pub(super) struct TextVersionView {
    version: i32,
    /// YAML; null: it was removed.
    text: Option<String>,
    /// Who has made it: a caller, or a file of the settings' directory.
    changed_by: String,
    changed_at: String,
}

impl TextVersionPage {
    /// The versions before one, or the newest; `None`: there never was such a text.
    pub async fn of(
        texts: Definitions<'_>,
        name: &str,
        before: Option<i32>,
        limit: u32,
    ) -> Result<Option<Self>, Failure> {
        let limit = limit as usize;
        // One more than asked for shows whether there is a next page.
        let mut found = texts.versions(name, before, limit as u64 + 1).await?;
        if found.is_empty() && before.is_none() {
            return Ok(None);
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.version);
        let versions = found.into_iter().map(TextVersionView::from).collect();
        Ok(Some(Self { versions, next }))
    }
}

impl From<DefinedVersion> for TextVersionView {
    fn from(version: DefinedVersion) -> Self {
        Self {
            version: version.version,
            text: version.text,
            changed_by: version.changed_by,
            changed_at: clock::rfc3339(version.at),
        }
    }
}
