//! Reads an expression from its tokens, by descent.

use super::evaluation::is_positive;
use super::tokens::{Fault, Token, edges, syntax, tokens};
use super::{Edges, FIELDS, Fields, Kind, Tree};

const MAX_LEVELS: usize = 16;
const MAX_TERMS: usize = 256;
const OPERATORS: [&str; 5] = ["AND", "OR", "NOT", "OF", "NEAR"];

pub fn parse(text: &str) -> Result<Tree, Fault> {
    let tokens = tokens(&text.chars().collect::<Vec<char>>())?;
    let mut parser = Parser {
        end: text.chars().count() + 1,
        tokens,
        next: 0,
        levels: 0,
        terms: 0,
    };
    let tree = parser.expression()?;
    if parser.next < parser.tokens.len() {
        return parser.fail("E01");
    }
    if !can_be_rule(&tree) {
        return Err(Fault {
            code: "E05",
            column: 1,
        });
    }
    Ok(tree)
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    /// The column behind the text.
    end: usize,
    levels: usize,
    terms: usize,
}

impl Parser {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        Some(&self.tokens.get(self.next + ahead)?.0)
    }

    fn is_next(&self, word: &str) -> bool {
        self.peek(0) == Some(&Token::Bare(word.to_owned()))
    }

    fn column(&self) -> usize {
        let token = self.tokens.get(self.next);
        token.map_or(self.end, |(_, column)| *column)
    }

    fn fail<T>(&self, code: &'static str) -> Result<T, Fault> {
        Err(Fault {
            code,
            column: self.column(),
        })
    }

    fn take(&mut self, token: &Token) -> Result<(), Fault> {
        if self.peek(0) != Some(token) {
            return self.fail("E01");
        }
        self.next += 1;
        Ok(())
    }

    fn expression(&mut self) -> Result<Tree, Fault> {
        let mut operands = vec![self.unary()?];
        for (word, kind) in [
            ("AND", Kind::And as fn(Vec<Tree>) -> Kind),
            ("OR", Kind::Or),
        ] {
            while self.is_next(word) {
                self.next += 1;
                operands.push(self.unary()?);
            }
            if operands.len() > 1 {
                if self.is_next("AND") || self.is_next("OR") {
                    return self.fail("E01");
                }
                return Ok(Tree::new(kind(operands)));
            }
        }
        Ok(operands.remove(0))
    }

    fn unary(&mut self) -> Result<Tree, Fault> {
        if self.is_next("NOT") {
            self.next += 1;
            return Ok(Tree::new(Kind::Not(Box::new(self.near()?))));
        }
        self.near()
    }

    fn near(&mut self) -> Result<Tree, Fault> {
        let left = self.atom()?;
        let Some(Token::Near {
            distance,
            characters,
            ordered,
        }) = self.peek(0).cloned()
        else {
            return Ok(left);
        };
        self.next += 1;
        let right = self.atom()?;
        Ok(Tree::new(Kind::Near {
            left: Box::new(left),
            right: Box::new(right),
            distance,
            characters,
            ordered,
        }))
    }

    fn atom(&mut self) -> Result<Tree, Fault> {
        if let Some(Token::Bare(number)) = self.peek(0)
            && let Ok(count) = number.parse::<usize>()
            && self.peek(1) == Some(&Token::Bare("OF".to_owned()))
            && self.peek(2) == Some(&Token::Open)
        {
            self.next += 2;
            let column = self.column();
            let operands = self.bracket()?;
            if count == 0 || count > operands.len() {
                return Err(syntax(column));
            }
            return Ok(Tree::new(Kind::AtLeast(count, operands)));
        }
        let mut fields = Fields::new();
        let mut place = None;
        let mut raw = false;
        let mut is_list = false;
        while let Some(Token::Prefix(name)) = self.peek(0).cloned() {
            let is_second = if let Some(field) = FIELDS.iter().position(|field| *field == name) {
                fields.push(field);
                fields.len() > 1
            } else if name == "raw" {
                std::mem::replace(&mut raw, true)
            } else if name == "list" {
                std::mem::replace(&mut is_list, true)
            } else {
                std::mem::replace(&mut place, edges(&name)).is_some()
            };
            if is_second {
                return self.fail("E01");
            }
            self.next += 1;
        }
        let is_plain = place.is_none() && !raw;
        let fields = Some(fields).filter(|fields| !fields.is_empty());
        let kind = match self.peek(0).cloned() {
            Some(Token::Open) if is_plain && !is_list => {
                let inner = self.bracket_of_one()?;
                if fields.is_none() {
                    return Ok(inner);
                }
                Kind::Group(Box::new(inner))
            }
            Some(Token::Pattern(pattern)) if is_plain && !is_list => {
                self.term()?;
                Kind::Pattern(pattern)
            }
            Some(Token::Bare(word)) if OPERATORS.contains(&word.as_str()) => {
                return self.fail("E01");
            }
            Some(Token::Bare(name) | Token::Quoted(name)) if is_list && is_plain => {
                self.term()?;
                Kind::List(name)
            }
            Some(Token::Bare(text) | Token::Quoted(text)) if !is_list => {
                self.term()?;
                Kind::Keyword {
                    text,
                    edges: place.unwrap_or(Edges::Partially),
                    raw,
                }
            }
            _ => return self.fail("E01"),
        };
        Ok(Tree { kind, fields })
    }

    fn term(&mut self) -> Result<(), Fault> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return self.fail("E08");
        }
        self.next += 1;
        Ok(())
    }

    fn bracket_of_one(&mut self) -> Result<Tree, Fault> {
        let column = self.column();
        let mut operands = self.bracket()?;
        if operands.len() != 1 {
            return Err(syntax(column));
        }
        Ok(operands.remove(0))
    }

    fn bracket(&mut self) -> Result<Vec<Tree>, Fault> {
        self.levels += 1;
        if self.levels > MAX_LEVELS {
            return self.fail("E08");
        }
        self.take(&Token::Open)?;
        let mut operands = vec![self.expression()?];
        while self.peek(0) == Some(&Token::Comma) {
            self.next += 1;
            operands.push(self.expression()?);
        }
        self.take(&Token::Close)?;
        self.levels -= 1;
        Ok(operands)
    }
}

/// Whether it needs a term to be true, and so does all within it that has to.
pub fn can_be_rule(tree: &Tree) -> bool {
    is_positive(tree) && is_sound(tree)
}

/// Whether all that has to be positive is, and NEAR has operands that it can have.
fn is_sound(tree: &Tree) -> bool {
    match &tree.kind {
        Kind::Not(inner) => is_positive(inner) && is_sound(inner),
        Kind::Group(inner) => is_sound(inner),
        Kind::And(operands) => operands.iter().any(is_positive) && operands.iter().all(is_sound),
        Kind::Or(operands) | Kind::AtLeast(_, operands) => operands
            .iter()
            .all(|operand| is_positive(operand) && is_sound(operand)),
        Kind::Near { left, right, .. } => can_be_near(left, true) && can_be_near(right, true),
        Kind::Keyword { .. } | Kind::Pattern(_) | Kind::List(_) => true,
    }
}

fn can_be_near(operand: &Tree, may_nest: bool) -> bool {
    operand.fields.is_none()
        && match &operand.kind {
            Kind::Keyword { .. } | Kind::Pattern(_) | Kind::List(_) => true,
            Kind::Or(operands) => operands.iter().all(|inner| can_be_near(inner, may_nest)),
            Kind::Near { left, right, .. } => {
                may_nest && can_be_near(left, false) && can_be_near(right, false)
            }
            _ => false,
        }
}
