//! Reads a rule set that is one YAML file.

use std::mem;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::allowance::Allowance;
use super::draft::{Draft, Loaded, Locate, Position};
use super::finding::{Finding, Place, RuleSetError};
use super::load::{fault, set_name, whole};
use super::set::{AuthorConflict, DEFAULT_VERSION, Normalize, RowLabels, RuleKind, RuleSet};
use crate::small_file;
use crate::yaml::{self, Content, Node, Style, YamlFault};

/// The options of a set. Its labels are read separately, so that every fault of a rule is found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: Option<String>,
    version: Option<String>,
    model_type: Option<RuleKind>,
    exclusive: Option<bool>,
    #[serde(default)]
    author_conflict: AuthorConflict,
    #[serde(default)]
    row_labels: RowLabels,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    normalize: Normalize,
    #[serde(rename = "labels")]
    _labels: IgnoredAny,
}

/// A label of the list form, without its rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a label with `name` and `rules`")]
struct ListedLabel {
    name: String,
    #[serde(rename = "rules")]
    _rules: IgnoredAny,
}

/// A label in the order of the file, repeated ones included.
struct Label {
    name: String,
    line: usize,
    rules: Vec<Node>,
}

/// The positions of the labels and rules of a file.
struct Lines<'p> {
    path: &'p Path,
    labels: Vec<LabelLines>,
}

struct LabelLines {
    line: usize,
    rules: Vec<usize>,
}

/// Reads the file at `path`. If a model type is asked for, the set has to be of that type, or name
/// none.
pub(super) fn load(
    path: &Path,
    asked: Option<RuleKind>,
    allowance: &Allowance,
) -> Result<Loaded, RuleSetError> {
    let text = read(path)?;
    let mut root = yaml::parse(&text).map_err(|fault| invalid(path, vec![fault]))?;
    let model_type_line = root.get("model_type").map(line);
    let labels = take(&mut root, "labels");
    let header: Header = yaml::read(&root).map_err(|faults| invalid(path, faults))?;
    let labels = labels.map(read_labels).transpose();
    let labels = labels.map_err(|faults| invalid(path, faults))?;
    if let (Some(written), Some(asked)) = (header.model_type, asked)
        && written != asked
    {
        let reason = format!("the set is a {written}, expected a {asked}");
        return Err(one_fault(path, model_type_line, reason));
    }
    let model_type = header
        .model_type
        .or(asked)
        .unwrap_or(RuleKind::KeywordModel);
    let mut draft = Draft::default();
    let mut lines = Vec::new();
    for label in labels.unwrap_or_default() {
        lines.push(LabelLines {
            line: label.line,
            rules: label.rules.iter().map(line).collect(),
        });
        draft.add_label(&label.name);
        for (position, rule) in label.rules.into_iter().enumerate() {
            match rule.into_json() {
                Ok(rule) => draft.add_rule(position, &rule, model_type),
                Err(fault) => draft.add_fault(position, fault.problem),
            }
        }
    }
    let lines = Lines {
        path,
        labels: lines,
    };
    draft.finish(header.into_set(path, model_type), &lines, allowance)
}

