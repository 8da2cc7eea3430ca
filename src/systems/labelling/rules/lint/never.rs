//! Rules that can never be true.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::about;
use crate::systems::labelling::label::rules::{is_invisible, nfkc};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::folding::{Folding, han};
use crate::systems::labelling::rules::language::{shown, write};
use crate::systems::labelling::rules::set::{Fields, Keyword, MatchType, Node, NodeKind, RuleSet};

/// Members of a class that are looked at one by one.
const CLASS_MAX: usize = 64;

pub(super) fn find(set: &RuleSet, findings: &mut Findings) {
    let folding = Folding::of(set);
    for label in &set.labels {
        for rule in &label.rules {
            let fields = rule.fields.unwrap_or(set.fields);
            let Some((why, advice)) = reason(&rule.tree, fields, folding) else {
                continue;
            };
            findings.add(Code::W05, || {
                let message = format!("{} is never true: {why}", shown(&rule.text));
                let finding = Finding::new(Code::W05, Default::default(), message);
                about(finding, label, rule).advise(advice)
            });
        }
    }
}

/// Why a tree is never true, and what to do about it.
fn reason(node: &Node, fields: Fields, folding: Folding) -> Option<(String, &'static str)> {
    let fields = node.fields.unwrap_or(fields);
    let of_all = |nodes: &[Node]| {
        let reasons = nodes.iter().map(|node| reason(node, fields, folding));
        reasons.collect::<Option<Vec<_>>>()?.into_iter().next()
    };
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::List(_) | NodeKind::Not(_) => None,
        NodeKind::Pattern(pattern) => impossible(pattern, folding).map(|character| {
            let why = format!("no folded text has `{}`", character.escape_debug());
            (why, "write it as it is when it is folded")
        }),
        NodeKind::And(operands) => {
            let inner = operands
                .iter()
                .find_map(|node| reason(node, fields, folding));
            inner.or_else(|| contradiction(operands, fields, folding))
        }
        NodeKind::Or(operands) => of_all(operands),
        NodeKind::AtLeast { count, operands } => {
            let reasons = operands.iter().map(|node| reason(node, fields, folding));
            let never: Vec<_> = reasons.flatten().collect();
            let possible = operands.len() - never.len();
            let first = never.into_iter().next();
            first.filter(|_| possible < *count as usize)
        }
        NodeKind::Near(near) => [&near.left, &near.right]
            .into_iter()
            .find_map(|node| reason(node, fields, folding)),
        NodeKind::Group(inner) => reason(inner, fields, folding),
    }
}

/// A keyword that has to be there, and holds one that must not be there.
fn contradiction(
    operands: &[Node],
    fields: Fields,
    folding: Folding,
) -> Option<(String, &'static str)> {
    let mut forbidden = Vec::new();
    for operand in operands {
        if let NodeKind::Not(inner) = &operand.kind {
            alternatives(inner, fields, &mut forbidden);
        }
    }
    if forbidden.is_empty() {
        return None;
    }
    let fold = |(keyword, fields): (&'_ Keyword, Fields)| {
        (folding.keyword(&keyword.text), keyword.match_type, fields)
    };
    let forbidden: Vec<_> = forbidden
        .into_iter()
        .filter(|(keyword, _)| !keyword.raw)
        .map(fold)
        .collect();
    for operand in operands {
        let NodeKind::Keyword(keyword) = &operand.kind else {
            continue;
        };
        let needed = fold((keyword, operand.fields.unwrap_or(fields)));
        if forbidden.iter().any(|one| is_in(one, &needed)) {
            let why = format!("{} cannot be there without what NOT names", write(operand));
            return Some((why, "take the NOT away, or narrow it"));
        }
    }
    None
}

fn alternatives<'n>(node: &'n Node, fields: Fields, found: &mut Vec<(&'n Keyword, Fields)>) {
    let fields = node.fields.unwrap_or(fields);
    match &node.kind {
        NodeKind::Keyword(keyword) => found.push((keyword, fields)),
        NodeKind::Or(operands) => {
            for operand in operands {
                alternatives(operand, fields, found);
            }
        }
        NodeKind::Group(inner) => alternatives(inner, fields, found),
        _ => {}
    }
}

/// A folded keyword.
type Folded = (String, MatchType, Fields);

fn is_in(forbidden: &Folded, needed: &Folded) -> bool {
    let (text, match_type, fields) = forbidden;
    let (whole, of_whole, where_whole) = needed;
    let is_there = match match_type {
        MatchType::Partially => whole.contains(text.as_str()),
        MatchType::Start => {
            whole.starts_with(text.as_str())
                && matches!(of_whole, MatchType::Start | MatchType::Absolutely)
        }
        MatchType::End => {
            whole.ends_with(text.as_str())
                && matches!(of_whole, MatchType::End | MatchType::Absolutely)
        }
        MatchType::Absolutely | MatchType::Word => whole == text && match_type == of_whole,
    };
    is_there
        && (fields == where_whole || (!where_whole.is_empty() && fields.includes(*where_whole)))
}

/// A character that a pattern needs and that folding takes out of every text.
fn impossible(pattern: &str, folding: Folding) -> Option<char> {
    if !folding.nfkc || pattern.is_ascii() {
        return None;
    }
    let mut parser = ParserBuilder::new().case_insensitive(folding.lower).build();
    needs(&parser.parse(pattern).ok()?, folding)
}

fn needs(hir: &Hir, folding: Folding) -> Option<char> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            text.chars().find(|c| is_folded_away(*c, folding))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let members = class.iter().flat_map(|range| range.start()..=range.end());
            let members: Vec<char> = members.take(CLASS_MAX + 1).collect();
            let all_go = members.iter().all(|c| is_folded_away(*c, folding));
            members
                .first()
                .copied()
                .filter(|_| all_go && members.len() <= CLASS_MAX)
        }
        HirKind::Concat(parts) => parts.iter().find_map(|part| needs(part, folding)),
        HirKind::Alternation(parts) => {
            let needed = parts.iter().map(|part| needs(part, folding));
            needed.collect::<Option<Vec<_>>>()?.into_iter().next()
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => needs(&repetition.sub, folding),
        HirKind::Capture(capture) => needs(&capture.sub, folding),
        _ => None,
    }
}

/// Chinese characters of patterns are folded as those of texts are.
fn is_folded_away(c: char, folding: Folding) -> bool {
    let c = if folding.han { han(c) } else { c };
    if c.is_ascii() {
        return false;
    }
    let mut buffer = [0; 4];
    let text = &*c.encode_utf8(&mut buffer);
    is_invisible(c) || nfkc(text).ne([c])
}
