//! On which line of a YAML file each key stands, so that faults can name it.

/// Keys with dots and their lines (from 1), for block style; keys inside `{…}` are not seen
/// and take the line of the key that holds them.
#[derive(Debug, Default)]
pub(super) struct KeyLines(Vec<(String, usize)>);

impl KeyLines {
    pub(super) fn of(text: &str) -> Self {
        let mut lines = Vec::new();
        // The keys that enclose the line at hand, with their indentation.
        let mut path: Vec<(usize, &str)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let content = line.trim_start();
            let Some((key, _)) = content.split_once(':') else {
                continue;
            };
            if content.starts_with(['#', '-', '{', '[']) {
                continue;
            }
            let indentation = line.len() - content.len();
            path.retain(|(outer, _)| *outer < indentation);
            path.push((indentation, key.trim_matches(['"', '\''])));
            let keys: Vec<&str> = path.iter().map(|(_, key)| *key).collect();
            lines.push((keys.join("."), index + 1));
        }
        Self(lines)
    }

    pub(super) fn find_exactly(&self, key: &str) -> Option<usize> {
        let known = self.0.iter().find(|(known, _)| known == key);
        known.map(|(_, line)| *line)
    }

    /// The line of the key or of the nearest key that holds it.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.find_exactly(key) {
                return Some(line);
            }
            key = key.rsplit_once('.')?.0;
        }
    }
}

/// The text without the entry that begins on this line: it and what is indented below it
/// become empty lines, so that the lines of all others stay the same.
pub(super) fn without_entry(text: &str, line: usize) -> String {
    let mut inside: Option<usize> = None;
    let mut kept = String::with_capacity(text.len());
    for (index, content) in text.lines().enumerate() {
        let indentation = content.len() - content.trim_start().len();
        if index + 1 == line {
            inside = Some(indentation);
        } else if inside.is_some_and(|outer| indentation <= outer && !content.trim().is_empty()) {
            inside = None;
        }
        if inside.is_none() {
            kept.push_str(content);
        }
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# top\nserver:\n  bind: x # why\n  deep:\n    er: {a: 1}\nlog:\n  level: y\n";

    #[test]
    fn each_key_is_found_on_its_line() {
        let lines = KeyLines::of(TEXT);
        for (key, line) in [
            ("server", Some(2)),
            ("server.bind", Some(3)),
            ("server.deep.er", Some(5)),
            ("server.deep.er.a", Some(5)),
            ("server.gone", Some(2)),
            ("log.level", Some(7)),
            ("gone", None),
        ] {
            assert_eq!(lines.find(key), line, "{key}");
        }
    }

    #[test]
    fn an_entry_is_taken_out_with_what_is_below_it() {
        assert_eq!(
            without_entry(TEXT, 4),
            "# top\nserver:\n  bind: x # why\n\n\nlog:\n  level: y\n"
        );
    }
}
