//! Parses expressions, and continues behind faults to find all of them.
//!
//! ```text
//! expr  = unary {"AND" unary} | unary {"OR" unary}
//! unary = ["NOT"] near
//! near  = atom ["NEAR/"n["c"]["f"] atom]
//! atom  = [field":"] "(" expr ")" | n "OF (" expr {"," expr} ")" | {prefix} term
//! ```

use super::fault::{Fault, FaultCode};
use super::lexer::{Distance, FAULTS_MAX, Lexer, Token, TokenKind};
use crate::systems::labelling::rules::set::{Near, Node, NodeKind};

pub(super) struct Parser<'t> {
    pub lexer: Lexer<'t>,
    pub token: Token<'t>,
    pub faults: Vec<Fault>,
    /// Brackets that are open.
    pub levels: u32,
    /// Read so far.
    pub terms: u32,
}

/// A part, and where it begins with what stands before it.
pub(super) struct Part {
    pub node: Node,
    pub start: u32,
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
        self.faults.truncate(FAULTS_MAX);
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

    pub(super) fn advance(&mut self) -> Token<'t> {
        if self.faults.len() >= FAULTS_MAX {
            self.lexer.stop();
        }
        let next = self.lexer.next(&mut self.faults);
        std::mem::replace(&mut self.token, next)
    }

    pub(super) fn fault(
        &mut self,
        column: u32,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let fault = Fault::new(FaultCode::E01, column, message, advice);
        self.faults.push(fault);
    }

    pub(super) fn expression(&mut self) -> Option<Part> {
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
