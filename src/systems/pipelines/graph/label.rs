//! The two lines of text in a box, and how much room they take.

use std::collections::HashMap;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::layout::Size;
use super::model::{Graph, GraphNode};

/// Columns of the first line, and of the second one; longer ones are cut.
const NAME_COLUMNS: usize = 30;
const DETAIL_COLUMNS: usize = 34;

/// Beside the text: the band, the mark and the margins.
const SIDES: usize = 46;

/// A box is at least as wide.
const WIDTH_MIN: i32 = 120;

/// Of a box with two lines.
const HEIGHT: i32 = 42;

/// What the sheets behind the first one of a stack take above and beside it.
pub(super) const STACK: i32 = 6;

/// What is written in a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The task.
    pub name: String,
    /// What tells it from others.
    pub detail: String,
}

impl Label {
    pub(super) fn size(&self, is_stack: bool) -> Size {
        // Of letters of 12.5 and 11.5 pixels, in the widest of the usual typefaces.
        let name = self.name.width() * 38 / 5;
        let detail = self.detail.width() * 33 / 5;
        let width = (name.max(detail) + SIDES) as i32;
        let width = (width.max(WIDTH_MIN) + 7) / 8 * 8;
        match is_stack {
            true => Size {
                width: width + STACK,
                height: HEIGHT + STACK,
            },
            false => Size {
                width,
                height: HEIGHT,
            },
        }
    }
}

/// The labels of all nodes: parameters that have the same value in all instances of a task are left out
/// where others are left.
pub(super) fn labels(graph: &Graph) -> Vec<Label> {
    let mut values: HashMap<(&str, &str), Option<&str>> = HashMap::new();
    for node in &graph.nodes {
        for (name, value) in &node.params {
            let known = values.entry((&node.task, name)).or_insert(Some(value));
            if *known != Some(value) {
                *known = None;
            }
        }
    }
    let is_common = |task: &str, name: &str| matches!(values.get(&(task, name)), Some(Some(_)));
    let labels = graph.nodes.iter().map(|node| label(node, &is_common));
    labels.collect()
}

fn label(node: &GraphNode, is_common: &impl Fn(&str, &str) -> bool) -> Label {
    let params = |wanted: &dyn Fn(&str) -> bool| {
        let params = node.params.iter().filter(|(name, _)| wanted(name));
        let params = params.map(|(name, value)| format!("{name}={value}"));
        params.collect::<Vec<_>>().join(", ")
    };
    let (name, detail) = match &node.stack {
        Some(stack) => {
            let counts = stack.states.iter();
            let counts = counts.map(|(state, count)| format!("{count} {}", state.as_str()));
            let detail = counts.collect::<Vec<_>>().join(", ");
            let count = format!(" ×{}", stack.count);
            let room = NAME_COLUMNS.saturating_sub(count.width());
            (cut(&node.task, room) + &count, detail)
        }
        None => {
            let own = params(&|name| !is_common(&node.task, name));
            let detail = match own.is_empty() {
                true => params(&|_| true),
                false => own,
            };
            (cut(&node.task, NAME_COLUMNS), detail)
        }
    };
    let state = node.state.map_or("", |state| state.as_str());
    let detail = match detail.is_empty() {
        true => state,
        false => &detail,
    };
    Label {
        name,
        detail: cut(detail, DETAIL_COLUMNS),
    }
}

/// The text, or as much of its beginning as has room, with `…`.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let mut end = 0;
    for (place, letter) in text.char_indices() {
        let Some(left) = room.checked_sub(letter.width().unwrap_or(0)) else {
            break;
        };
        room = left;
        end = place + letter.len_utf8();
    }
    format!("{}…", text[..end].trim_end())
}
