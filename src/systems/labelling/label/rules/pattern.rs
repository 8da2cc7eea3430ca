//! Finds regular expressions, in linear time: a few automata for each label.
//!
//! Ignoring case is that of regular expressions (simple case folding: `ſ` matches `s`), not the
//! lower-casing of keywords. Of patterns only the characters that are not seen are dropped, if the set
//! asks for NFKC: write them in it otherwise. A text that is not in NFKC yet is copied for that, because the search needs
//! it in one piece.
//!
//! An automaton of many patterns only finds whether one of them matches. To find which and where it
//! would need memory for the offsets of all patterns in all states, which is gigabytes for a few
//! thousand. So the patterns of a group that matches are searched again, each alone, but only for
//! the few rows that get a label.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{self, BuildError, Regex};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::syntax;

use super::allowance::Allowance;
use super::compile::Hit;
use super::finding::RuleSetError;
use super::fold::Fold;
use super::segment::nfkc;
use super::set::{LabelRules, RowLabels, Rule, RuleSet};
use super::span::map_to_original;

/// Enough for any pattern that a person writes; `\w{1000}` is more.
const ONE_PATTERN_BYTES: usize = 10 << 20;

/// Enough for any group of patterns that people write.
const ONE_GROUP_BYTES: usize = 64 << 20;

/// The states of an automaton are built while it runs, and each holds the beginnings of all of its
/// patterns: with more patterns they are too many and too large to be kept, and searching becomes a
/// hundred times slower.
const PATTERNS_PER_GROUP: usize = 64;

/// The states that are kept, per thread and group.
const KEPT_STATES_BYTES: usize = 4 << 20;

/// A normalised text longer than this is not kept for the next row.
const KEPT_TEXT_BYTES: usize = 1 << 20;

/// The patterns of a set, ready to be found.
pub(super) struct Expressions {
    labels: Vec<Vec<Group>>,
    row_labels: RowLabels,
    fold: Fold,
}

/// Some patterns of a label.
struct Group {
    together: Regex,
    patterns: Vec<Alone>,
}

/// A pattern by itself, compiled when its group matches for the first time.
struct Alone {
    rule: u32,
    pattern: String,
    case_sensitive: bool,
    regex: OnceLock<Regex>,
}

/// What one thread needs to search.
pub(super) struct Searchers {
    /// The groups of each label. A clone shares the automaton; its working memory is its own.
    labels: Vec<Vec<Regex>>,
    normalised: String,
}

impl Expressions {
    pub fn compile(set: &RuleSet, allowance: &Allowance) -> Result<Self, RuleSetError> {
        let mut bytes = 0;
        let label = |label| compile_label(label, Fold::of(set), allowance, &mut bytes);
        // Case is decided by the expressions themselves.
        let fold = Fold {
            lower: false,
            ..Fold::of(set)
        };
        Ok(Self {
            labels: set.labels.iter().map(label).collect::<Result<_, _>>()?,
            row_labels: set.row_labels,
            fold,
        })
    }

    pub fn searchers(&self) -> Searchers {
        let clone = |group: &Group| group.together.clone();
        let clones = |groups: &Vec<Group>| groups.iter().map(clone).collect();
        Searchers {
            labels: self.labels.iter().map(clones).collect(),
            normalised: String::new(),
        }
    }

    /// Adds the leftmost hit of each matching label to `hits`, in the order of the set.
    pub fn find(&self, text: &str, searchers: &mut Searchers, hits: &mut Vec<Hit>) {
        let fold = self.fold.needed_for(text);
        if !fold.nfkc {
            return self.find_in(text, &searchers.labels, hits);
        }
        searchers.normalised.clear();
        searchers.normalised.extend(nfkc(text));
        self.find_in(&searchers.normalised, &searchers.labels, hits);
        if !hits.is_empty() {
            map_to_original(text, fold, hits);
        }
        if searchers.normalised.capacity() > KEPT_TEXT_BYTES {
            searchers.normalised = String::new();
        }
    }

    fn find_in(&self, text: &str, searchers: &[Vec<Regex>], hits: &mut Vec<Hit>) {
        for (label, (groups, searchers)) in self.labels.iter().zip(searchers).enumerate() {
            let groups = groups.iter().zip(searchers);
            let matching = groups.filter(|(_, searcher)| searcher.is_match(text));
            let found = matching.filter_map(|(group, _)| group.find(text));
            let Some((rule, span)) = found.min_by_key(|(rule, span)| (span.start, *rule)) else {
                continue;
            };
            hits.push(Hit {
                label: label as u16,
                rule,
                start: span.start,
                end: span.end,
            });
            if self.row_labels == RowLabels::First {
                return;
            }
        }
    }
}

