//! Texts as scalars of YAML.

/// A text, in quotes if it could mean something else without.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    // Texts of JSON are texts of YAML.
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 6] = ["true", "false", "null", "yes", "no", "~"];
    let mut characters = text.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '-');
    begins && characters.all(is_safe) && !WORDS.contains(&text.to_lowercase().as_str())
}
