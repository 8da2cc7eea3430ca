//! Folds, errors, warnings and progress, as commands write them at the beginning of a line.

use memchr::memchr;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

/// Longer texts of marks are cut.
const TEXT_BYTES_MAX: usize = 1024;
const PROGRESS_TEXT_MAX: usize = 200;

const TRAVIS: &[u8] = b"travis_fold:";
const COMMAND: &[u8] = b"::";

/// Something at a place in the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Where its line begins; of the end of a fold, where the line behind it begins.
    pub offset: u64,
    /// Microseconds since 1970.
    pub at: i64,
    #[serde(flatten)]
    pub kind: MarkKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum MarkKind {
    /// A script of a list.
    Script {
        name: String,
    },
    ScriptEnd,
    Fold {
        name: String,
    },
    /// Without a name: of the innermost fold.
    FoldEnd {
        name: Option<String>,
    },
    Error {
        text: String,
        place: Option<String>,
    },
    Warning {
        text: String,
        place: Option<String>,
    },
    /// There were more marks than are kept.
    More,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub percent: u8,
    pub text: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// A part of a log that can be folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fold {
    pub name: String,
    /// How many folds it is in.
    pub depth: usize,
    pub is_script: bool,
    pub from: u64,
    /// `None`: it is open.
    pub to: Option<u64>,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

/// Joins beginnings and ends. A fold that is not ended ends with the one around it.
pub(crate) fn folds(marks: &[Mark]) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for mark in marks {
        let (name, is_script) = match &mark.kind {
            MarkKind::Script { name } => (name, true),
            MarkKind::Fold { name } => (name, false),
            MarkKind::ScriptEnd => {
                close(&mut folds, &mut open, mark, |fold| fold.is_script);
                continue;
            }
            MarkKind::FoldEnd { name } => {
                let is_it = |fold: &Fold| {
                    !fold.is_script && name.as_ref().is_none_or(|name| *name == fold.name)
                };
                close(&mut folds, &mut open, mark, is_it);
                continue;
            }
            MarkKind::Error { .. } | MarkKind::Warning { .. } | MarkKind::More => continue,
        };
        open.push(folds.len());
        folds.push(Fold {
            name: name.clone(),
            depth: open.len() - 1,
            is_script,
            from: mark.offset,
            to: None,
            started_at: mark.at,
            ended_at: None,
        });
    }
    folds
}

