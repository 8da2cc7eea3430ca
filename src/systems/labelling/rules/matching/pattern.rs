//! Patterns: what is wrong with one, what it looks like folded, and where it matches.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{self, BuildError, Cache, Regex};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};
use regex_syntax::hir::Hir;

use super::allowance::Allowance;
use super::error::CompileError;
use super::literals;
use crate::systems::labelling::rules::folding::{Folding, han};

/// Enough for any pattern that a person writes; `\w{1000}` is more.
const PATTERN_BYTES_MAX: usize = 10 << 20;

/// A pattern that takes more than this is slow.
const LARGE_PATTERN_BYTES: usize = 1 << 20;

/// All patterns of a set together, counted like one of them. What is compiled from them takes about
/// three times as much.
pub(super) const PATTERNS_BYTES_MAX: usize = 128 << 20;

/// Each pattern of a group was measured alone.
const GROUP_BYTES_MAX: usize = 4 * PATTERNS_BYTES_MAX;

/// An automaton of more patterns has too many states to be kept.
const PATTERNS_PER_GROUP: usize = 64;

/// Building such a group takes less than a second.
const BYTES_PER_GROUP: usize = 4 << 20;

/// The states that are kept, per thread and pattern or group.
const KEPT_STATES_BYTES: usize = 2 << 20;

/// A pattern that is looked for alone. It is compiled when that happens for the first time.
pub(super) struct Pattern {
    folded: String,
    case_sensitive: bool,
    regex: OnceLock<Option<Regex>>,
}

/// Patterns without texts that they need: one search tells which of them may match.
pub(super) struct Group {
    together: Regex,
    /// Their numbers in the engine.
    pub patterns: Vec<u32>,
}

/// What is good to know about a pattern that compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternCost {
    /// Every match holds one of a few texts.
    pub has_literal: bool,
    pub has_unicode_boundary: bool,
    pub is_large: bool,
    /// What its automaton takes.
    pub bytes: usize,
}

impl Pattern {
    pub fn new(pattern: &str, folding: Folding) -> Self {
        Self {
            folded: folded(pattern, folding),
            case_sensitive: !folding.lower,
            regex: OnceLock::new(),
        }
    }

    /// Folded texts of which each match holds one; none if it is not valid, and so matches nowhere.
    pub fn required(&self) -> Option<Vec<String>> {
        match parse(&self.folded, self.case_sensitive) {
            Ok(hir) => literals::required(&hir, !self.case_sensitive),
            Err(_) => Some(Vec::new()),
        }
    }

    /// What its automaton takes.
    fn bytes(&self) -> usize {
        let hir = parse(&self.folded, self.case_sensitive).ok();
        hir.and_then(|hir| bytes_of(&hir))
            .unwrap_or(PATTERN_BYTES_MAX)
    }

    /// `None` only of a pattern that [`check`] has refused.
    pub fn regex(&self) -> Option<&Regex> {
        let build = || {
            build(
                &[&self.folded],
                self.case_sensitive,
                MatchKind::LeftmostFirst,
            )
            .ok()
        };
        self.regex.get_or_init(build).as_ref()
    }

    /// The first match at or behind `from`.
    pub fn find(
        &self,
        text: &str,
        from: usize,
        cache: &mut Option<Box<Cache>>,
    ) -> Option<Range<usize>> {
        let regex = self.regex()?;
        let cache = cache.get_or_insert_with(|| Box::new(regex.create_cache()));
        let input = Input::new(text).range(from..);
        regex.search_with(cache, &input).map(|found| found.range())
    }
}

impl Group {
    /// Groups of patterns, each with its number.
    pub fn compile(
        patterns: &[(u32, &Pattern)],
        allowance: &Allowance,
    ) -> Result<Vec<Self>, CompileError> {
        // The fast engine cannot do Unicode word boundaries once a text is not ASCII: such patterns
        // would slow down others.
        let (slow, fast): (Vec<_>, Vec<_>) = patterns
            .iter()
            .copied()
            .partition(|(_, pattern)| has_unicode_boundary(&pattern.folded));
        let mut groups: Vec<Self> = Vec::new();
        for patterns in [fast, slow] {
            for chunk in chunks(&patterns) {
                allowance.check_time()?;
                groups.push(Self::of_chunk(&chunk)?);
                allowance.check_memory(groups.iter().map(Self::heap_bytes).sum())?;
            }
        }
        Ok(groups)
    }

    fn of_chunk(chunk: &[(u32, &Pattern)]) -> Result<Self, CompileError> {
        let texts: Vec<&str> = chunk.iter().map(|(_, pattern)| &*pattern.folded).collect();
        let case_sensitive = chunk.iter().any(|(_, pattern)| pattern.case_sensitive);
        let together = build(&texts, case_sensitive, MatchKind::All);
        Ok(Self {
            together: together.map_err(|reason| CompileError::Patterns {
                patterns: chunk.len(),
                reason,
            })?,
            patterns: chunk.iter().map(|(number, _)| *number).collect(),
        })
    }

