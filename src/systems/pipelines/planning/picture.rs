//! A plan as the terminal shows it: a tree with a line for each task and action.

use std::collections::HashMap;
use std::fmt::Write;

use super::Plan;
use super::catalog::to_u32;
use crate::printable::counted;

/// Columns of names at least; the action follows two columns later.
const NAME_COLUMNS: usize = 29;

/// Columns of actions: the longest word and two blanks.
const ACTION_COLUMNS: usize = 10;

/// Deeper levels are not indented further.
const DEEPEST: usize = 40;

/// What is drawn: a plan of this process, or one that a server has sent. Places are those of its instances.
pub(crate) trait Drawn {
    fn instances(&self) -> usize;

    fn targets(&self) -> &[u32];

    fn needs(&self, place: u32) -> Vec<u32>;

    fn action(&self, place: u32) -> &str;

    fn reason(&self, place: u32) -> Option<String>;

    fn name(&self, place: u32) -> String;

    /// The name of its task, with the project if it is another one than the planned.
    fn task(&self, place: u32) -> String;

    /// Of each action, in words.
    fn counts(&self) -> String;

    /// Targets that are left for later.
    fn left_out(&self) -> usize;
}

impl Drawn for Plan {
    fn instances(&self) -> usize {
        self.instances.len()
    }

    fn targets(&self) -> &[u32] {
        &self.targets
    }

    fn needs(&self, place: u32) -> Vec<u32> {
        let needs = self.instances[place as usize].needs.iter();
        needs.map(|need| need.on).collect()
    }

    fn action(&self, place: u32) -> &str {
        self.instances[place as usize].action.as_str()
    }

    fn reason(&self, place: u32) -> Option<String> {
        self.reason(&self.instances[place as usize])
    }

    fn name(&self, place: u32) -> String {
        self.name(&self.instances[place as usize])
    }

    fn task(&self, place: u32) -> String {
        let instance = &self.instances[place as usize];
        let task = &self.task(instance).name;
        match instance.project {
            0 => task.clone(),
            _ => format!("{}/{task}", self.project(instance).name),
        }
    }

    fn counts(&self) -> String {
        self.counts.to_string()
    }

    fn left_out(&self) -> usize {
        self.left_out
    }
}

/// A line for each task and action, or for each instance, below what needs it first; then the
/// counts.
pub(crate) fn picture(plan: &dyn Drawn, each_instance: bool) -> String {
    let lines = Lines::new(plan, each_instance);
    let tree = lines.tree();
    let name_columns = tree.iter().map(|(indented, _)| columns(indented)).max();
    let name_columns = name_columns.unwrap_or_default().max(NAME_COLUMNS) + 2;
    let mut text = String::new();
    for (indented, line) in &tree {
        let line = &lines.all[*line as usize];
        text.push_str(indented);
        text.extend(std::iter::repeat_n(' ', name_columns - columns(indented)));
        text.push_str(&line.action);
        if let Some(reason) = lines.reason(line) {
            let gap = ACTION_COLUMNS.saturating_sub(line.action.len()).max(1);
            text.extend(std::iter::repeat_n(' ', gap));
            text.push_str(&reason);
        }
        text.push('\n');
    }
    let instances = counted(plan.instances() as u64, "instance");
    // Writing into a text cannot fail.
    writeln!(text, "{instances}: {}", plan.counts()).unwrap_or_default();
    if plan.left_out() > 0 {
        let noun = if plan.left_out() == 1 {
            "target is"
        } else {
            "targets are"
        };
        writeln!(text, "{} more {noun} left for later", plan.left_out()).unwrap_or_default();
    }
    text
}

struct Lines<'p> {
    plan: &'p dyn Drawn,
    all: Vec<Line>,
    /// Of each instance.
    line_of: Vec<u32>,
}

struct Line {
    action: String,
    instances: Vec<u32>,
}

impl<'p> Lines<'p> {
    fn new(plan: &'p dyn Drawn, each_instance: bool) -> Self {
        let mut lines = Self {
            plan,
            all: Vec::new(),
            line_of: Vec::new(),
        };
        let mut known = HashMap::new();
        for place in 0..to_u32(plan.instances()) {
            let next = to_u32(lines.all.len());
            let action = plan.action(place);
            let line = if each_instance {
                next
            } else {
                *known.entry((plan.task(place), action)).or_insert(next)
            };
            if line == next {
                lines.all.push(Line {
                    action: action.to_owned(),
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
        let targets = self.plan.targets().iter();
        let roots = targets.map(|target| self.line_of[*target as usize]);
        let roots = distinct(roots, &mut is_drawn);
        let mut tree = Vec::new();
        // Lines to draw, the next one last: with the indentation of what stands below it.
        let mut open: Vec<(u32, String, usize)> = Vec::new();
        open.extend(roots.into_iter().rev().map(|line| (line, String::new(), 0)));
        // A line that is claimed by one above is not drawn again below it.
        while let Some((line, before, depth)) = open.pop() {
            tree.push((format!("{before}{}", self.name(line)), line));
            let needs = self.all[line as usize].instances.iter();
            let needs = needs.flat_map(|place| self.plan.needs(*place));
            let below = needs.map(|need| self.line_of[need as usize]);
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
        match self.all[line as usize].instances.as_slice() {
            [only] => self.plan.name(*only),
            several => format!("{} ×{}", self.plan.task(several[0]), several.len()),
        }
    }

    /// The reason of a single instance; of several only how many are forced or stale.
    fn reason(&self, line: &Line) -> Option<String> {
        if let [only] = line.instances.as_slice() {
            return self.plan.reason(*only);
        }
        let count = |word: &str| {
            let places = line.instances.iter();
            let count = places.filter(|place| self.plan.reason(**place).as_deref() == Some(word));
            match count.count() {
                0 => None,
                count if count == line.instances.len() => Some(word.to_owned()),
                count => Some(format!("{count} {word}")),
            }
        };
        let words: Vec<String> = ["forced", "stale"].into_iter().filter_map(count).collect();
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
