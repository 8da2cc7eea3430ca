//! What every user of SQLite here must agree on: which file a URL names, and whether it could be made or
//! written.

mod making;
mod using;

use std::path::PathBuf;

pub(crate) use making::why_it_cannot_be_made;
pub(crate) use using::why_it_cannot_be_used;

/// The file in `sqlite://PATH` or `sqlite:PATH`; a path that starts with `/` is absolute.
/// Of options behind a `?` only those are known that say what is done anyway; see
/// [`check_url`](crate::database_url::check_url). `None` for any other URL.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    (!path.trim_start_matches('/').is_empty()).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file() {
        for (url, file) in [
            ("sqlite://data/a.db", Some("data/a.db")),
            ("sqlite:///data/a.db", Some("/data/a.db")),
            ("sqlite:a.db?mode=rwc", Some("a.db")),
            ("sqlite://", None),
            ("sqlite:", None),
            ("mysql://host/a", None),
            ("a.db", None),
        ] {
            assert_eq!(file_of(url), file.map(PathBuf::from), "{url}");
        }
    }
}
