//! The platforms of briefs that examples name: those of the bundled articles, and one that crawlers push to.

use std::path::{Path, PathBuf};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/briefs/demo/files");

const NOTES: &str = include_str!("../../../examples/briefs/demo/adapters/notes.yaml");

/// Writes the adapters; the directories of adapters and of files.
pub(super) fn make_platforms(folder: &Path) -> (PathBuf, &'static str) {
    let adapters = folder.join("adapters");
    std::fs::create_dir(&adapters).unwrap();
    for name in ["bili", "douyin", "mweibo"] {
        let adapter = NOTES.replace("platform: notes", &format!("platform: {name}"));
        std::fs::write(adapters.join(format!("{name}.yaml")), adapter).unwrap();
    }
    let crawler = "platform: crawler\nkind: push\n";
    std::fs::write(adapters.join("crawler.yaml"), crawler).unwrap();
    (adapters, FILES)
}
