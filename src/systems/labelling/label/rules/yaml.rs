//! Reads a rule set that is one YAML file.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::draft::{Draft, Loaded, Locate, Position};
use super::finding::{Finding, Place, RuleSetError};
use super::load::{fault, set_name, whole};
use super::set::{AuthorConflict, DEFAULT_VERSION, ModelType, Normalize, RowLabels, RuleSet};
use line::Step;

mod line;

/// Each line that is looked up costs a pass over the file. When this much was read again, findings
/// do without a line.
const READ_AGAIN_BYTES: usize = 32 << 20;

/// The file as it is written; rules are looked at later, so that all of their faults can be told.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: Option<String>,
    version: Option<String>,
    model_type: Option<ModelType>,
    exclusive: Option<bool>,
    #[serde(default)]
    author_conflict: AuthorConflict,
    #[serde(default)]
    row_labels: RowLabels,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    normalize: Normalize,
    labels: Labels,
}

/// Labels in the order of the file, those that are given twice included.
struct Labels {
    labels: Vec<(String, Vec<Value>)>,
    form: Form,
}

/// How the labels are written.
#[derive(Clone, Copy)]
enum Form {
    /// `{female: [rules]}`
    Mapping,
    /// `[{name: female, rules: [rules]}]`
    List,
}

/// A label of the list form.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a label with `name` and `rules`")]
struct ListedLabel {
    name: String,
    rules: Vec<Value>,
}

struct File<'p> {
    path: &'p Path,
    text: String,
    lines: RefCell<HashMap<Position, Option<usize>>>,
    read_again: Cell<usize>,
    form: Cell<Form>,
}

/// Reads the file at `path`. If a model type is asked for, it has to be a set of that type or
/// not say what it is.
pub(super) fn load(path: &Path, asked: Option<ModelType>) -> Result<Loaded, RuleSetError> {
    let file = File::read(path)?;
    let document = file.parse()?;
    file.form.set(document.labels.form);
    if let (Some(written), Some(asked)) = (document.model_type, asked)
        && written != asked
    {
        let reason = format!("the set is a {written}, a {asked} was asked for");
        return Err(file.fault(file.line(&[Step::Key("model_type")]), reason));
    }
    let model_type = document
        .model_type
        .or(asked)
        .unwrap_or(ModelType::KeywordModel);
    let mut draft = Draft::default();
    for (name, rules) in &document.labels.labels {
        draft.add_label(name, rules, model_type);
    }
    draft.finish(document.into_set(path, model_type), &file)
}

impl<'p> File<'p> {
    fn read(path: &'p Path) -> Result<Self, RuleSetError> {
        let bytes =
            fs::read(path).map_err(|cause| fault(path, format!("failed to read: {cause}")))?;
        let (text, invalid_line) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                (String::new(), Some(line))
            }
        };
        let file = Self {
            path,
            text,
            lines: RefCell::default(),
            read_again: Cell::new(0),
            form: Cell::new(Form::Mapping),
        };
        match invalid_line {
            None => Ok(file),
            line => Err(file.fault(line, "the line is not valid UTF-8".to_owned())),
        }
    }

    fn parse(&self) -> Result<Document, RuleSetError> {
        yaml_serde::from_str(&self.text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            self.fault(line, without_position(&error.to_string()))
        })
    }

    fn fault(&self, line: Option<usize>, reason: String) -> RuleSetError {
        let place = self.at(line);
        RuleSetError::Invalid {
            faults: vec![Finding { place, reason }],
        }
    }

    fn at(&self, at: Option<usize>) -> Place {
        let mut place = whole(self.path);
        if let Place::File { line, .. } = &mut place {
            *line = at;
        }
        place
    }

    fn line(&self, steps: &[Step<'_>]) -> Option<usize> {
        let read_again = self.read_again.get();
        self.read_again.set(read_again + self.text.len());
        (read_again < READ_AGAIN_BYTES).then(|| line::line_of(&self.text, steps))?
    }

    fn line_at(&self, position: Position) -> Option<usize> {
        let mut steps = vec![Step::Key("labels")];
        match (self.form.get(), position.rule) {
            (Form::Mapping, None) => steps.push(Step::Entry(position.label)),
            (Form::Mapping, Some(rule)) => {
                steps.extend([Step::Entry(position.label), Step::Element(rule)]);
            }
            (Form::List, None) => {
                steps.extend([Step::Element(position.label), Step::Key("name")]);
            }
            (Form::List, Some(rule)) => {
                let rules = Step::Key("rules");
                steps.extend([Step::Element(position.label), rules, Step::Element(rule)]);
            }
        }
        self.line(&steps)
    }
}

impl Locate for File<'_> {
    fn place(&self, position: Position) -> Place {
        let mut lines = self.lines.borrow_mut();
        let line = lines
            .entry(position)
            .or_insert_with(|| self.line_at(position));
        self.at(*line)
    }

    fn whole(&self) -> Place {
        whole(self.path)
    }
}

impl Document {
    fn into_set(self, path: &Path, model_type: ModelType) -> RuleSet {
        RuleSet {
            name: self.name.unwrap_or_else(|| set_name(path)),
            version: self.version.unwrap_or_else(|| DEFAULT_VERSION.to_owned()),
            model_type,
            exclusive: self.exclusive.unwrap_or(true),
            author_conflict: self.author_conflict,
            row_labels: self.row_labels,
            case_sensitive: self.case_sensitive,
            normalize: self.normalize,
            labels: Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LabelsVisitor)
    }
}

struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a mapping of labels to lists of rules, or a list of labels with `name` and `rules`",
        )
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Vec::new();
        while let Some(label) = map.next_entry()? {
            labels.push(label);
        }
        Ok(Labels {
            labels,
            form: Form::Mapping,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Labels, A::Error> {
        let mut labels = Vec::new();
        while let Some(ListedLabel { name, rules }) = list.next_element()? {
            labels.push((name, rules));
        }
        Ok(Labels {
            labels,
            form: Form::List,
        })
    }
}

/// The parser writes the position into its message; we print it before the message.
fn without_position(message: &str) -> String {
    let message = message.replace('\n', " ");
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}
