//! What is looked for.

use std::ops::Range;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use regex_automata::Input;
use regex_automata::meta::{self, BuildError, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::Hir;

use super::error_lines::ErrorLines;
use super::in_line::{within_lines, without_word_boundaries};

/// Longer ones are not written by people.
const PATTERN_BYTES_MAX: usize = 4_096;

/// Enough for `\w{100}`. The slowest automaton needs time in proportion to it for each byte.
const AUTOMATON_BYTES_MAX: usize = 2 << 20;

/// States that are built while an expression runs.
const KEPT_STATES_BYTES: usize = 8 << 20;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("expected a text")]
    Empty,
    #[error("expected at most {PATTERN_BYTES_MAX} bytes, found {0}")]
    TooLong(usize),
    #[error("invalid expression: {0}")]
    Syntax(String),
    #[error("the expression is too large, expected shorter repetitions")]
    TooLarge,
    #[error("nothing within a line can match; lines are searched one by one")]
    Newline,
}

#[derive(Debug)]
pub(crate) struct Pattern(Kind);

#[derive(Debug)]
enum Kind {
    Text(Box<Finder<'static>>),
    Expression(Expression),
    Errors(&'static ErrorLines),
}

#[derive(Debug)]
struct Expression {
    /// Finds at least every line that matches.
    candidates: Option<Regex>,
    exact: Regex,
}

impl Pattern {
    /// Lines that contain this text. Ignoring case is that of expressions.
    pub(crate) fn text(text: &str, ignores_case: bool) -> Result<Self, PatternError> {
        check_length(text)?;
        if text.contains('\n') {
            return Err(PatternError::Newline);
        }
        if ignores_case {
            return Self::expression(&regex_syntax::escape(text), true);
        }
        let finder = Finder::new(text.as_bytes()).into_owned();
        Ok(Self(Kind::Text(Box::new(finder))))
    }

    /// Lines in which this expression matches.
    pub(crate) fn regex(expression: &str, ignores_case: bool) -> Result<Self, PatternError> {
        check_length(expression)?;
        Self::expression(expression, ignores_case)
    }

    /// Lines that say that something failed.
    pub(crate) fn errors() -> Self {
        Self(Kind::Errors(ErrorLines::all()))
    }

    pub(super) fn is_of_errors(&self) -> bool {
        matches!(self.0, Kind::Errors(_))
    }

    fn expression(text: &str, ignores_case: bool) -> Result<Self, PatternError> {
        let config = syntax::Config::new()
            .case_insensitive(ignores_case)
            .multi_line(true)
            .utf8(false);
        let parsed = syntax::parse_with(text, &config)
            .map_err(|error| PatternError::Syntax(last_line(&error.to_string())))?;
        let exact = within_lines(parsed).ok_or(PatternError::Newline)?;
        let candidates = without_word_boundaries(&exact);
        Ok(Self(Kind::Expression(Expression {
            candidates: candidates.map(|relaxed| build(&relaxed)).transpose()?,
            exact: build(&exact)?,
        })))
    }

    /// The first line that matches at or behind `from`, where a line begins. `text` ends with a line, but not with
    /// its newline.
    pub(super) fn next_line(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.0 {
            Kind::Text(finder) => {
                let hit = from + finder.find(&text[from..])?;
                Some(line_around(text, from, hit..hit + finder.needle().len()))
            }
            Kind::Expression(expression) => expression.next_line(text, from),
            Kind::Errors(errors) => errors.next_line(text, from),
        }
    }

    /// Where it matches first in this part of a line. What stands around the part counts for word
    /// boundaries and such.
    pub(super) fn locate(&self, text: &[u8], part: Range<usize>) -> Option<Range<usize>> {
        match &self.0 {
            Kind::Text(finder) => {
                let hit = part.start + finder.find(&text[part])?;
                Some(hit..hit + finder.needle().len())
            }
            Kind::Expression(expression) => {
                let input = Input::new(text).range(part);
                Some(expression.exact.find(input)?.range())
            }
            Kind::Errors(errors) => errors.locate(text, part),
        }
    }
}

impl Expression {
    fn next_line(&self, text: &[u8], mut from: usize) -> Option<Range<usize>> {
        let automaton = self.candidates.as_ref().unwrap_or(&self.exact);
        while from <= text.len() {
            let input = Input::new(text).range(from..).earliest(true);
            let end = automaton.search_half(&input)?.offset();
            let line = line_around(text, from, end..end);
            let input = || Input::new(text).range(line.clone()).earliest(true);
            if self.candidates.is_none() || self.exact.search_half(&input()).is_some() {
                return Some(line);
            }
            from = line.end + 1;
        }
        None
    }
}

/// The line in which something is; `from` is where it or a line before it begins.
pub(super) fn line_around(text: &[u8], from: usize, hit: Range<usize>) -> Range<usize> {
    let start = memrchr(b'\n', &text[from..hit.start]);
    let end = memchr(b'\n', &text[hit.end..]);
    start.map_or(from, |newline| from + newline + 1)
        ..end.map_or(text.len(), |newline| hit.end + newline)
}

fn check_length(text: &str) -> Result<(), PatternError> {
    match text.len() {
        0 => Err(PatternError::Empty),
        1..=PATTERN_BYTES_MAX => Ok(()),
        bytes => Err(PatternError::TooLong(bytes)),
    }
}

fn build(expression: &Hir) -> Result<Regex, PatternError> {
    let config = meta::Config::new()
        .which_captures(WhichCaptures::Implicit)
        .utf8_empty(false)
        .nfa_size_limit(Some(AUTOMATON_BYTES_MAX))
        .hybrid_cache_capacity(KEPT_STATES_BYTES);
    let built = Regex::builder()
        .configure(config)
        .build_from_hir(expression);
    built.map_err(|error: BuildError| match error.size_limit() {
        Some(_) => PatternError::TooLarge,
        None => PatternError::Syntax(last_line(&error.to_string())),
    })
}

/// The parser draws an expression over several lines; what is wrong comes last.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or(message);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
