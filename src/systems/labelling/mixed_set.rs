//! The set of a mixed model that is to label: read, checked, and made what is stored with its task.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::compose::unstorable;
use super::label_set::{LabelSet, LabelledBy};
use super::rules::document::{Document, ModelKind};
use super::rules::fields_in_use;
use super::rules::finding::Level;
use super::rules::forms::{self, Form};
use super::rules::matching::{Allowance, Compiled};
use super::rules::set::{Field, Fields, Node, NodeKind, RuleSet};
use super::{Labelling, LabellingError, LabellingRequest, ModelType, RulesFrom};
use crate::engine::store::blob_digest;
use crate::systems::labelling::label::LabelRuleSet;
use crate::systems::labelling::posts::TextColumn;
use crate::systems::labelling::versions::{FoundSet, RuleSetsError};

/// What a set is called that comes with a request and has no name.
const NAMELESS: &str = "mixed_model";

/// Warnings about a document that its sender is told.
const WARNINGS_MAX: usize = 10;

/// A document, and which version of its set it is.
pub(super) struct MixedDocument {
    pub document: Document,
    pub version: Option<i32>,
}

impl MixedDocument {
    fn new(document: Document) -> Self {
        Self {
            document,
            version: None,
        }
    }

    fn of_version(found: FoundSet) -> Self {
        Self {
            version: Some(found.version),
            document: Arc::unwrap_or_clone(found.document),
        }
    }
}

/// The document at a path, if it is one of a mixed model; `is_asked`: it has to be.
pub(super) fn mixed_document_at(
    path: &Path,
    is_asked: bool,
) -> Result<Option<Document>, LabellingError> {
    if !is_asked && !may_be_mixed(path) {
        return Ok(None);
    }
    let document = forms::read_path(path);
    let document = document.map_err(|cause| LabellingError::UnreadableRules { cause })?;
    match document.model_type {
        ModelKind::MixedModel => Ok(Some(document)),
        _ if is_asked && !document.findings.has_errors() => Err(LabellingError::NotMixed {
            found: document.model_type.as_str(),
        }),
        _ if is_asked => Ok(Some(document)),
        _ => Ok(None),
    }
}

/// Whether it is worth to be read: the other model types have no such files, or say nothing of it.
pub(super) fn may_be_mixed(path: &Path) -> bool {
    if path.is_dir() {
        return path.join("set.yaml").is_file();
    }
    match Form::of_path(path) {
        None => false,
        Some(Form::Yaml) => {
            let text = fs::read(path).unwrap_or_default();
            let word = ModelKind::MixedModel.as_str().as_bytes();
            text.windows(word.len()).any(|bytes| bytes == word)
        }
        Some(Form::Json | Form::Tsv | Form::Csv | Form::Xlsx) => true,
    }
}

