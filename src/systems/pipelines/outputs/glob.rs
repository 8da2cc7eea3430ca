//! Patterns of paths: `*`, `?`, `[…]` and, as a whole part, `**`.
//!
//! As in a shell, none of them matches a name that begins with a dot, and `*` does not pass a
//! `/`: temporaries beside the files are never counted.

use glob::{MatchOptions, Pattern};

pub(super) const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// A text in which nothing stands for something else.
pub(crate) fn escaped(text: &str) -> String {
    Pattern::escape(text)
}

#[derive(Clone, Debug)]
pub(crate) struct Glob {
    /// The directory that all matches lie in, relative to the project and empty for its own.
    folder: String,
    /// What has to match below it.
    below: Below,
}

/// Patterns of paths below a directory.
#[derive(Clone, Debug)]
pub(super) struct Below {
    /// Joined by `/`.
    pub whole: Pattern,
    /// A pattern for each part; `None`: parts of any number are among them.
    pub parts: Option<Vec<Part>>,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Fixed(String),
    Pattern(Pattern),
}

impl Glob {
    /// An error says what is wrong.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        if written.contains('\0') {
            return Err("a path holds no NUL".to_owned());
        }
        if written.starts_with('/') {
            return Err("expected a pattern relative to the project".to_owned());
        }
        let parts: Vec<&str> = written
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        if parts.contains(&"..") {
            return Err("expected a pattern without `..`".to_owned());
        }
        let fixed = parts.iter().map_while(|part| fixed(part));
        // The last part is looked for, even if it is fixed.
        let fixed: Vec<String> = fixed.take(parts.len().saturating_sub(1)).collect();
        let below = Below::parse(&parts[fixed.len()..])?;
        let folder = fixed.join("/");
        Ok(Self { folder, below })
    }

    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    pub(super) fn below(&self) -> &Below {
        &self.below
    }
}

impl Below {
    fn parse(parts: &[&str]) -> Result<Self, String> {
        if parts.is_empty() {
            return Err("expected a pattern such as `data/*.csv`".to_owned());
        }
        let pattern = |text: &str| {
            Pattern::new(text).map_err(|error| format!("invalid pattern: {}", error.msg))
        };
        let whole = pattern(&parts.join("/"))?;
        let each = || {
            let parts = parts.iter().map(|part| match fixed(part) {
                Some(name) => Ok(Part::Fixed(name)),
                None => Ok(Part::Pattern(pattern(part)?)),
            });
            parts.collect::<Result<_, String>>()
        };
        let parts = match parts.contains(&"**") {
            true => None,
            false => Some(each()?),
        };
        Ok(Self { whole, parts })
    }
}

/// The name that a part without special characters stands for.
fn fixed(part: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = part.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '*' | '?' => return None,
            // A set of one, as `escaped` writes it.
            '[' => {
                let set = rest.as_str();
                let mut set_letters = set.chars();
                match (set_letters.next(), set_letters.next()) {
                    (Some(only), Some(']')) if only != '!' => name.push(only),
                    _ => return None,
                }
                rest = set_letters;
            }
            letter => name.push(letter),
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_directories_are_fixed() {
        let glob = Glob::parse(&format!("d/{}/*.csv", escaped("a*[b]?"))).unwrap();
        assert_eq!(glob.folder(), "d/a*[b]?");
        assert_eq!(Glob::parse("d/[ab]/*.csv").unwrap().folder(), "d");
        assert_eq!(Glob::parse("*.csv").unwrap().folder(), "");
    }

    #[test]
    fn faults_are_named() {
        for (glob, expected) in [
            ("../*.csv", "without `..`"),
            ("/data/*.csv", "relative to the project"),
            ("a**b/*.csv", "recursive wildcards"),
            ("a/[b", "invalid range"),
            ("", "such as `data/*.csv`"),
            ("a\0*", "NUL"),
        ] {
            let error = Glob::parse(glob).unwrap_err();
            assert!(error.contains(expected), "{glob:?}: {error}");
        }
    }
}
