//! Parses what operators join: brackets, `n OF (…)` and terms with their prefixes.

use super::fault::{Fault, FaultCode, shown};
use super::lexer::{TokenKind, is_operator};
use super::parser::{Parser, Part};
use super::prefix::Prefixes;
use crate::systems::labelling::rules::set::{Fields, Node, NodeKind};

/// How deep brackets stand in brackets.
const LEVELS_MAX: u32 = 16;

const TERMS_MAX: u32 = 256;

impl<'t> Parser<'t> {
    pub(super) fn atom(&mut self) -> Option<Part> {
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

    /// The token is a bare text, which may begin with prefixes. Blanks may stand behind them.
    fn prefixed(&mut self) -> Option<Part> {
        let column = self.token.column;
        let mut prefixes = Prefixes::default();
        let mut written = "";
        while let TokenKind::Bare(text) = self.token.kind {
            let token = self.advance();
            let rest = prefixes.take(text, token.column, &mut self.faults);
            if is_operator(rest) {
                self.fault(
                    column,
                    format!("the operator {rest} stands behind a prefix"),
                    "put the text in quotes, or write a term behind the colon",
                );
                return None;
            }
            if !rest.is_empty() {
                return self.made(prefixes, TokenKind::Bare(rest), column);
            }
            written = text;
        }
        match &self.token.kind {
            TokenKind::Open => self.group(&prefixes, column),
            TokenKind::Quoted(_) | TokenKind::Pattern(_) => self.term(prefixes, column),
            _ => {
                self.fault(
                    column,
                    format!("{} stands before nothing", shown(written)),
                    "write a term behind the colon, or put the text in quotes",
                );
                None
            }
        }
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

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
