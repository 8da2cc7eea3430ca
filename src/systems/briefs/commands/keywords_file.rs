//! Keywords of a file, one a line.

use std::path::Path;

use crate::small_file;

/// Blank lines, and those that begin with `#`, are passed over.
pub(super) fn read(path: &Path) -> Result<Vec<String>, String> {
    let text =
        small_file::read_text(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let keywords = keywords_of(&text);
    match keywords.is_empty() {
        true => Err(format!("{}: expected a keyword a line", path.display())),
        false => Ok(keywords),
    }
}

fn keywords_of(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_stands_on_a_line_of_its_own() {
        let keywords = keywords_of("\u{feff}# sun\r\n防晒霜, 面膜\n\n 防晒 -广告 \n");
        assert_eq!(keywords, ["防晒霜, 面膜", "防晒 -广告"]);
    }
}