impl Labelling {
    /// The version of a rule set that a request names; `None`: it names none, or one that has no versions.
    pub(super) async fn named_version(
        &self,
        request: &LabellingRequest,
    ) -> Result<Option<FoundSet>, LabellingError> {
        let RulesFrom::Named(reference) = &request.rules else {
            return Ok(None);
        };
        if request.rule_kind.is_some() {
            return Ok(None);
        }
        match self.rule_sets().find(reference).await {
            Ok(found) => Ok(Some(found)),
            // They are looked for among the files, as ever.
            Err(RuleSetsError::OldKind { .. } | RuleSetsError::NoFile { .. }) => Ok(None),
            Err(RuleSetsError::NoSet { name, known }) => {
                Err(LabellingError::UnknownRuleSet { name, known })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The mixed model that a request brings or names; `None`: its rules are of another kind.
    pub(super) fn mixed_document(
        &self,
        request: &LabellingRequest,
        named: Option<FoundSet>,
    ) -> Result<Option<MixedDocument>, LabellingError> {
        let is_asked = request.is_mixed;
        if request.rule_kind.is_some() {
            return Ok(None);
        }
        if let Some(found) = named {
            return Ok(Some(MixedDocument::of_version(found)));
        }
        let document = match &request.rules {
            RulesFrom::Body { field, rules } if is_asked => {
                let bytes = serde_json::to_vec(rules).map_err(unstorable)?;
                Some(forms::read(Form::Json, field, &bytes, NAMELESS))
            }
            RulesFrom::Body { .. } => None,
            RulesFrom::Files if is_asked => mixed_document_at(&self.options.rules_dir, true)?,
            RulesFrom::Files => None,
            RulesFrom::Path(path) => mixed_document_at(path, is_asked)?,
            RulesFrom::Named(name) => match self.options.rule_sets.get(name) {
                Some(path) => {
                    let mut document = mixed_document_at(path, is_asked)?;
                    if let Some(document) = &mut document {
                        document.set.name.clone_from(name);
                    }
                    document
                }
                None => None,
            },
        };
        Ok(document.map(MixedDocument::new))
    }

    /// Labels and rules of a mixed model. What cannot be compiled is refused now and not when the task has begun.
    pub(super) fn mixed_labels(
        &self,
        found: MixedDocument,
        request: &LabellingRequest,
        turn: Option<OwnedSemaphorePermit>,
        stop: &CancellationToken,
    ) -> Result<LabelSet, LabellingError> {
        let MixedDocument { document, version } = found;
        if document.findings.has_errors() {
            return Err(LabellingError::FaultyRules {
                findings: Box::new(document.findings),
            });
        }
        let rule_set = LabelRuleSet {
            name: document.set.name.clone(),
            version,
            digest: document.digest(),
        };
        let warnings = warnings(&document);
        let mut set = document.set;
        let named_fields = set.fields.iter().map(Field::as_str).collect();
        set.fields = match (set.fields.is_empty(), request.predict_type) {
            (true, asked) => Fields::one(asked.unwrap_or_default().column().field()),
            (false, None) => set.fields,
            (false, Some(_)) => return Err(LabellingError::FieldsTwice),
        };
        set.row_labels = request.row_labels.unwrap_or(set.row_labels);
        set.author_conflict = request.author_conflict.unwrap_or(set.author_conflict);
        let stored = serde_json::to_vec(&set).map_err(unstorable)?;
        let digest = blob_digest(&stored);
        self.composing.check(&digest, || {
            let room = self.composing.room_to_compile(size_of(&set));
            let _room = match turn {
                Some(turn) => Some(turn),
                None => Handle::current()
                    .block_on(stop.run_until_cancelled(room))
                    .flatten(),
            };
            // If it was stopped meanwhile, this says so.
            Compiled::of_within(&set, &Allowance::new(stop.clone())).map(drop)
        })?;
        Ok(LabelSet {
            model_type: ModelType::MixedModel,
            labels: set.labels.iter().map(|label| label.name.clone()).collect(),
            by: LabelledBy::Mixed {
                count: set.labels.iter().map(|label| label.rules.len()).sum(),
                fields: TextColumn::of_fields(fields_in_use(&set)),
                named_fields,
                rule_set,
                stored,
                digest,
            },
            name: set.name,
            warnings,
            row_labels: set.row_labels,
            exclusive: set.exclusive,
            author_conflict: set.author_conflict,
            gate: set.gate,
        })
    }
}

fn warnings(document: &Document) -> Vec<String> {
    let findings = document.findings.list().iter();
    let mut warnings: Vec<String> = findings
        .take(WARNINGS_MAX)
        .map(ToString::to_string)
        .collect();
    let more = document.findings.count(Level::Warning) - warnings.len() as u64;
    if more > 0 {
        warnings.push(format!("{more} more warnings about the rules"));
    }
    warnings
}

/// What the texts of a set are together; patterns have no size that says what they take.
fn size_of(set: &RuleSet) -> Option<usize> {
    let rules = set.labels.iter().flat_map(|label| {
        let rules = label.rules.iter().map(|rule| (&rule.tree, &rule.text));
        let excepts = label.except.iter();
        rules.chain(excepts.map(|except| (&except.tree, &except.text)))
    });
    let filters = set.filters.iter().map(|filter| &filter.expression);
    let mut written = rules.chain(filters.map(|filter| (&filter.tree, &filter.text)));
    let mut lists = set.lists.iter().flat_map(|(_, terms)| terms);
    if lists.any(has_pattern) {
        return None;
    }
    written.try_fold(0, |size, (tree, text)| {
        (!has_pattern(tree)).then_some(size + text.len())
    })
}

fn has_pattern(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::List(_) => false,
        NodeKind::Pattern(_) => true,
        NodeKind::And(operands) | NodeKind::Or(operands) => operands.iter().any(has_pattern),
        NodeKind::AtLeast { operands, .. } => operands.iter().any(has_pattern),
        NodeKind::Not(inner) | NodeKind::Group(inner) => has_pattern(inner),
        NodeKind::Near(near) => has_pattern(&near.left) || has_pattern(&near.right),
    }
}
