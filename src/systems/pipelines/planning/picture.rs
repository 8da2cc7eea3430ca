//! A plan as the terminal shows it: a tree with a line for each task and action.

use std::fmt::Write;

use super::catalog::to_u32;
use super::{Action, Plan, Reason};

/// Columns of names at least; the action follows two columns later.
const NAME_COLUMNS: usize = 29;

/// Columns of actions: the longest word and two blanks.
const ACTION_COLUMNS: usize = 10;

/// Deeper levels are not indented further.
const DEEPEST: usize = 40;

/// A line for each task and action, or for each instance, below what needs it first; then the
/// counts.
pub(crate) fn picture(plan: &Plan, each_instance: bool) -> String {
    let lines = Lines::new(plan, each_instance);
    let tree = lines.tree();
    let name_columns = tree.iter().map(|(indented, _)| columns(indented)).max();
    let name_columns = name_columns.unwrap_or_default().max(NAME_COLUMNS) + 2;
    let mut text = String::new();
    for (indented, line) in &tree {
        let line = &lines.all[*line as usize];
        text.push_str(indented);
        text.extend(std::iter::repeat_n(' ', name_columns - columns(indented)));
        text.push_str(line.action.as_str());
        if let Some(reason) = lines.reason(line) {
            let gap = ACTION_COLUMNS - line.action.as_str().len();
            text.extend(std::iter::repeat_n(' ', gap));
            text.push_str(&reason);
        }
        text.push('\n');
    }
    let counts = &plan.counts;
    let instances = counts.instances();
    let noun = if instances == 1 {
        "instance"
    } else {
        "instances"
    };
    // Writing into a text cannot fail.
    writeln!(text, "{instances} {noun}: {counts}").unwrap_or_default();
    if plan.left_out > 0 {
        let noun = if plan.left_out == 1 {
            "target is"
        } else {
            "targets are"
        };
        writeln!(text, "{} more {noun} left for later", plan.left_out).unwrap_or_default();
    }
    text
}

struct Lines<'p> {
    plan: &'p Plan,
    all: Vec<Line>,
    /// Of each instance.
    line_of: Vec<u32>,
}

struct Line {
    action: Action,
    instances: Vec<u32>,
}

impl<'p> Lines<'p> {
    fn new(plan: &'p Plan, each_instance: bool) -> Self {
        let mut lines = Self {
            plan,
            all: Vec::new(),
            line_of: Vec::new(),
        };
        let mut known = std::collections::HashMap::new();
        for (place, instance) in (0..).zip(&plan.instances) {
            let next = to_u32(lines.all.len());
            let key = (instance.project, instance.task, instance.action);
            let line = if each_instance {
                next
            } else {
                *known.entry(key).or_insert(next)
            };
            if line == next {
                lines.all.push(Line {
                    action: instance.action,
                    instances: Vec::new(),
                });
            }
            lines.all[line as usize].instances.push(place);
            lines.line_of.push(line);
        }
        lines
    }

    /// The lines with their names indented, each below the first that needs it.
    fn tree(&self) -> Vec<(String, u32)> {
        let mut is_drawn = vec![false; self.all.len()];
        let roots = self
            .plan
            .targets
            .iter()
            .map(|target| self.line_of[*target as usize]);
        let roots = distinct(roots, &mut is_drawn);
        let mut tree = Vec::new();
        // Lines to draw, the next one last: with the indentation of what stands below it.
        let mut open: Vec<(u32, String, usize)> = Vec::new();
        open.extend(roots.into_iter().rev().map(|line| (line, String::new(), 0)));
        // A line that is claimed by one above is not drawn again below it.
        while let Some((line, before, depth)) = open.pop() {
            tree.push((format!("{before}{}", self.name(line)), line));
            let needs = self.all[line as usize].instances.iter();
            let needs = needs.flat_map(|place| &self.plan.instances[*place as usize].needs);
            let below = needs.map(|need| self.line_of[need.on as usize]);
            let below = distinct(below, &mut is_drawn);
            let indentation = below_indentation(&before, depth);
            let last = below.len().saturating_sub(1);
            for (no, line) in below.into_iter().enumerate().rev() {
                let branch = if no == last { "└─ " } else { "├─ " };
                open.push((line, format!("{indentation}{branch}"), depth + 1));
            }
        }
        tree
    }

    /// `raw_log ×48`; of a single instance its name.
    fn name(&self, line: u32) -> String {
        let instances = &self.all[line as usize].instances;
        let first = &self.plan.instances[instances[0] as usize];
        if instances.len() == 1 {
            return self.plan.name(first);
        }
        let task = &self.plan.task(first).name;
        match first.project {
            0 => format!("{task} ×{}", instances.len()),
            _ => format!(
                "{}/{task} ×{}",
                self.plan.project(first).name,
                instances.len()
            ),
        }
    }

    /// The reason of a single instance; of several only how many are forced or stale.
    fn reason(&self, line: &Line) -> Option<String> {
        let instances = line.instances.iter();
        let mut instances = instances.map(|place| &self.plan.instances[*place as usize]);
        if line.instances.len() == 1 {
            return self.plan.reason(instances.next()?);
        }
        let (mut forced, mut stale) = (0, 0);
        for instance in instances {
            match instance.reason {
                Some(Reason::Forced) => forced += 1,
                Some(Reason::Stale) => stale += 1,
                Some(Reason::No(_) | Reason::Needs(_)) | None => {}
            }
        }
        let counted = |count: usize, word: &str| match count {
            0 => None,
            _ if count == line.instances.len() => Some(word.to_owned()),
            _ => Some(format!("{count} {word}")),
        };
        let words: Vec<String> = counted(forced, "forced")
            .into_iter()
            .chain(counted(stale, "stale"))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// What stands before the branches below a line that begins like this.
fn below_indentation(before: &str, depth: usize) -> String {
    match before.strip_suffix("├─ ") {
        _ if depth == 0 => String::new(),
        _ if depth >= DEEPEST => {
            let last = before.char_indices().nth_back(2).map_or(0, |(at, _)| at);
            before[..last].to_owned()
        }
        Some(outer) => format!("{outer}│  "),
        None => format!("{}   ", before.strip_suffix("└─ ").unwrap_or(before)),
    }
}

/// Those that are not drawn yet, in their order.
fn distinct(lines: impl Iterator<Item = u32>, is_drawn: &mut [bool]) -> Vec<u32> {
    lines
        .filter(|line| !std::mem::replace(&mut is_drawn[*line as usize], true))
        .collect()
}

fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}
