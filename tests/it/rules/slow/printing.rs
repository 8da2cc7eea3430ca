//! Writes an expression as text that reads as the same expression.

use super::{Edges, FIELDS, Kind, Tree};

pub fn print(tree: &Tree) -> String {
    match &tree.kind {
        Kind::And(operands) => joined(operands, " AND "),
        Kind::Or(operands) => joined(operands, " OR "),
        _ => unary(tree),
    }
}

fn joined(operands: &[Tree], operator: &str) -> String {
    let operands: Vec<String> = operands.iter().map(unary).collect();
    operands.join(operator)
}

fn unary(tree: &Tree) -> String {
    match &tree.kind {
        Kind::Not(inner) => match &inner.kind {
            Kind::Near { .. } => format!("NOT {}", unary(inner)),
            _ => format!("NOT {}", atom(inner)),
        },
        Kind::Near {
            left,
            right,
            distance,
            characters,
            ordered,
        } => format!(
            "{} NEAR/{distance}{}{} {}",
            atom(left),
            if *characters { "c" } else { "" },
            if *ordered { "f" } else { "" },
            atom(right)
        ),
        _ => atom(tree),
    }
}

fn atom(tree: &Tree) -> String {
    let prefixes: String = tree
        .fields
        .iter()
        .flatten()
        .map(|field| format!("{}:", FIELDS[*field]))
        .collect();
    match &tree.kind {
        Kind::Keyword { text, edges, raw } => {
            let place = match edges {
                Edges::Partially => String::new(),
                other => format!("{}:", other.name()),
            };
            let raw = if *raw { "raw:" } else { "" };
            format!("{prefixes}{place}{raw}{}", keyword(text))
        }
        Kind::Pattern(pattern) => format!("{prefixes}/{}/", pattern.replace('/', "\\/")),
        Kind::List(name) => format!("{prefixes}list:{name}"),
        Kind::AtLeast(count, operands) => {
            let operands: Vec<String> = operands.iter().map(print).collect();
            format!("{count} OF ({})", operands.join(", "))
        }
        Kind::Group(inner) => format!("{prefixes}({})", print(inner)),
        Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::Near { .. } => {
            format!("({})", print(tree))
        }
    }
}

/// Bare if it can be.
fn keyword(text: &str) -> String {
    let has_meaning = ["AND", "OR", "NOT", "OF", "NEAR"].contains(&text)
        || text.chars().all(|character| character.is_ascii_digit());
    let is_bare = |character: char| {
        character.is_alphabetic() || "_-#[]".contains(character) || u32::from(character) > 0x1F000
    };
    if !has_meaning && text.chars().all(is_bare) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
