//! Rules as forms write them: the shortest that says the same.

use std::borrow::Cow;

use crate::systems::labelling::rules::document::Written;
use crate::systems::labelling::rules::language;
use crate::systems::labelling::rules::set::{Expression, Fields, Node, NodeKind, Rule};

/// How expressions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expressions {
    /// As their author wrote them, if that is one line.
    AsWritten,
    /// With one blank between words, brackets only where they are needed.
    Formatted,
}

/// A rule, an `except`, a filter or an element of a list.
pub(super) struct ExportedRule<'d> {
    pub written: Written,
    pub fields: Option<Fields>,
    /// One that its author gave.
    pub id: Option<&'d str>,
    pub note: Option<&'d str>,
    pub tree: &'d Node,
}

impl<'d> ExportedRule<'d> {
    pub fn of_rule(label: &str, rule: &'d Rule, style: Expressions) -> Self {
        let is_given = rule.id != language::rule_id(label, &rule.tree, rule.fields);
        Self {
            written: written(&rule.tree, Some(&rule.text), style),
            fields: rule.fields,
            id: is_given.then_some(rule.id.as_str()),
            note: rule.note.as_deref(),
            tree: &rule.tree,
        }
    }

    pub fn of_expression(expression: &'d Expression, style: Expressions) -> Self {
        Self {
            written: written(&expression.tree, Some(&expression.text), style),
            fields: expression.fields,
            id: None,
            note: expression.note.as_deref(),
            tree: &expression.tree,
        }
    }

    /// What was written of an element of a list is not kept.
    pub fn of_term(term: &'d Node) -> Self {
        Self {
            written: written(term, None, Expressions::Formatted),
            fields: None,
            id: None,
            note: None,
            tree: term,
        }
    }

    /// Whether there is nothing to say but what it looks for.
    pub fn is_bare(&self) -> bool {
        self.fields.is_none() && self.id.is_none() && self.note.is_none()
    }

    /// `start`, `raw:word`, `pattern`, `expression`.
    pub fn type_name(&self) -> Cow<'static, str> {
        match &self.written {
            Written::Keyword {
                match_type, raw, ..
            } => match raw {
                true => format!("raw:{}", match_type.as_str()).into(),
                false => match_type.as_str().into(),
            },
            Written::Pattern(_) => "pattern".into(),
            Written::Expression(_) => "expression".into(),
        }
    }

    /// `title,content`; nothing if it names none.
    pub fn field_names(&self) -> String {
        names(self.fields.unwrap_or_default())
    }
}

/// The names of fields with commas between them.
pub(super) fn names(fields: Fields) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    names.join(",")
}

fn written(tree: &Node, text: Option<&str>, style: Expressions) -> Written {
    match &tree.kind {
        NodeKind::Keyword(keyword) if tree.fields.is_none() => Written::Keyword {
            text: keyword.text.clone(),
            match_type: keyword.match_type,
            raw: keyword.raw,
        },
        NodeKind::Pattern(pattern) if tree.fields.is_none() => Written::Pattern(pattern.clone()),
        _ => Written::Expression(match (text, style) {
            (Some(text), Expressions::AsWritten) if is_one_line(text) => text.to_owned(),
            _ => language::write(tree),
        }),
    }
}

fn is_one_line(text: &str) -> bool {
    text.trim() == text && !text.chars().any(char::is_control)
}
