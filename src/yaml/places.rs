//! Where the value of a key stands.

use super::node::{Content, Node, Position};

/// Where a key such as `tables[0].key[1]` stands, or the nearest of those that enclose it.
pub(crate) fn position(root: &Node, path: &str) -> Position {
    deepest(root, path).unwrap_or(root.position)
}

fn deepest(node: &Node, path: &str) -> Option<Position> {
    match &node.content {
        Content::Scalar(_) => None,
        Content::List(elements) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let element = elements.get(index.parse::<usize>().ok()?)?;
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            deepest(element, rest).or(Some(element.position))
        }
        // A key may hold a dot: the longest that fits.
        Content::Mapping(entries) => {
            let fitting = entries.iter().filter_map(|entry| {
                let rest = path.strip_prefix(entry.key.text()?)?;
                let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
                is_whole.then_some((entry, rest))
            });
            let (entry, rest) = fitting.min_by_key(|(_, rest)| rest.len())?;
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            deepest(&entry.value, rest).or(Some(entry.key.position))
        }
    }
}