fn close(folds: &mut [Fold], open: &mut Vec<usize>, mark: &Mark, is_it: impl Fn(&Fold) -> bool) {
    let Some(position) = open.iter().rposition(|&fold| is_it(&folds[fold])) else {
        return;
    };
    // `::endgroup::` of a script does not reach beyond it.
    let is_ended_in_a_script = |&fold: &usize| folds[fold].is_script;
    let ends_script = folds[open[position]].is_script;
    if !ends_script && open[position..].iter().any(is_ended_in_a_script) {
        return;
    }
    for fold in open.drain(position..) {
        folds[fold].to = Some(mark.offset);
        folds[fold].ended_at = Some(mark.at);
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Mark(Mark),
    Progress(Progress),
}

/// Looks at the beginnings of lines of the masked stream.
pub(super) struct MarkScanner {
    command: Finder<'static>,
    travis: Finder<'static>,
    at_line_start: bool,
    /// The beginning of a line that could be a mark, and its offset.
    line: Vec<u8>,
    line_at: u64,
}

impl MarkScanner {
    pub(super) fn new() -> Self {
        Self {
            command: Finder::new(b"\n::"),
            travis: Finder::new(b"\ntravis_fold:"),
            at_line_start: true,
            line: Vec::new(),
            line_at: 0,
        }
    }

    pub(super) fn is_at_line_start(&self) -> bool {
        self.at_line_start
    }

    /// `offset`: of the first byte of the piece.
    pub(super) fn push(&mut self, piece: &[u8], offset: u64, at: i64, found: &mut Vec<Found>) {
        if piece.is_empty() {
            return;
        }
        let mut position = 0;
        if !self.line.is_empty() || (self.at_line_start && could_be_mark(piece)) {
            if self.line.is_empty() {
                self.line_at = offset;
            }
            position = self.take_line(piece, 0, offset, at, found);
        }
        // Behind a line that was taken, `position` is at the newline itself.
        let mut next_command = self
            .command
            .find(&piece[position..])
            .map(|hit| hit + position);
        let mut next_travis = self
            .travis
            .find(&piece[position..])
            .map(|hit| hit + position);
        while let Some(newline) = [next_command, next_travis].into_iter().flatten().min() {
            self.line_at = offset + newline as u64 + 1;
            let end = self.take_line(piece, newline + 1, offset, at, found);
            let again = |hit: Option<usize>, finder: &Finder<'_>| match hit {
                Some(hit) if hit <= newline => finder.find(&piece[end..]).map(|hit| hit + end),
                other => other,
            };
            next_command = again(next_command, &self.command);
            next_travis = again(next_travis, &self.travis);
        }
        self.at_line_start = piece.ends_with(b"\n");
        if self.line.is_empty() && !self.at_line_start {
            let last_line = memchr::memrchr(b'\n', piece).map(|newline| newline + 1);
            if let Some(start) = last_line.filter(|&start| is_open_mark(&piece[start..])) {
                self.line_at = offset + start as u64;
                self.line.extend_from_slice(&piece[start..]);
            }
        }
    }

    pub(super) fn finish(&mut self, offset: u64, at: i64, found: &mut Vec<Found>) {
        if !self.line.is_empty() {
            self.take_line(b"\n", 0, offset, at, found);
        }
    }

    /// Adds the piece from `start` on to the line; returns where the line ends in the piece.
    fn take_line(
        &mut self,
        piece: &[u8],
        start: usize,
        offset: u64,
        at: i64,
        found: &mut Vec<Found>,
    ) -> usize {
        let rest = &piece[start..];
        let newline = memchr(b'\n', rest);
        let text = &rest[..newline.unwrap_or(rest.len())];
        let room = TEXT_BYTES_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(&text[..text.len().min(room)]);
        let end = start + text.len();
        let is_whole = newline.is_some() || self.line.len() >= TEXT_BYTES_MAX;
        if is_whole || !could_be_mark(&self.line) {
            let line = std::mem::take(&mut self.line);
            let behind = offset + end as u64 + u64::from(newline.is_some());
            found.extend(parse(&line, self.line_at, behind, at));
        }
        end
    }
}

fn could_be_mark(line: &[u8]) -> bool {
    line.starts_with(COMMAND) || line.starts_with(TRAVIS) || is_open_mark(line)
}

/// Too short to say.
fn is_open_mark(line: &[u8]) -> bool {
    COMMAND.starts_with(line) || TRAVIS.starts_with(line)
}

fn parse(line: &[u8], line_at: u64, behind: u64, at: i64) -> Option<Found> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    let mark = |offset, kind| Some(Found::Mark(Mark { offset, at, kind }));
    if let Some(rest) = text.strip_prefix("travis_fold:") {
        let (verb, name) = rest.split_once(':')?;
        let is_end = |letter: char| letter.is_whitespace() || letter.is_control();
        let name = name.split(is_end).next().unwrap_or_default().to_owned();
        return match verb {
            "start" => mark(line_at, MarkKind::Fold { name }),
            "end" => mark(behind, MarkKind::FoldEnd { name: Some(name) }),
            _ => None,
        };
    }
    let (command, value) = text.strip_prefix("::")?.split_once("::")?;
    let (command, place) = match command.split_once(' ') {
        Some((command, place)) => (command, Some(place.trim().to_owned())),
        None => (command, None),
    };
    match command {
        "group" => mark(
            line_at,
            MarkKind::Fold {
                name: value.trim().to_owned(),
            },
        ),
        "endgroup" => mark(behind, MarkKind::FoldEnd { name: None }),
        "error" => mark(
            line_at,
            MarkKind::Error {
                text: value.to_owned(),
                place,
            },
        ),
        "warning" => mark(
            line_at,
            MarkKind::Warning {
                text: value.to_owned(),
                place,
            },
        ),
        "progress" => {
            let (percent, text) = value.split_once("::").unwrap_or((value, ""));
            let percent: f64 = percent.trim().trim_end_matches('%').parse().ok()?;
            let percent = percent.clamp(0.0, 100.0) as u8;
            let text = text.chars().take(PROGRESS_TEXT_MAX / 4).collect();
            Some(Found::Progress(Progress { percent, text, at }))
        }
        _ => None,
    }
}
