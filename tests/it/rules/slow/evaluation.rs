//! Whether an expression is true of a row, and its first hit.

use super::folding::Text;
use super::hits::hits;
use super::{Kind, Set, Tree};

/// The fields of a row as rules see them.
pub type Texts = [Option<Text>; 4];

/// Letters of a field: its number, the first letter, behind the last.
pub type Place = (usize, usize, usize);

/// Why an expression is true.
#[derive(Clone, Debug)]
pub struct First {
    pub place: Place,
    pub parts: Vec<Place>,
}

impl First {
    /// The least one is the first hit.
    pub fn order(&self) -> (usize, usize, usize) {
        let (field, start, end) = self.place;
        (field, start, usize::MAX - end)
    }
}

/// The first hit; `None`: the expression is not true.
///
/// What is not positive is not asked for a hit: see [`is_true`].
pub fn first(tree: &Tree, around: &[usize], texts: &Texts, set: &Set) -> Option<First> {
    let fields = tree.fields.as_deref().unwrap_or(around);
    let of_operand = |operand| first(operand, fields, texts, set);
    match &tree.kind {
        Kind::Keyword { .. } | Kind::Pattern(_) | Kind::List(_) | Kind::Near { .. } => {
            for field in fields {
                if let Some(text) = &texts[*field]
                    && let Some((start, end)) = hits(tree, text, set).first()
                {
                    let place = (*field, *start, *end);
                    let parts = vec![place];
                    return Some(First { place, parts });
                }
            }
            None
        }
        Kind::Group(inner) => of_operand(inner),
        Kind::Or(operands) => least(operands.iter().filter_map(of_operand)),
        Kind::And(operands) => {
            let all = operands.iter();
            if all
                .clone()
                .any(|operand| !is_true(operand, fields, texts, set))
            {
                return None;
            }
            whole(
                all.filter(|operand| is_positive(operand))
                    .filter_map(of_operand),
            )
        }
        Kind::AtLeast(count, operands) => {
            let found: Vec<First> = operands.iter().filter_map(of_operand).collect();
            if found.len() < *count {
                return None;
            }
            whole(found.into_iter())
        }
        Kind::Not(_) => panic!("a NOT has no hit"),
    }
}

fn is_true(tree: &Tree, around: &[usize], texts: &Texts, set: &Set) -> bool {
    let fields = tree.fields.as_deref().unwrap_or(around);
    match &tree.kind {
        Kind::Not(inner) => first(inner, fields, texts, set).is_none(),
        Kind::Group(inner) => is_true(inner, fields, texts, set),
        _ => first(tree, fields, texts, set).is_some(),
    }
}

/// Whether it needs a term that is there to be true.
pub fn is_positive(tree: &Tree) -> bool {
    match &tree.kind {
        Kind::Not(_) => false,
        Kind::Group(inner) => is_positive(inner),
        Kind::And(operands) => operands.iter().any(is_positive),
        Kind::Or(operands) | Kind::AtLeast(_, operands) => operands.iter().all(is_positive),
        _ => true,
    }
}

/// The first of them, the one written first among equals.
fn least(found: impl Iterator<Item = First>) -> Option<First> {
    found.min_by_key(First::order)
}

/// The first of them, with the places of all as parts.
fn whole(found: impl Iterator<Item = First>) -> Option<First> {
    let found: Vec<First> = found.collect();
    let parts = found.iter().map(|first| first.place).collect();
    let first = least(found.into_iter())?;
    Some(First { parts, ..first })
}
