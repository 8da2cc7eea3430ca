//! A value of a document with its place: a line and a column of YAML, a pointer of JSON.

use std::sync::Arc;

use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::Place;
use crate::yaml::{Content, Entry, Node, Position, Style};

/// How places of a document are named.
#[derive(Clone, Debug)]
pub enum Places {
    /// Lines of a file.
    Lines(Arc<str>),
    /// Pointers into the value.
    Pointers,
    /// Lines of a table with one option in each.
    Rows(Arc<str>),
    /// Cells of a sheet with one option in each row.
    Cells(Arc<str>),
}

/// A value on its way down from the root.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub places: &'a Places,
    pub node: &'a Node,
    /// Of its key, where it has one.
    position: Position,
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub fn root(places: &'a Places, node: &'a Node) -> Self {
        Self {
            places,
            node,
            position: node.position,
            above: None,
            step: Step::Root,
        }
    }

    /// The value of a key.
    pub fn entry(&'a self, entry: &'a Entry) -> Self {
        Self {
            places: self.places,
            node: &entry.value,
            position: entry.key.position,
            above: Some(self),
            step: Step::Key(entry.key.text().unwrap_or_default()),
        }
    }

    /// The values of all keys.
    pub fn entries(&'a self) -> impl Iterator<Item = (&'a str, At<'a>)> {
        let entries = self.node.entries().iter();
        entries.map(|entry| {
            let key = entry.key.text().unwrap_or_default();
            (key, self.entry(entry))
        })
    }

    pub fn get(&'a self, key: &str) -> Option<Self> {
        self.node.entry(key).map(|entry| self.entry(entry))
    }

    /// The elements of a list; `None` of anything else.
    pub fn elements(&'a self) -> Option<impl ExactSizeIterator<Item = At<'a>>> {
        let Content::List(elements) = &self.node.content else {
            return None;
        };
        let elements = elements.iter().enumerate();
        Some(elements.map(|(index, node)| At {
            places: self.places,
            node,
            position: node.position,
            above: Some(self),
            step: Step::Index(index),
        }))
    }

    /// The text of a value that is a string, and of one in a table whatever it looks like.
    pub fn string(&self) -> Option<&'a str> {
        let Content::Scalar(scalar) = &self.node.content else {
            return None;
        };
        let is_string = match scalar.style {
            Style::Quoted | Style::Untyped => true,
            Style::Plain => is_word(&scalar.text),
        };
        is_string.then_some(scalar.text.as_str())
    }

    /// What it is, for people.
    pub fn kind(&self) -> &'static str {
        match &self.node.content {
            Content::List(_) => "a list",
            Content::Mapping(_) => "a mapping",
            Content::Scalar(_) if self.node.is_null() => "nothing",
            Content::Scalar(scalar) => match scalar.text.to_ascii_lowercase().as_str() {
                _ if self.string().is_some() => "a string",
                "true" | "false" => "a boolean",
                _ => "a number",
            },
        }
    }

    /// Where a rule stands: its line, without a column.
    pub fn line(&self) -> Place {
        match self.place() {
            Place::Line { file, line, .. } => Place::Line {
                file,
                line,
                column: 0,
            },
            place => place,
        }
    }

    pub fn place(&self) -> Place {
        match self.places {
            Places::Lines(file) => Place::Line {
                file: Arc::clone(file),
                line: self.position.line,
                column: self.position.column,
            },
            Places::Rows(file) => Place::Line {
                file: Arc::clone(file),
                line: self.position.line,
                column: 0,
            },
            Places::Cells(sheet) => Place::Cell {
                sheet: Arc::clone(sheet),
                row: self.position.line,
                column: self.position.column,
            },
            Places::Pointers => {
                let mut pointer = String::new();
                self.write_pointer(&mut pointer);
                Place::Pointer(pointer.into())
            }
        }
    }

    fn write_pointer(&self, pointer: &mut String) {
        if let Some(above) = self.above {
            above.write_pointer(pointer);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key) => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }

    /// The key that leads here, for messages.
    pub fn name(&self) -> String {
        match (self.step, self.above) {
            (Step::Key(key), _) => key.to_owned(),
            (Step::Index(_), Some(above)) => above.name(),
            (Step::Root | Step::Index(_), _) => "the document".to_owned(),
        }
    }

    /// Says that something else is expected here.
    pub fn expected(&self, findings: &mut Findings, expected: &str) {
        let found = self.kind();
        let message = format!("{}: expected {expected}, found {found}", self.name());
        findings.add(Code::E02, || {
            let finding = Finding::new(Code::E02, self.place(), message);
            match found {
                "a number" | "a boolean" | "nothing" if expected.contains("string") => {
                    finding.advise("put it in quotes")
                }
                _ => finding,
            }
        });
    }

    pub fn fault(&self, findings: &mut Findings, problem: &str, advice: &str) {
        findings.add(Code::E02, || {
            let message = format!("{}: {problem}", self.name());
            Finding::new(Code::E02, self.place(), message).advise(advice)
        });
    }
}

/// Whether a plain scalar is a string, and neither a number nor a boolean nor null.
fn is_word(text: &str) -> bool {
    // Most begin with a letter of some script and are longer than a boolean.
    let node = Node::scalar(Position::default(), text.to_owned(), Style::Plain);
    matches!(node.into_json(), Ok(serde_json::Value::String(_)))
}