    /// Which of them match somewhere, by their place in the group.
    pub fn matching(&self, text: &str, cache: &mut Option<Box<Cache>>, found: &mut PatternSet) {
        let cache = cache.get_or_insert_with(|| Box::new(self.together.create_cache()));
        let input = Input::new(text);
        self.together
            .which_overlapping_matches_with(cache, &input, found);
    }

    pub fn heap_bytes(&self) -> usize {
        self.together.memory_usage()
    }
}

/// Few patterns at a time, and of large ones still fewer: building a group cannot be interrupted.
fn chunks<'p>(patterns: &[(u32, &'p Pattern)]) -> Vec<Vec<(u32, &'p Pattern)>> {
    let mut chunks: Vec<Vec<(u32, &Pattern)>> = Vec::new();
    let mut bytes = 0;
    for (number, pattern) in patterns {
        let of_pattern = pattern.bytes();
        match chunks.last_mut() {
            Some(chunk)
                if chunk.len() < PATTERNS_PER_GROUP && bytes + of_pattern <= BYTES_PER_GROUP =>
            {
                chunk.push((*number, pattern));
                bytes += of_pattern;
            }
            _ => {
                chunks.push(vec![(*number, pattern)]);
                bytes = of_pattern;
            }
        }
    }
    chunks
}

/// What is wrong with a pattern, or what it costs.
pub fn check(pattern: &str, folding: Folding) -> Result<PatternCost, String> {
    let folded = folded(pattern, folding);
    let hir = parse(&folded, !folding.lower)?;
    match hir.properties().minimum_len() {
        Some(0) => return Err("the pattern can match nothing".to_owned()),
        None => return Err("the pattern never matches".to_owned()),
        Some(_) => {}
    }
    let bytes = bytes_of(&hir).ok_or_else(|| {
        let most = PATTERN_BYTES_MAX >> 20;
        format!("the pattern takes more than {most} MiB")
    })?;
    Ok(PatternCost {
        has_literal: literals::required(&hir, folding.lower).is_some(),
        has_unicode_boundary: hir.properties().look_set().contains_word_unicode(),
        is_large: bytes > LARGE_PATTERN_BYTES,
        bytes,
    })
}

/// What the automaton of a pattern takes; `None`: too much.
fn bytes_of(hir: &Hir) -> Option<usize> {
    let config = thompson::Config::new()
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(PATTERN_BYTES_MAX));
    let compiler = thompson::Compiler::new().configure(config).clone();
    let nfa = compiler.build_from_hir(hir).ok()?;
    Some(nfa.memory_usage())
}

/// The pattern as it is compiled: its Chinese characters are the ones that texts have. Those at the
/// ends of a range are folded like any others.
fn folded(pattern: &str, folding: Folding) -> String {
    match folding.han {
        true => pattern.chars().map(han).collect(),
        false => pattern.to_owned(),
    }
}

fn parse(pattern: &str, case_sensitive: bool) -> Result<Hir, String> {
    syntax::parse_with(pattern, &syntax_config(case_sensitive))
        .map_err(|error| last_line(&error.to_string()))
}

fn has_unicode_boundary(pattern: &str) -> bool {
    parse(pattern, true).is_ok_and(|hir| hir.properties().look_set().contains_word_unicode())
}

fn build(patterns: &[&str], case_sensitive: bool, match_kind: MatchKind) -> Result<Regex, String> {
    // Groups only ask which of their patterns match, of which the lazy automaton knows.
    let is_group = match_kind == MatchKind::All;
    let config = meta::Config::new()
        .onepass(!is_group)
        .backtrack(!is_group)
        .dfa(!is_group)
        .match_kind(match_kind)
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(GROUP_BYTES_MAX))
        .hybrid_cache_capacity(KEPT_STATES_BYTES);
    Regex::builder()
        .configure(config)
        .syntax(syntax_config(case_sensitive))
        .build_many(patterns)
        .map_err(|cause| reason(&cause))
}

fn syntax_config(case_sensitive: bool) -> syntax::Config {
    syntax::Config::new().case_insensitive(!case_sensitive)
}

fn reason(cause: &BuildError) -> String {
    match (cause.size_limit(), cause.syntax_error()) {
        (Some(limit), _) => format!("together they need more than {limit} bytes"),
        (None, Some(error)) => last_line(&error.to_string()),
        (None, None) => last_line(&cause.to_string()),
    }
}

/// The parser draws the pattern over several lines; what is wrong comes last.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or(message);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
