//! What stands before a term: a field, where it has to stand, `raw:` and `list:`.

use super::fault::{Fault, FaultCode, shown};
use super::lexer::{FAULTS_MAX, TokenKind};
use crate::systems::labelling::rules::set::{Field, Fields, Keyword, MatchType, Node, NodeKind};

#[derive(Default)]
pub(super) struct Prefixes {
    pub field: Option<Field>,
    match_type: Option<MatchType>,
    raw: bool,
    list: bool,
}

const KNOWN: &str = "author: title: content: s_area_id: partially: start: end: absolutely: \
                     exactly: word: raw: list:";

impl Prefixes {
    /// Takes the prefixes that a bare text begins with; returns the rest.
    pub fn take<'t>(&mut self, text: &'t str, column: u32, faults: &mut Vec<Fault>) -> &'t str {
        let (mut rest, mut column) = (text, column);
        while let Some((name, behind)) = rest.split_once(':') {
            if let Err((message, advice)) = self.add(name)
                && faults.len() < FAULTS_MAX
            {
                faults.push(Fault::new(FaultCode::E01, column, message, advice));
            }
            column = column.saturating_add(name.chars().count() as u32 + 1);
            rest = behind;
        }
        rest
    }

    fn add(&mut self, name: &str) -> Result<(), (String, String)> {
        let twice = |what: &str| {
            let message = format!("{what} is given twice");
            Err((message, format!("leave one away: {name}:")))
        };
        if let Some(field) = Field::of_name(name) {
            return match self.field.replace(field) {
                Some(_) => twice("the field"),
                None => Ok(()),
            };
        }
        if let Some(match_type) = MatchType::of_name(name) {
            return match self.match_type.replace(match_type) {
                Some(_) => twice("where the term has to stand"),
                None => Ok(()),
            };
        }
        let flag = match name {
            "raw" => &mut self.raw,
            "list" => &mut self.list,
            _ => {
                return Err((
                    format!("unknown prefix {:?}", format!("{}:", shown(name))),
                    format!("put a text that holds a colon in quotes; prefixes are {KNOWN}"),
                ));
            }
        };
        match std::mem::replace(flag, true) {
            true => twice(name),
            false => Ok(()),
        }
    }

    pub fn fault_before_bracket(&self, column: u32) -> Option<Fault> {
        (self.match_type.is_some() || self.raw || self.list).then(|| {
            Fault::new(
                FaultCode::E01,
                column,
                "only a field stands before a bracket",
                "write the prefix before each term in the bracket",
            )
        })
    }

    /// The term with these before it.
    pub fn term(self, term: TokenKind<'_>, column: u32, faults: &mut Vec<Fault>) -> Option<Node> {
        let has_type = self.match_type.is_some() || self.raw;
        let mut fault = |message: &str, advice: &str| {
            faults.push(Fault::new(FaultCode::E01, column, message, advice));
            None
        };
        let kind = match term {
            TokenKind::Pattern(_) if has_type || self.list => {
                return fault(
                    "only a field stands before a pattern",
                    "write ^ and $ in the pattern for the text's ends",
                );
            }
            TokenKind::Pattern(pattern) => NodeKind::Pattern(pattern),
            TokenKind::Bare(_) | TokenKind::Quoted(_) if self.list && has_type => {
                return fault(
                    "only a field stands before list:",
                    "write match types and raw: before the terms of the list",
                );
            }
            TokenKind::Bare(text) => self.keyword_or_list(text.to_owned()),
            TokenKind::Quoted(text) => self.keyword_or_list(text),
            _ => return None,
        };
        let mut node = Node::new(kind, column);
        node.fields = self.field.map(Fields::one);
        Some(node)
    }

    fn keyword_or_list(&self, text: String) -> NodeKind {
        if self.list {
            return NodeKind::List(text);
        }
        NodeKind::Keyword(Keyword {
            text,
            match_type: self.match_type.unwrap_or_default(),
            raw: self.raw,
        })
    }
}
