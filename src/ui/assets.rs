//! Styles, pictures and scripts: parts of the program, served under names that change with their
//! content, so that browsers may keep them for ever.
//!
//! They are compressed when the first page is asked for, which takes a few milliseconds: so the
//! program carries them once, and building it needs no further step.

use std::sync::LazyLock;

use poem::Response;
use poem::http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};

use super::packed::{self, is_taken};

/// A file as it stands in the source. A script comes after those that it imports.
const SOURCES: &[(&str, &str)] = &[
    ("style.css", include_str!("assets/style.css")),
    ("icons.svg", include_str!("assets/icons.svg")),
    ("favicon.svg", include_str!("assets/favicon.svg")),
    ("times.js", include_str!("assets/times.js")),
    ("keys.js", include_str!("assets/keys.js")),
    ("copy.js", include_str!("assets/copy.js")),
    ("feed-worker.js", include_str!("assets/feed-worker.js")),
    ("feed.js", include_str!("assets/feed.js")),
    ("live.js", include_str!("assets/live.js")),
    ("keep.js", include_str!("assets/keep.js")),
    ("graph.js", include_str!("assets/graph.js")),
    ("choose.js", include_str!("assets/choose.js")),
    ("preview.js", include_str!("assets/preview.js")),
    ("log.js", include_str!("assets/log.js")),
    ("console-bytes.js", include_str!("assets/console-bytes.js")),
    ("console-text.js", include_str!("assets/console-text.js")),
    ("console-rows.js", include_str!("assets/console-rows.js")),
    (
        "console-numbers.js",
        include_str!("assets/console-numbers.js"),
    ),
    (
        "console-window.js",
        include_str!("assets/console-window.js"),
    ),
    (
        "console-search.js",
        include_str!("assets/console-search.js"),
    ),
    ("console.js", include_str!("assets/console.js")),
    ("bell.js", include_str!("assets/bell.js")),
    ("main.js", include_str!("assets/main.js")),
];

/// The script that pages name, and the one that has a thread of its own.
const FIRST: &str = "main.js";
const WORKER: &str = "feed-worker.js";

/// Scripts whose names begin so are for one page, and are imported there only.
const OF_CONSOLES: &str = "console";

/// A script that all pages share has a policy of its own: it listens to this server, and loads nothing.
const POLICY: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/// The digits of the digest that are a part of a name.
const DIGITS: usize = 12;

struct Asset {
    name: &'static str,
    served_name: String,
    content_type: &'static str,
    text: String,
    packed: Vec<u8>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = Vec::with_capacity(SOURCES.len());
    for (name, text) in SOURCES {
        // Scripts import each other by the names under which they are served.
        let text = assets.iter().fold((*text).to_owned(), |text, known| {
            let import = format!("\"./{}\"", known.name);
            text.replace(&import, &format!("\"./{}\"", known.served_name))
        });
        assets.push(Asset {
            name,
            served_name: served(name, &text),
            content_type: content_type(name),
            packed: packed::packed(text.as_bytes(), packed::Effort::Most),
            text,
        });
    }
    assets
});

/// The name under which a file is served.
pub(super) fn served_name(name: &str) -> &'static str {
    let mut assets = ASSETS.iter();
    let found = assets.find(|asset| asset.name == name);
    found.map_or("", |asset| &asset.served_name)
}

/// The names under which the scripts are served that the first one imports on every page, or one of those.
pub(super) fn imported_scripts() -> impl Iterator<Item = &'static str> {
    let scripts = ASSETS.iter().filter(|asset| asset.name.ends_with(".js"));
    let imported = scripts.filter(|asset| {
        asset.name != FIRST && asset.name != WORKER && !asset.name.starts_with(OF_CONSOLES)
    });
    imported.map(|asset| asset.served_name.as_str())
}

/// The names under which the scripts of the window over a console are served.
pub(super) fn console_scripts() -> impl Iterator<Item = &'static str> {
    let scripts = ASSETS.iter();
    let scripts = scripts.filter(|asset| asset.name.starts_with(OF_CONSOLES));
    scripts.map(|asset| asset.served_name.as_str())
}

/// The file that is served under a name.
pub(super) fn answer(served_name: &str, asked: &HeaderMap) -> Response {
    let mut assets = ASSETS.iter();
    let Some(asset) = assets.find(|asset| asset.served_name == served_name) else {
        return StatusCode::NOT_FOUND.into();
    };
    let response = Response::builder()
        .content_type(asset.content_type)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
        .header(header::VARY, "Accept-Encoding");
    match is_taken(asked) {
        true => response
            .header(header::CONTENT_ENCODING, packed::NAME)
            .body(asset.packed.as_slice()),
        false => response.body(asset.text.as_str()),
    }
}

fn served(name: &str, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    format!("{stem}-{}.{ending}", &digits[..DIGITS])
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_page_loads_is_small() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.packed.len()).sum();
        assert!(bytes < 60_000, "{bytes} bytes");
    }

    #[test]
    fn scripts_import_each_other_by_the_names_that_are_served() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js")) {
            let imports = [" from \"./", "import(\"./"];
            let imported = imports.map(|import| asset.text.split(import).skip(1));
            let imported = imported.into_iter().flatten();
            for name in imported.filter_map(|rest| rest.split('"').next()) {
                let is_served = ASSETS.iter().any(|other| other.served_name == name);
                assert!(is_served, "{} imports {name}", asset.name);
            }
        }
    }
}
