//! Whether files have comments: they are not part of a set, and are lost when it is written anew.

use std::fs;
use std::path::Path;

use crate::systems::labelling::rules::forms::Form;

/// Whether there are comments in a file of YAML or TSV, or in the files of a directory.
pub(super) fn are_in(path: &Path) -> bool {
    if path.is_dir() {
        let folders = [path.to_owned(), path.join("labels")];
        let entries = folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok());
        let mut files = entries.flatten().flatten().map(|entry| entry.path());
        return files.any(|file| file.is_file() && are_in(&file));
    }
    let is_yaml = Form::of_path(path) == Some(Form::Yaml);
    let is_tsv = path.extension().is_some_and(|extension| extension == "tsv");
    if !is_yaml && !is_tsv {
        return false;
    }
    // What cannot be read was reported when the rules were.
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    lines.any(|line| match is_yaml {
        true => has_comment(line),
        false => line.starts_with('#'),
    })
}

/// Whether a `#` outside of quotes begins a comment.
fn has_comment(line: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for character in line.chars() {
        match quote {
            Some(open) if character == open && before != '\\' => quote = None,
            Some(_) => {}
            None if character == '#' && before.is_whitespace() => return true,
            // Inside a word it is an apostrophe.
            None if matches!(character, '"' | '\'')
                && (before.is_whitespace() || "[{,:".contains(before)) =>
            {
                quote = Some(character);
            }
            None => {}
        }
        before = character;
    }
    false
}
