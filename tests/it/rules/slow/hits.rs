//! All hits of a term and of NEAR in one text, by trying every place.

use regex_automata::meta::Regex;
use regex_automata::util::syntax::Config;

use super::folding::{Letter, Text, han};
use super::properties::{is_word_of_its_own, joins};
use super::{Edges, Folding, Kind, Set, Tree};

/// Letters: the first, and behind the last.
pub type Hit = (usize, usize);

/// How many hits of an operand of NEAR count.
const COUNTED: usize = 1_000;

/// Hits of a term, of OR or of NEAR, without doubles, ordered by start, then the longest.
pub fn hits(tree: &Tree, text: &Text, set: &Set) -> Vec<Hit> {
    let mut all = match &tree.kind {
        Kind::Keyword {
            text: keyword,
            edges,
            raw,
        } => keyword_hits(keyword, *edges, *raw, text, set.folding),
        Kind::Pattern(pattern) => pattern_hits(pattern, text, set.folding),
        Kind::List(name) => {
            let (_, terms) = set
                .lists
                .iter()
                .find(|(list, _)| list == name)
                .expect("the list is known");
            terms
                .iter()
                .flat_map(|term| hits(term, text, set))
                .collect()
        }
        Kind::Or(operands) => operands
            .iter()
            .flat_map(|operand| hits(operand, text, set))
            .collect(),
        Kind::Near {
            left,
            right,
            distance,
            characters,
            ordered,
        } => {
            let mut left = hits(left, text, set);
            let mut right = hits(right, text, set);
            left.truncate(COUNTED);
            right.truncate(COUNTED);
            near_hits(
                &left,
                &right,
                |start, end| {
                    let gap = if *characters {
                        end - start
                    } else {
                        words_within(&text.letters, start, end)
                    };
                    gap <= *distance
                },
                *ordered,
            )
        }
        other => panic!("not something with hits: {other:?}"),
    };
    all.sort_by_key(|(start, end)| (*start, usize::MAX - end));
    all.dedup();
    all
}

fn keyword_hits(keyword: &str, edges: Edges, raw: bool, text: &Text, folding: Folding) -> Vec<Hit> {
    let wanted: Vec<char> = Text::fold(keyword, folding)
        .letters
        .iter()
        .map(|letter| letter.folded)
        .collect();
    let letters = &text.letters;
    let mut found = Vec::new();
    for start in 0..letters.len() {
        let end = start + wanted.len();
        if end > letters.len() {
            break;
        }
        let is_there = (0..wanted.len()).all(|i| letters[start + i].folded == wanted[i]);
        let stands_right = match edges {
            Edges::Partially => true,
            Edges::Start => start == 0,
            Edges::End => end == letters.len(),
            Edges::Absolutely => start == 0 && end == letters.len(),
            Edges::Word => !is_within_word(letters, start) && !is_within_word(letters, end),
        };
        let is_as_written = !raw || {
            let (from, to) = text.span(start, end);
            text.original[from..to] == *keyword
        };
        if is_there && stands_right && is_as_written {
            found.push((start, end));
        }
    }
    found
}

/// Whether an edge lies between two joining characters.
fn is_within_word(letters: &[Letter], edge: usize) -> bool {
    edge > 0
        && edge < letters.len()
        && joins(letters[edge - 1].folded)
        && joins(letters[edge].folded)
}

/// A pattern as it is compiled; `None`: it is not valid.
pub fn compiled(pattern: &str, folding: Folding) -> Option<Regex> {
    let pattern: String = if folding.han {
        pattern.chars().map(han).collect()
    } else {
        pattern.to_owned()
    };
    let syntax = Config::new().case_insensitive(!folding.case_sensitive);
    Regex::builder().syntax(syntax).build(&pattern).ok()
}

fn pattern_hits(pattern: &str, text: &Text, folding: Folding) -> Vec<Hit> {
    let regex = compiled(pattern, folding).expect("the pattern was checked");
    let seen: String = text.letters.iter().map(|letter| letter.cased).collect();
    let letters_before = |byte: usize| seen[..byte].chars().count();
    regex
        .find_iter(&seen)
        .map(|found| (letters_before(found.start()), letters_before(found.end())))
        .collect()
}

/// For each left hit the nearest right one behind it and, unless ordered, before it, if what
/// lies between them is small enough.
fn near_hits(
    left: &[Hit],
    right: &[Hit],
    is_near: impl Fn(usize, usize) -> bool,
    ordered: bool,
) -> Vec<Hit> {
    let mut found = Vec::new();
    for (start, end) in left {
        let behind = right
            .iter()
            .filter(|hit| hit.0 >= *end)
            .min_by_key(|hit| (hit.0, usize::MAX - hit.1));
        if let Some(behind) = behind
            && is_near(*end, behind.0)
        {
            found.push((*start, behind.1));
        }
        let before = right
            .iter()
            .filter(|hit| hit.1 <= *start)
            .max_by_key(|hit| (hit.1, usize::MAX - hit.0));
        if let Some(before) = before
            && !ordered
            && is_near(before.1, *start)
        {
            found.push((before.0, *end));
        }
    }
    found
}

/// How many words lie between two letters; one of which only a part does is none.
fn words_within(letters: &[Letter], start: usize, end: usize) -> usize {
    words(letters)
        .iter()
        .filter(|(first, behind)| *first >= start && *behind <= end)
        .count()
}

fn words(letters: &[Letter]) -> Vec<Hit> {
    let mut words = Vec::new();
    let mut position = 0;
    while position < letters.len() {
        let run = letters[position..]
            .iter()
            .take_while(|letter| joins(letter.folded))
            .count();
        if run > 0 {
            words.push((position, position + run));
            position += run;
        } else {
            if is_word_of_its_own(letters[position].folded) {
                words.push((position, position + 1));
            }
            position += 1;
        }
    }
    words
}
