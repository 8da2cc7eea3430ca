//! Splits an expression into tokens.

use super::{Edges, FIELDS};

const MAX_DISTANCE: usize = 100;

/// The first thing that is wrong; columns are characters, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub code: &'static str,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Open,
    Close,
    Comma,
    Prefix(String),
    Quoted(String),
    Pattern(String),
    Bare(String),
    Near {
        distance: usize,
        characters: bool,
        ordered: bool,
    },
}

pub fn tokens(text: &[char]) -> Result<Vec<(Token, usize)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let column = at + 1;
        let token = match text[at] {
            blank if blank.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => {
                at += 1;
                Token::Open
            }
            ')' => {
                at += 1;
                Token::Close
            }
            ',' => {
                at += 1;
                Token::Comma
            }
            '"' => {
                let (inner, behind) = quoted(text, at + 1).ok_or(syntax(column))?;
                at = behind;
                Token::Quoted(inner)
            }
            '/' => {
                let (inner, behind) = pattern(text, at + 1).ok_or(syntax(column))?;
                at = behind;
                Token::Pattern(inner)
            }
            _ => {
                let mut bare = run(&text[at..]);
                at += bare.chars().count();
                let mut column = column;
                if bare == "NEAR" && text.get(at) == Some(&'/') {
                    let amount = run(&text[at + 1..]);
                    at += 1 + amount.chars().count();
                    tokens.push((near(&amount, column)?, column));
                    continue;
                }
                while let Some((prefix, rest)) = bare.split_once(':') {
                    if !is_prefix(prefix) {
                        return Err(syntax(column));
                    }
                    tokens.push((Token::Prefix(prefix.to_owned()), column));
                    column += prefix.chars().count() + 1;
                    bare = rest.to_owned();
                }
                if bare.is_empty() {
                    continue;
                }
                if let Some(before) = bare
                    .chars()
                    .position(|c| "*（）［］｛｝＂＇“”「」『』，：".contains(c))
                {
                    return Err(syntax(column + before));
                }
                tokens.push((Token::Bare(bare), column));
                continue;
            }
        };
        tokens.push((token, column));
    }
    Ok(tokens)
}

pub fn syntax(column: usize) -> Fault {
    Fault {
        code: "E01",
        column,
    }
}

/// A bare text: up to a blank or one of `( ) , " /`.
fn run(text: &[char]) -> String {
    text.iter()
        .take_while(|c| !c.is_whitespace() && !"(),\"/".contains(**c))
        .collect()
}

fn quoted(text: &[char], start: usize) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut at = start;
    loop {
        match text.get(at)? {
            '"' => return Some((inner, at + 1)),
            '\\' => {
                at += 1;
                inner.push(match text.get(at)? {
                    'n' => '\n',
                    't' => '\t',
                    '"' => '"',
                    '\\' => '\\',
                    _ => return None,
                });
            }
            other => inner.push(*other),
        }
        at += 1;
    }
}

fn pattern(text: &[char], start: usize) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut at = start;
    loop {
        match text.get(at)? {
            '/' => return Some((inner, at + 1)),
            '\\' => {
                at += 1;
                let escaped = text.get(at)?;
                if *escaped != '/' {
                    inner.push('\\');
                }
                inner.push(*escaped);
            }
            other => inner.push(*other),
        }
        at += 1;
    }
}

/// What stands behind `NEAR/`.
fn near(amount: &str, column: usize) -> Result<Token, Fault> {
    let (amount, ordered) = match amount.strip_suffix('f') {
        Some(rest) => (rest, true),
        None => (amount, false),
    };
    let (amount, characters) = match amount.strip_suffix('c') {
        Some(rest) => (rest, true),
        None => (amount, false),
    };
    if amount.is_empty() || !amount.chars().all(|c| c.is_ascii_digit()) {
        return Err(syntax(column));
    }
    match amount.parse() {
        Ok(distance) if distance <= MAX_DISTANCE => Ok(Token::Near {
            distance,
            characters,
            ordered,
        }),
        _ => Err(Fault {
            code: "E08",
            column,
        }),
    }
}

fn is_prefix(name: &str) -> bool {
    FIELDS.contains(&name) || edges(name).is_some() || name == "raw" || name == "list"
}

pub fn edges(name: &str) -> Option<Edges> {
    let name = if name == "exactly" {
        "absolutely"
    } else {
        name
    };
    let known = Edges::ALL.iter().find(|(known, _)| *known == name);
    known.map(|(_, edges)| *edges)
}
