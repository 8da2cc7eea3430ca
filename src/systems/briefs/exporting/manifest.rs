//! `manifest.json`: what a zip holds, for programs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::about::{About, PlatformPages};
use super::figures::{Figures, Sums};

/// A file of a zip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExportedFile {
    pub name: String,
    pub bytes: u64,
    /// Hexadecimal digits.
    pub sha256: String,
}

/// The text of the file. It holds no time of the export itself: the same rows make the same bytes.
pub(super) fn written(about: &About, figures: &Figures, files: &[ExportedFile]) -> String {
    let request = &about.request;
    let failed = about
        .failed
        .iter()
        .map(|page| json!({ "platform": page.platform, "page": page.page, "reason": page.reason }));
    let platforms = about.platforms.iter().zip(&figures.by_platform);
    let platforms = platforms.map(|(pages, counted)| {
        let mut of = counts(pages, counted.sums, counted.account_count());
        of["platform"] = json!(pages.platform);
        of["label"] = json!(pages.label);
        of["message"] = json!(pages.message);
        of
    });
    let manifest = json!({
        "job_id": about.job,
        "stage": about.stage,
        "request": {
            "job_name": request.job_name,
            "platforms": request.platforms,
            "keywords": request.keywords,
            "start_time": about.shown(request.start_time),
            "end_time": about.shown(request.end_time),
            "max_pages": request.max_pages,
            "deadline_s": request.deadline_s,
            "match": request.matching.name(),
        },
        "time_zone": about.zone.name(),
        "create_time": about.shown(about.created_at),
        "collected_time": about.collected_at.map(|at| about.shown(at)),
        "figures": counts(&about.total(), figures.total(), figures.accounts()),
        "platforms": platforms.collect::<Vec<_>>(),
        "failed_pages": failed.collect::<Vec<_>>(),
        "files": files,
    });
    format!("{manifest:#}\n")
}

/// What the store keeps of it: without the pages that failed, which have rows of their own.
pub(super) fn kept(manifest: &str) -> Option<String> {
    let mut manifest: Value = serde_json::from_str(manifest).ok()?;
    manifest.as_object_mut()?.remove("failed_pages");
    Some(manifest.to_string())
}

fn counts(pages: &PlatformPages, sums: Sums, accounts: u64) -> Value {
    json!({
        "article_count": sums.articles,
        "account_count": accounts,
        "interraction": sums.interraction,
        "coverage": pages.coverage(),
        "planned": pages.planned,
        "done": pages.done,
        "failed": pages.failed,
        "received": pages.received,
        "duplicate": pages.kept.saturating_sub(sums.articles),
        "filtered": pages.filtered,
        "out_of_range": pages.out_of_range,
        "rejected": pages.rejected,
        "limited": pages.limited,
    })
}
