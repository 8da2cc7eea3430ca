//! Parses expressions, and continues behind faults to find all of them.
//!
//! ```text
//! expr  = unary {"AND" unary} | unary {"OR" unary}
//! unary = ["NOT"] near
//! near  = atom ["NEAR/"n["c"]["f"] atom]
//! atom  = [field":"] "(" expr ")" | n "OF (" expr {"," expr} ")" | {prefix} term
//! ```

use super::fault::{Fault, FaultCode, shown};
use super::lexer::{Distance, FAULTS_MAX, Lexer, Token, TokenKind};
use super::prefix::Prefixes;
use crate::systems::labelling::rules::set::{Fields, Near, Node, NodeKind};

/// How deep brackets stand in brackets.
const LEVELS_MAX: u32 = 16;

const TERMS_MAX: u32 = 256;

pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    faults: Vec<Fault>,
    levels: u32,
    terms: u32,
}

/// A part, and where it begins with what stands before it.
struct Part {
    node: Node,
    start: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Joint {
    And,
    Or,
}

impl<'t> Parser<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut lexer = Lexer::new(text);
        let mut faults = Vec::new();
        let token = lexer.next(&mut faults);
        Self {
            lexer,
            token,
            faults,
            levels: 0,
            terms: 0,
        }
    }

    pub fn parse(mut self) -> Result<Node, Vec<Fault>> {
        let mut root = self.expression();
        while self.token.kind != TokenKind::End {
            let column = self.token.column;
            let (sign, advice) = match self.token.kind {
                TokenKind::Comma => (",", "commas stand in n OF (…); elsewhere write OR"),
                _ => (")", "take it away, or write ( before"),
            };
            self.fault(column, format!("{sign} belongs to no bracket"), advice);
            self.advance();
            root = self.continued(root);
        }
        self.faults.sort_by_key(|fault| fault.column);
        match root {
            Some(root) if self.faults.is_empty() => Ok(root.node),
            _ => Err(self.faults),
        }
    }

    /// Behind a sign that has no place there, there may be more.
    fn continued(&mut self, root: Option<Part>) -> Option<Part> {
        match self.token.kind {
            TokenKind::End | TokenKind::Close | TokenKind::Comma => root,
            TokenKind::And | TokenKind::Or => {
                self.advance();
                self.expression();
                root
            }
            _ => {
                self.expression();
                root
            }
        }
    }

    fn advance(&mut self) -> Token<'t> {
        if self.faults.len() >= FAULTS_MAX {
            self.lexer.stop();
        }
        let next = self.lexer.next(&mut self.faults);
        std::mem::replace(&mut self.token, next)
    }

    fn fault(&mut self, column: u32, message: impl Into<String>, advice: impl Into<String>) {
        let fault = Fault::new(FaultCode::E01, column, message, advice);
        self.faults.push(fault);
    }

    fn expression(&mut self) -> Option<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut joint = None;
        let mut is_mixed = false;
        parts.extend(self.unary());
        loop {
            let found = match self.token.kind {
                TokenKind::And => Joint::And,
                TokenKind::Or => Joint::Or,
                TokenKind::Close | TokenKind::Comma | TokenKind::End => break,
                _ => {
                    let is_operator = self.side_by_side();
                    if is_operator {
                        self.advance();
                    }
                    self.unary();
                    continue;
                }
            };
            if joint.is_some_and(|joint| joint != found) && !is_mixed {
                is_mixed = true;
                let column = self.token.column;
                self.fault(
                    column,
                    "AND and OR stand beside each other",
                    "put one of them in brackets: (a AND b) OR c",
                );
            }
            joint = joint.or(Some(found));
            self.advance();
            parts.extend(self.unary());
        }
        let start = parts.first()?.start;
        if parts.len() == 1 {
            return parts.pop();
        }
        let nodes = parts.into_iter().map(|part| part.node).collect();
        let kind = match joint {
            Some(Joint::Or) => NodeKind::Or(nodes),
            Some(Joint::And) | None => NodeKind::And(nodes),
        };
        let node = Node::new(kind, start);
        Some(Part { node, start })
    }

    /// Returns whether an operator was meant by the token, which is no term then.
    fn side_by_side(&mut self) -> bool {
        let column = self.token.column;
        let written = match &self.token.kind {
            TokenKind::Bare(text) => operator_meant(text),
            _ => None,
        };
        match (written, &self.token.kind) {
            (Some(operator), _) => self.fault(
                column,
                "two terms stand side by side",
                format!("operators are upper case, in ASCII: {operator}"),
            ),
            (None, TokenKind::Near(_)) => self.fault(
                column,
                "NEAR stands beside NEAR",
                "put one of them in brackets: (a NEAR/5 b) NEAR/5 c",
            ),
            // That is said where its operand is missing.
            (None, TokenKind::Of) => {}
            (None, _) => self.fault(
                column,
                "two terms stand side by side",
                "write AND, OR or NEAR/5 between them, or put both in quotes as one text",
            ),
        }
        written.is_some_and(|operator| matches!(operator, "AND" | "OR"))
    }

    fn unary(&mut self) -> Option<Part> {
        if self.token.kind != TokenKind::Not {
            return self.near();
        }
        let column = self.advance().column;
        while self.token.kind == TokenKind::Not {
            let column = self.token.column;
            self.fault(column, "NOT stands before NOT", "leave both out");
            self.advance();
        }
        let operand = self.near()?;
        let node = Node::new(NodeKind::Not(Box::new(operand.node)), column);
        Some(Part {
            node,
            start: column,
        })
    }

    fn near(&mut self) -> Option<Part> {
        let mut left = self.atom();
        let mut count = 0;
        while let TokenKind::Near(distance) = self.token.kind {
            if count == 1 {
                self.side_by_side();
            }
            count += 1;
            self.advance();
            let right = self.atom();
            left = near_of(left, right, distance);
        }
        left
    }

    fn atom(&mut self) -> Option<Part> {
        let column = self.token.column;
        match &self.token.kind {
            TokenKind::Open => {
                let inner = self.bracket()?;
                Some(Part {
                    node: inner.node,
                    start: column,
                })
            }
            TokenKind::Bare(text) if is_number(text) && self.is_before_of() => self.at_least(),
            TokenKind::Bare(_) => self.prefixed(),
            TokenKind::Quoted(_) | TokenKind::Pattern(_) => self.term(Prefixes::default(), column),
            TokenKind::Not => {
                self.fault(
                    column,
                    "NOT has no place here",
                    "put it in brackets, or before the NEAR as a whole",
                );
                self.advance();
                self.atom()
            }
            TokenKind::Of => {
                self.fault(
                    column,
                    "OF has no number before it",
                    "write 2 OF (a, b, c), or put the text in quotes",
                );
                self.advance();
                None
            }
            TokenKind::And
            | TokenKind::Or
            | TokenKind::Near(_)
            | TokenKind::Close
            | TokenKind::Comma
            | TokenKind::End => {
                let message = match column {
                    1 if self.token.kind == TokenKind::End => "there is no term",
                    _ => "a term is missing here",
                };
                self.fault(column, message, "write a text, \"a text\" or /a pattern/");
                None
            }
        }
    }

    /// The token is `(`.
    fn bracket(&mut self) -> Option<Part> {
        let open = self.token.column;
        if self.levels == LEVELS_MAX {
            self.skip_bracket();
            return None;
        }
        self.advance();
        self.levels += 1;
        let inner = self.expression();
        while self.token.kind == TokenKind::Comma {
            let column = self.token.column;
            self.fault(
                column,
                ", stands in a bracket",
                "write OR, or a number before the bracket: 2 OF (a, b, c)",
            );
            self.advance();
            self.expression();
        }
        self.levels -= 1;
        self.close(open);
        inner
    }

    fn close(&mut self, open: u32) {
        if self.token.kind == TokenKind::Close {
            self.advance();
        } else {
            self.fault(
                open,
                "the bracket is not closed",
                "write ) behind its last term",
            );
        }
    }

    /// Without recursion: there may be thousands of them.
    fn skip_bracket(&mut self) {
        self.faults.push(Fault::new(
            FaultCode::E08,
            self.token.column,
            format!("brackets stand more than {LEVELS_MAX} deep"),
            "take away those that are not needed, or make two rules",
        ));
        let mut open = 0_u32;
        loop {
            match self.token.kind {
                TokenKind::Open => open += 1,
                TokenKind::Close => open -= 1,
                TokenKind::End => return,
                _ => {}
            }
            self.advance();
            if open == 0 {
                return;
            }
        }
    }

    fn is_before_of(&self) -> bool {
        let mut ahead = self.lexer.clone();
        ahead.next(&mut Vec::new()).kind == TokenKind::Of
    }

    fn at_least(&mut self) -> Option<Part> {
        let number = self.advance();
        let TokenKind::Bare(digits) = number.kind else {
            return None;
        };
        self.advance();
        let open = self.token.column;
        if self.token.kind != TokenKind::Open {
            self.fault(open, "( is missing behind OF", "write 2 OF (a, b, c)");
            return None;
        }
        if self.levels == LEVELS_MAX {
            self.skip_bracket();
            return None;
        }
        self.advance();
        self.levels += 1;
        let mut operands = Vec::new();
        operands.extend(self.expression());
        while self.token.kind == TokenKind::Comma {
            self.advance();
            operands.extend(self.expression());
        }
        self.levels -= 1;
        self.close(open);
        let count = digits.parse().unwrap_or(u32::MAX);
        if count == 0 || count as usize > operands.len() {
            let most = operands.len();
            self.fault(
                number.column,
                format!("{} OF {most} is not possible", shown(digits)),
                format!("write a number from 1 to {most}"),
            );
        }
        let operands = operands.into_iter().map(|part| part.node).collect();
        let kind = NodeKind::AtLeast { count, operands };
        Some(Part {
            node: Node::new(kind, number.column),
            start: number.column,
        })
    }

    /// The token is a bare text, which may begin with prefixes.
    fn prefixed(&mut self) -> Option<Part> {
        let token = self.advance();
        let TokenKind::Bare(text) = token.kind else {
            return None;
        };
        let (prefixes, rest) = Prefixes::read(text, token.column, &mut self.faults);
        if !rest.is_empty() {
            return self.made(prefixes, TokenKind::Bare(rest), token.column);
        }
        if !self.token.adjoins {
            self.nothing_behind(text, token.column);
            return None;
        }
        match &self.token.kind {
            TokenKind::Open => self.group(&prefixes, token.column),
            TokenKind::Quoted(_) | TokenKind::Pattern(_) => self.term(prefixes, token.column),
            _ => {
                self.nothing_behind(text, token.column);
                None
            }
        }
    }

    fn nothing_behind(&mut self, prefix: &str, column: u32) {
        self.fault(
            column,
            format!("{} stands before nothing", shown(prefix)),
            "write the term directly behind the colon, or put the text in quotes",
        );
    }

    fn group(&mut self, prefixes: &Prefixes, column: u32) -> Option<Part> {
        if let Some(fault) = prefixes.fault_before_bracket(column) {
            self.faults.push(fault);
        }
        let inner = self.bracket()?;
        let mut node = Node::new(NodeKind::Group(Box::new(inner.node)), column);
        node.fields = prefixes.field.map(Fields::one);
        Some(Part {
            node,
            start: column,
        })
    }

    /// The token is a term in quotes or slashes.
    fn term(&mut self, prefixes: Prefixes, column: u32) -> Option<Part> {
        let token = self.advance();
        self.made(prefixes, token.kind, column)
    }

    fn made(&mut self, prefixes: Prefixes, term: TokenKind<'t>, column: u32) -> Option<Part> {
        self.terms += 1;
        if self.terms > TERMS_MAX {
            self.faults.push(Fault::new(
                FaultCode::E08,
                column,
                format!("there are more than {TERMS_MAX} terms"),
                "make a list of them, or several rules",
            ));
            self.lexer.stop();
            self.token.kind = TokenKind::End;
            return None;
        }
        let node = prefixes.term(term, column, &mut self.faults)?;
        Some(Part {
            node,
            start: column,
        })
    }
}

fn near_of(left: Option<Part>, right: Option<Part>, distance: Distance) -> Option<Part> {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (left, right) => return left.or(right),
    };
    let start = left.start;
    let near = Near {
        left: left.node,
        right: right.node,
        distance: distance.distance,
        unit: distance.unit,
        ordered: distance.ordered,
    };
    let node = Node::new(NodeKind::Near(Box::new(near)), start);
    Some(Part { node, start })
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The operator that somebody wrote in lower case or in full-width letters.
fn operator_meant(text: &str) -> Option<&'static str> {
    let narrow: String = text
        .chars()
        .map(|c| match c {
            'Ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .collect();
    ["AND", "OR", "NOT", "OF", "NEAR/5"]
        .into_iter()
        .find(|operator| {
            operator
                .trim_end_matches("/5")
                .eq_ignore_ascii_case(&narrow)
        })
}
