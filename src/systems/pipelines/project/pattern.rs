//! Regular expressions of a file, within bounds of time and memory.

use std::collections::HashMap;

use regex_automata::meta::Regex;

use super::fault::quoted;
use crate::systems::pipelines::values::whole_pattern;

/// Different expressions of one file: each takes milliseconds to build.
const PATTERNS_MAX: usize = 200;

/// The expressions that a file has used so far.
#[derive(Default)]
pub(super) struct Patterns {
    built: HashMap<String, Result<Regex, String>>,
}

impl Patterns {
    /// An expression that the whole of a text has to match.
    pub fn whole(&mut self, text: &str) -> Result<Regex, String> {
        if let Some(built) = self.built.get(text) {
            return built.clone();
        }
        if self.built.len() >= PATTERNS_MAX {
            return Err(format!(
                "expected at most {PATTERNS_MAX} different expressions in a file"
            ));
        }
        let built = whole_pattern(text).map_err(|error| {
            // The lines before the last one draw the expression.
            let reason = error.lines().last().unwrap_or_default();
            let reason = reason.trim_start_matches("error: ");
            format!("invalid expression {}: {reason}", quoted(text))
        });
        self.built.insert(text.to_owned(), built.clone());
        built
    }
}
