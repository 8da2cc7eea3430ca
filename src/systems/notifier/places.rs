//! Where people look at what a notification is about.

use crate::ui::encoded;

/// A path of the pages; `None`: there is none for it.
pub(super) fn page_of(kind: &str, about: &str) -> Option<String> {
    let (what, event) = kind.split_once('.')?;
    match (what, event) {
        ("job" | "import", _) | ("scrape", "failed") => Some(format!("/jobs/{about}")),
        ("run", _) => Some(format!("/pipelines/runs/{about}")),
        ("brief", _) => Some(format!("/briefs/{about}")),
        ("model", _) => Some(format!("/models/{}", encoded(about))),
        _ => None,
    }
}