impl Group {
    /// The rule that matches leftmost, and where.
    fn find(&self, text: &str) -> Option<(u32, Range<usize>)> {
        let find = |alone: &Alone| Some((alone.rule, alone.regex().find(text)?.range()));
        let found = self.patterns.iter().filter_map(find);
        found.min_by_key(|(rule, span)| (span.start, *rule))
    }
}

impl Alone {
    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let config = meta::Config::new()
                .which_captures(WhichCaptures::Implicit)
                .nfa_size_limit(None);
            build(&[&self.pattern], config, self.case_sensitive)
                .expect("it compiled together with others")
        })
    }
}

/// Returns why a pattern does not compile, or a warning that it matches everything.
pub(super) fn check(pattern: &str, case_sensitive: bool) -> Result<Option<String>, String> {
    let hir = syntax::parse_with(pattern, &syntax_config(case_sensitive))
        .map_err(|error| format!("pattern {pattern:?}: {}", last_line(&error.to_string())))?;
    let config = thompson::Config::new().nfa_size_limit(Some(ONE_PATTERN_BYTES));
    thompson::Compiler::new()
        .configure(config)
        .build_from_hir(&hir)
        .map_err(|error| format!("pattern {pattern:?} is too large: {error}"))?;
    let properties = hir.properties();
    let matches_everything =
        properties.minimum_len() == Some(0) && properties.look_set().is_empty();
    Ok(matches_everything
        .then(|| format!("pattern {pattern:?} matches the empty text, so it matches every row")))
}

/// `bytes` is what the labels before have taken.
fn compile_label(
    label: &LabelRules,
    fold: Fold,
    allowance: &Allowance,
    bytes: &mut usize,
) -> Result<Vec<Group>, RuleSetError> {
    let case_sensitive = fold.case_sensitive();
    let (fast, slow): (Vec<_>, Vec<_>) = patterns(&label.rules, fold)?
        .into_iter()
        .partition(|alone| !needs_slow_engine(&alone.pattern));
    let groups = chunked(fast).chain(chunked(slow));
    let compile = |patterns| {
        allowance.check_time()?;
        let group = Group::compile(patterns, case_sensitive);
        let group = group.map_err(|reason| RuleSetError::Patterns {
            label: label.name.clone(),
            patterns: label.rules.len(),
            reason,
        })?;
        *bytes += group.together.memory_usage();
        allowance.check_memory(*bytes)?;
        Ok(group)
    };
    groups.map(compile).collect()
}

impl Group {
    fn compile(patterns: Vec<Alone>, case_sensitive: bool) -> Result<Self, String> {
        let texts: Vec<&str> = patterns.iter().map(|alone| &*alone.pattern).collect();
        let config = meta::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(ONE_GROUP_BYTES))
            .hybrid_cache_capacity(KEPT_STATES_BYTES);
        let together = build(&texts, config, case_sensitive)?;
        Ok(Self { together, patterns })
    }
}

fn build(patterns: &[&str], config: meta::Config, case_sensitive: bool) -> Result<Regex, String> {
    Regex::builder()
        .configure(config)
        .syntax(syntax_config(case_sensitive))
        .build_many(patterns)
        .map_err(|cause| reason(&cause))
}

/// The fast engine cannot do Unicode word boundaries once a text is not ASCII. Patterns that have
/// them get groups of their own, so that they do not slow down others.
fn needs_slow_engine(pattern: &str) -> bool {
    let hir = syntax::parse_with(pattern, &syntax_config(true));
    hir.is_ok_and(|hir| hir.properties().look_set().contains_word_unicode())
}

fn chunked(patterns: Vec<Alone>) -> impl Iterator<Item = Vec<Alone>> {
    let mut rest = patterns.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<_> = rest.by_ref().take(PATTERNS_PER_GROUP).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

fn syntax_config(case_sensitive: bool) -> syntax::Config {
    syntax::Config::new().case_insensitive(!case_sensitive)
}

fn patterns(rules: &[Rule], fold: Fold) -> Result<Vec<Alone>, RuleSetError> {
    let alone = |(rule, given): (usize, &Rule)| match given {
        Rule::Pattern(pattern) => Ok(Alone {
            rule: rule as u32,
            pattern: fold.pattern(pattern).into_owned(),
            case_sensitive: fold.case_sensitive(),
            regex: OnceLock::new(),
        }),
        Rule::Keyword(text, _) => Err(RuleSetError::Stored {
            reason: format!("{text:?} is not a pattern"),
        }),
    };
    rules.iter().enumerate().map(alone).collect()
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
