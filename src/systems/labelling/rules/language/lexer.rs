//! Splits an expression into brackets, commas, operators and terms.
//!
//! Tokens are made one at a time: a text of megabytes that is full of faults takes no more memory
//! than one that is not.

use super::fault::{Fault, FaultCode, shown};
use crate::systems::labelling::rules::set::Unit;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub kind: TokenKind<'t>,
    /// Characters, from 1.
    pub column: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'t> {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    /// `OF`; the number before it is a bare text.
    Of,
    /// `NEAR/5cf`.
    Near(Distance),
    Bare(&'t str),
    Quoted(String),
    Pattern(String),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Distance {
    pub distance: u32,
    pub unit: Unit,
    pub ordered: bool,
}

pub(super) const DISTANCE_MAX: u32 = 100;

/// What typists who write Chinese put instead of an ASCII sign.
const WIDE_SIGNS: [(char, &str); 16] = [
    ('（', "("),
    ('）', ")"),
    ('［', "["),
    ('］', "]"),
    ('｛', "{"),
    ('｝', "}"),
    ('＇', "'"),
    ('＂', "\""),
    ('“', "\""),
    ('”', "\""),
    ('「', "\""),
    ('」', "\""),
    ('『', "\""),
    ('』', "\""),
    ('，', ","),
    ('：', ":"),
];

/// More faults of one expression help nobody.
pub(super) const FAULTS_MAX: usize = 1_000;

#[derive(Clone)]
pub(super) struct Lexer<'t> {
    rest: &'t str,
    column: u32,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            column: 1,
        }
    }

    /// What is left is not read.
    pub fn stop(&mut self) {
        self.rest = "";
    }

    pub fn next(&mut self, faults: &mut Vec<Fault>) -> Token<'t> {
        let before = self.rest.len();
        let text = self.rest.trim_start_matches(char::is_whitespace);
        self.take(before - text.len());
        let column = self.column;
        let kind = match self.rest.chars().next() {
            None => TokenKind::End,
            Some('(') => self.sign(TokenKind::Open),
            Some(')') => self.sign(TokenKind::Close),
            Some(',') => self.sign(TokenKind::Comma),
            Some('"') => TokenKind::Quoted(self.quoted(faults)),
            Some('/') => TokenKind::Pattern(self.pattern(faults)),
            Some(_) => self.bare(faults),
        };
        Token { kind, column }
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.column = self.column.saturating_add(taken.chars().count() as u32);
        taken
    }

    fn sign(&mut self, kind: TokenKind<'t>) -> TokenKind<'t> {
        self.take(1);
        kind
    }

    fn quoted(&mut self, faults: &mut Vec<Fault>) -> String {
        let start = self.column;
        self.take(1);
        let mut text = String::new();
        loop {
            let ordinary = self.rest.find(['"', '\\']).unwrap_or(self.rest.len());
            text.push_str(self.take(ordinary));
            let column = self.column;
            let mut signs = self.rest.chars();
            match (signs.next(), signs.next()) {
                (Some('"'), _) => {
                    self.take(1);
                    return text;
                }
                (Some(_), Some(escaped)) => {
                    match escaped {
                        '"' | '\\' => text.push(escaped),
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        other if faults.len() < FAULTS_MAX => faults.push(Fault::new(
                            FaultCode::E01,
                            column,
                            format!("unknown escape \\{other}"),
                            "in quotes there are \\\" \\\\ \\n \\t",
                        )),
                        _ => {}
                    }
                    self.take(1 + escaped.len_utf8());
                }
                (_, None) => {
                    self.stop();
                    faults.push(Fault::new(
                        FaultCode::E01,
                        start,
                        "the quote is not closed",
                        "write \" behind the text",
                    ));
                    return text;
                }
                (None, Some(_)) => unreachable!("nothing follows the end"),
            }
        }
    }

    /// A backslash keeps its meaning for the pattern, except before a slash.
    fn pattern(&mut self, faults: &mut Vec<Fault>) -> String {
        let start = self.column;
        self.take(1);
        let mut pattern = String::new();
        loop {
            let ordinary = self.rest.find(['/', '\\']).unwrap_or(self.rest.len());
            pattern.push_str(self.take(ordinary));
            let mut signs = self.rest.chars();
            match (signs.next(), signs.next()) {
                (Some('/'), _) => {
                    self.take(1);
                    return pattern;
                }
                (Some(_), Some(escaped)) => {
                    if escaped != '/' {
                        pattern.push('\\');
                    }
                    pattern.push(escaped);
                    self.take(1 + escaped.len_utf8());
                }
                _ => {
                    self.stop();
                    faults.push(Fault::new(
                        FaultCode::E01,
                        start,
                        "the pattern is not closed",
                        "write / behind the pattern; a text that holds / needs quotes",
                    ));
                    return pattern;
                }
            }
        }
    }

    fn bare(&mut self, faults: &mut Vec<Fault>) -> TokenKind<'t> {
        let column = self.column;
        let text = self.take(bare_len(self.rest));
        match text {
            "AND" => TokenKind::And,
            "OR" => TokenKind::Or,
            "NOT" => TokenKind::Not,
            "OF" => TokenKind::Of,
            "NEAR" => TokenKind::Near(self.distance(column, faults)),
            _ => {
                check_bare(text, column, faults);
                TokenKind::Bare(text)
            }
        }
    }

    /// Behind `NEAR`.
    fn distance(&mut self, column: u32, faults: &mut Vec<Fault>) -> Distance {
        let mut written = "";
        if self.rest.starts_with('/') {
            self.take(1);
            written = self.take(bare_len(self.rest));
        }
        let digits = written.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &written[..written.len() - digits.len()];
        let (unit, ordered) = match digits {
            "" => (Unit::Words, false),
            "f" => (Unit::Words, true),
            "c" => (Unit::Characters, false),
            "cf" => (Unit::Characters, true),
            _ => (Unit::Words, false),
        };
        let is_known = matches!(digits, "" | "f" | "c" | "cf") && !number.is_empty();
        let distance = number.parse().unwrap_or(u32::MAX);
        if !is_known {
            faults.push(Fault::new(
                FaultCode::E01,
                column,
                format!(
                    "NEAR has no distance in {:?}",
                    shown(&format!("NEAR/{written}"))
                ),
                "write NEAR/5 for at most 5 words between, NEAR/5c for characters, NEAR/5f or \
                 NEAR/5cf for this order",
            ));
        } else if distance > DISTANCE_MAX {
            faults.push(Fault::new(
                FaultCode::E08,
                column,
                format!("NEAR/{} is more than {DISTANCE_MAX}", shown(number)),
                format!("write at most NEAR/{DISTANCE_MAX}, or AND"),
            ));
        }
        Distance {
            distance,
            unit,
            ordered,
        }
    }
}

