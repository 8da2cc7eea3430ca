//! What is wrong with a project file, and where.

use std::collections::HashSet;
use std::fmt;

use super::spot::Spot;
use crate::printable::printable;
use crate::yaml::{Position, YamlFault};

/// More faults of one file are not kept: nobody reads them.
const FAULTS_MAX: usize = 1_000;

/// For more faults than this no similar name is looked for.
const SUGGESTIONS_MAX: usize = 100;

/// A list of expected names that is longer than this helps nobody.
const EXPECTED_MAX: usize = 24;

/// Characters of a text of the file that a message repeats.
const QUOTED_MAX: usize = 60;

/// One fault. As text: `31:5: tasks.day_log.requries: unknown key; did you mean requires?`; the
/// name of the file and a colon go in front of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub position: Position,
    /// The key at fault with the keys that enclose it; empty for the file as a whole.
    pub key: String,
    /// What was found, and what was expected.
    pub problem: String,
}

/// Something that is allowed, but seldom meant.
pub(crate) type Warning = Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{line}:{column}: ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)
    }
}

impl Fault {
    /// Of the file as a whole.
    pub(crate) fn of_file(problem: &str) -> Self {
        Self {
            position: Position { line: 1, column: 1 },
            key: String::new(),
            problem: problem.to_owned(),
        }
    }
}

impl From<YamlFault> for Fault {
    fn from(fault: YamlFault) -> Self {
        Self {
            position: fault.position,
            key: fault.entry,
            problem: printable(&fault.problem).into_owned(),
        }
    }
}

/// Where a fault is reported, kept for checks that come after the reading.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub position: Position,
    pub key: String,
}

/// Collects the faults of one file.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
    warnings: Vec<Warning>,
    suggestions: usize,
}

impl Faults {
    /// A fault of a value.
    pub fn value(&mut self, spot: &Spot<'_>, problem: impl Into<String>) {
        if self.found.len() < FAULTS_MAX {
            self.place(spot.value_place(), problem);
        }
    }

    /// A fault of a key, or of all that stands under it.
    pub fn key(&mut self, spot: &Spot<'_>, problem: impl Into<String>) {
        if self.found.len() < FAULTS_MAX {
            self.place(spot.place(), problem);
        }
    }

    pub fn place(&mut self, place: Place, problem: impl Into<String>) {
        if self.found.len() < FAULTS_MAX {
            self.found.push(fault(place, problem));
        }
    }

    pub fn warn(&mut self, place: Place, problem: impl Into<String>) {
        if self.warnings.len() < FAULTS_MAX {
            self.warnings.push(fault(place, problem));
        }
    }

    /// `; did you mean NAME?`, or which names there are.
    pub fn hint<'k>(&mut self, name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
        self.suggestions += 1;
        match self.suggestions > SUGGESTIONS_MAX {
            true => String::new(),
            false => hint(name, known),
        }
    }

    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// In the order of the file.
    pub fn into_sorted(mut self) -> (Vec<Fault>, Vec<Warning>) {
        for list in [&mut self.found, &mut self.warnings] {
            list.sort_by_key(|fault| fault.position);
            list.dedup();
        }
        (self.found, self.warnings)
    }
}

fn fault(place: Place, problem: impl Into<String>) -> Fault {
    Fault {
        position: place.position,
        key: place.key,
        problem: problem.into(),
    }
}

/// `; did you mean NAME?`, or which names there are.
pub(crate) fn hint<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    let mut seen = HashSet::new();
    known.retain(|name| seen.insert(*name));
    match nearest(name, &known) {
        Some(nearest) => format!("; did you mean {nearest}?"),
        None if known.is_empty() => "; there are none".to_owned(),
        None if known.len() <= EXPECTED_MAX => format!("; expected {}", one_of(&known)),
        None => String::new(),
    }
}

/// A name that somebody gave, inside a message: on one line, and not all of a long one.
pub(crate) fn shown_name(name: &str) -> String {
    match name.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", printable(&name[..end])),
        None => printable(name).into_owned(),
    }
}

/// `a`, `a or b`, `one of a, b, c`.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} or {other}"),
        _ => format!("one of {}", names.join(", ")),
    }
}

/// A text of the file inside a message: on one line, and not all of a long one.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("`{}…`", printable(&text[..end])),
        None => format!("`{}`", printable(text)),
    }
}

/// The known name that differs from this one by a slip of the finger or two.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let length = name.chars().count();
    if length > 64 {
        return None;
    }
    let most = (length / 3).clamp(1, 3);
    let near = known
        .iter()
        .filter(|known| known.len().abs_diff(name.len()) <= most);
    let distances = near.map(|known| (strsim::osa_distance(name, known), *known));
    let nearest = distances.filter(|(distance, _)| (1..=most).contains(distance));
    nearest
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