fn read(path: &Path) -> Result<String, RuleSetError> {
    let bytes =
        small_file::read(path).map_err(|cause| fault(path, format!("failed to read: {cause}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        one_fault(path, Some(line), "the line is not valid UTF-8".to_owned())
    })
}

/// Takes the value of a key out of a mapping and leaves an empty value in its place.
fn take(mapping: &mut Node, key: &str) -> Option<Node> {
    let Content::Mapping(entries) = &mut mapping.content else {
        return None;
    };
    let entry = entries
        .iter_mut()
        .find(|entry| entry.key.text() == Some(key))?;
    let nothing = Node::scalar(entry.value.position, String::new(), Style::Plain);
    Some(mem::replace(&mut entry.value, nothing))
}

/// `{female: [rules]}` or `[{name: female, rules: [rules]}]`
fn read_labels(labels: Node) -> Result<Vec<Label>, Vec<YamlFault>> {
    let read: Vec<Result<Label, Vec<YamlFault>>> = match labels.content {
        Content::Mapping(entries) => entries
            .into_iter()
            .map(|entry| {
                let name = entry.key.text().unwrap_or_default().to_owned();
                let rules = rules_of(entry.value);
                Ok(Label {
                    line: line(&entry.key),
                    rules: rules.map_err(|faults| inside(&format!("labels.{name}"), faults))?,
                    name,
                })
            })
            .collect(),
        Content::List(elements) => elements
            .into_iter()
            .enumerate()
            .map(|(index, element)| {
                listed(element).map_err(|faults| inside(&format!("labels[{index}]"), faults))
            })
            .collect(),
        Content::Scalar(_) => {
            let problem = "expected a mapping of labels to lists of rules, or a list of labels \
                           with `name` and `rules`";
            vec![Err(vec![YamlFault {
                position: labels.position,
                path: "labels".to_owned(),
                entry: "labels".to_owned(),
                problem: problem.to_owned(),
            }])]
        }
    };
    let mut labels = Vec::with_capacity(read.len());
    let mut faults = Vec::new();
    for label in read {
        match label {
            Ok(label) => labels.push(label),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() {
        Ok(labels)
    } else {
        Err(faults)
    }
}

fn listed(mut element: Node) -> Result<Label, Vec<YamlFault>> {
    let rules = take(&mut element, "rules");
    let line = element.get("name").map_or(line(&element), line);
    let ListedLabel { name, .. } = yaml::read(&element)?;
    let rules = rules.map(rules_of).transpose();
    Ok(Label {
        name,
        line,
        rules: rules
            .map_err(|faults| inside("rules", faults))?
            .unwrap_or_default(),
    })
}

fn rules_of(node: Node) -> Result<Vec<Node>, Vec<YamlFault>> {
    match node.content {
        Content::List(rules) => Ok(rules),
        _ => yaml::read::<Vec<IgnoredAny>>(&node).map(|_| Vec::new()),
    }
}

/// Faults of a part, as faults of the whole.
fn inside(part: &str, faults: Vec<YamlFault>) -> Vec<YamlFault> {
    let whole = faults.into_iter().map(|fault| YamlFault {
        path: joined(part, &fault.path),
        entry: joined(part, &fault.entry),
        ..fault
    });
    whole.collect()
}

fn joined(part: &str, path: &str) -> String {
    match path {
        "" => part.to_owned(),
        _ if path.starts_with('[') => format!("{part}{path}"),
        _ => format!("{part}.{path}"),
    }
}

fn line(node: &Node) -> usize {
    node.position.line as usize
}

fn invalid(path: &Path, faults: Vec<YamlFault>) -> RuleSetError {
    let faults = faults.into_iter().map(|fault| Finding {
        place: at(path, Some(fault.position.line as usize)),
        reason: fault.to_string(),
    });
    RuleSetError::Invalid {
        faults: faults.collect(),
    }
}

fn one_fault(path: &Path, line: Option<usize>, reason: String) -> RuleSetError {
    let place = at(path, line);
    RuleSetError::Invalid {
        faults: vec![Finding { place, reason }],
    }
}

fn at(path: &Path, at: Option<usize>) -> Place {
    let mut place = whole(path);
    if let Place::File { line, .. } = &mut place {
        *line = at;
    }
    place
}

impl Locate for Lines<'_> {
    fn place(&self, position: Position) -> Place {
        let label = &self.labels[position.label];
        let line = match position.rule {
            None => label.line,
            Some(rule) => label.rules[rule],
        };
        at(self.path, Some(line))
    }

    fn whole(&self) -> Place {
        whole(self.path)
    }
}

impl Header {
    fn into_set(self, path: &Path, model_type: RuleKind) -> RuleSet {
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