/// Whether a text is kept for the language.
pub(super) fn is_operator(text: &str) -> bool {
    matches!(text, "AND" | "OR" | "NOT" | "OF" | "NEAR")
}

/// Whether a bare text ends before `c`.
pub(super) fn ends_bare(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '/')
}

/// Whether no bare text holds `c`.
pub(super) fn is_never_bare(c: char) -> bool {
    ends_bare(c) || matches!(c, '*' | ':') || WIDE_SIGNS.iter().any(|(wide, _)| *wide == c)
}

fn bare_len(text: &str) -> usize {
    text.find(ends_bare).unwrap_or(text.len())
}

fn check_bare(text: &str, column: u32, faults: &mut Vec<Fault>) {
    let before = faults.len();
    for (offset, c) in text.chars().enumerate() {
        if faults.len() - before > FAULTS_MAX {
            return;
        }
        let at = column.saturating_add(offset as u32);
        if c == '*' {
            faults.push(Fault::new(
                FaultCode::E01,
                at,
                "* has no meaning here",
                "leave it out: a keyword is found within words too; or write a pattern, /so.*this/; \
                 or put the text in quotes",
            ));
        } else if let Some((_, sign)) = WIDE_SIGNS.iter().find(|(wide, _)| *wide == c) {
            faults.push(Fault::new(
                FaultCode::E01,
                at,
                format!("{c} has no meaning here"),
                format!("write {sign} if that is meant, or put the text in quotes"),
            ));
        }
    }
}
