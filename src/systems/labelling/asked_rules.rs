//! The rules that a call is about: a document that it brings, or a set that it names.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::rules::document::limits::DRAFT_BYTES;
use super::rules::document::{Document, ModelKind};
use super::rules::finding::{Findings, Level};
use super::rules::forms::{self, Form};
use super::rules::lint::lint;
use super::rules::matching::{Allowance, CompileError, Compiled};
use super::rules::set::{Fields, RuleSet};
use super::{Labelling, LabellingError, PredictType};
use crate::engine::store::blob_digest;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::versions::{FoundSet, RuleSetsError};

/// As a caller names or brings them.
#[derive(Clone, Debug)]
pub(super) enum AskedRules {
    /// `NAME`, or `NAME@VERSION`.
    Named(String),
    /// YAML or JSON.
    Draft { form: Form, document: Vec<u8> },
}

/// Rules that can be used.
#[derive(Clone)]
pub(super) struct ReadyRules {
    pub name: String,
    /// `None`: of a draft, or of a set without versions.
    pub version: Option<i32>,
    pub set: Arc<RuleSet>,
    /// That of `set`.
    pub compiled: Arc<Compiled>,
    /// All that can be said of the set without rows.
    pub lint: Findings,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum RulesError {
    #[error(transparent)]
    Labelling(#[from] LabellingError),
    #[error("rules.document: expected at most {DRAFT_BYTES} bytes, found {found}")]
    TooLarge { found: usize },
    #[error("rules.document: {}", first_error(.0))]
    Faulty(Box<Findings>),
    #[error(
        "rules: expected a set with model_type mixed_model; previews and explanations are of such sets"
    )]
    NotMixed,
    #[error("rules: {0}")]
    Uncompilable(#[from] CompileError),
    #[error(transparent)]
    Set(#[from] RuleSetsError),
}

impl CallerError for RulesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Labelling(error) => error.kind(),
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Faulty(_) | Self::NotMixed | Self::Uncompilable(_) => ErrorKind::Invalid,
            Self::Set(error) => error.kind(),
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Labelling(error) => error.may_pass(),
            _ => false,
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Faulty(findings) => {
                let errors = findings.list().iter();
                let errors = errors.filter(|finding| finding.code.level() == Level::Error);
                vec![("errors", json!(errors.collect::<Vec<_>>()))]
            }
            Self::Set(error) => error.members(),
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Labelling(error) => error.public_message(),
            Self::Set(error) => error.public_message(),
            Self::TooLarge { .. } | Self::Faulty(_) | Self::NotMixed | Self::Uncompilable(_) => {
                self.to_string()
            }
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Labelling(error) => error.is_logged(),
            Self::Set(error) => error.is_logged(),
            _ => false,
        }
    }
}

fn first_error(findings: &Findings) -> String {
    let mut errors = findings.list().iter();
    let first = errors.find(|finding| finding.code.level() == Level::Error);
    first.map_or_else(String::new, ToString::to_string)
}

impl ReadyRules {
    /// A set that was compiled before, when its job was submitted.
    pub(super) fn of_job(
        set: RuleSet,
        version: Option<i32>,
        stop: CancellationToken,
    ) -> Result<Self, RulesError> {
        let compiled = Compiled::of_within(&set, &Allowance::until(stop))?;
        Ok(Self {
            name: set.name.clone(),
            version,
            set: Arc::new(set),
            compiled: Arc::new(compiled),
            lint: Findings::default(),
        })
    }
}

impl Labelling {
    /// Reads and compiles rules; a set without fields has those of `predict_type`.
    pub(super) async fn ready_rules(
        &self,
        asked: AskedRules,
        predict_type: PredictType,
    ) -> Result<ReadyRules, RulesError> {
        let place = self.place_of(asked).await?;
        // The digest of a long document takes its time.
        let keyed = spawn_blocking(move || (place.key(predict_type), place));
        let (key, place) = keyed.await.map_err(|_| LabellingError::ThreadLost)?;
        if let Some(ready) = self.ready_sets.get(&key) {
            return Ok(ready);
        }
        // One set after the other: what compiling takes does not show in the length of a set.
        let turn = self.composing.room_to_compile(None).await;
        // The work ends when its caller has left.
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let work = spawn_blocking(move || -> Result<ReadyRules, RulesError> {
            let _turn = turn;
            let (document, version) = place.document();
            ready(&document, version, predict_type, stop)
        });
        let ready = work.await.map_err(|_| LabellingError::ThreadLost)??;
        self.ready_sets.keep(key, &ready);
        Ok(ready)
    }
}

impl Labelling {
    /// Everything there is to say of rules, whether they can be used or not.
    pub(super) async fn lint_rules(&self, asked: AskedRules) -> Result<Findings, RulesError> {
        let place = self.place_of(asked).await?;
        let turn = self.composing.room_to_compile(None).await;
        let work = spawn_blocking(move || {
            let _turn = turn;
            lint(&place.document().0)
        });
        Ok(work.await.map_err(|_| LabellingError::ThreadLost)?)
    }

    async fn place_of(&self, asked: AskedRules) -> Result<RulesPlace, RulesError> {
        match asked {
            AskedRules::Draft { document, .. } if document.len() > DRAFT_BYTES => {
                let found = document.len();
                Err(RulesError::TooLarge { found })
            }
            AskedRules::Draft { form, document } => Ok(RulesPlace::Bytes(form, document)),
            AskedRules::Named(reference) => match self.rule_sets().find(&reference).await {
                Ok(found) => Ok(RulesPlace::Version(found)),
                Err(RuleSetsError::OldKind { .. }) => Err(RulesError::NotMixed),
                Err(error) => Err(error.into()),
            },
        }
    }
}

/// Where a document is.
enum RulesPlace {
    Bytes(Form, Vec<u8>),
    Version(FoundSet),
}

impl RulesPlace {
    /// The same for whoever asks for the same rules.
    fn key(&self, predict_type: PredictType) -> String {
        match self {
            Self::Bytes(form, bytes) => {
                let digest = blob_digest(bytes);
                format!("draft {} {digest} {predict_type}", form.as_str())
            }
            Self::Version(found) => {
                format!("version {} {} {predict_type}", found.version, found.name)
            }
        }
    }

    /// With the number of its version.
    fn document(self) -> (Document, Option<i32>) {
        match self {
            Self::Bytes(form, bytes) => (forms::read(form, "document", &bytes, "draft"), None),
            Self::Version(found) => (Arc::unwrap_or_clone(found.document), Some(found.version)),
        }
    }
}

/// A document that was read, ready for use.
pub(super) fn ready(
    document: &Document,
    version: Option<i32>,
    predict_type: PredictType,
    stop: CancellationToken,
) -> Result<ReadyRules, RulesError> {
    if document.findings.has_errors() {
        return Err(RulesError::Faulty(Box::new(document.findings.clone())));
    }
    if document.model_type != ModelKind::MixedModel {
        return Err(RulesError::NotMixed);
    }
    let lint = lint(document);
    if lint.has_errors() {
        return Err(RulesError::Faulty(Box::new(lint)));
    }
    let mut set = document.set.clone();
    if set.fields.is_empty() {
        set.fields = Fields::one(predict_type.column().field());
    }
    let compiled = Compiled::of_within(&set, &Allowance::new(stop))?;
    Ok(ReadyRules {
        name: set.name.clone(),
        version,
        set: Arc::new(set),
        compiled: Arc::new(compiled),
        lint,
    })
}
