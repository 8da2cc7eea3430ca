//! Why a rule set is not found, or was not changed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::reference::{NoVersionName, Which};
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::rules::finding::{Findings, Level};
use crate::systems::labelling::rules::matching::CompileError;

#[derive(Debug, thiserror::Error)]
pub enum RuleSetsError {
    #[error("rule_set: {0}")]
    Version(#[from] NoVersionName),
    #[error(
        "{0}; expected a small letter, then small letters, digits, _ and -, at most 64 together"
    )]
    Name(String),
    #[error("there is no rule set `{name}`; known: {known}")]
    NoSet { name: String, known: String },
    #[error("rule set `{name}` has no version {which}; it has {newest}")]
    NoVersion {
        name: String,
        which: Which,
        newest: i32,
    },
    #[error("no version of rule set `{name}` is active; activate one, or name one as `{name}@1`")]
    NoActive { name: String },
    /// It is read from its files, as ever.
    #[error("rule set `{name}` is of the model types that have no versions")]
    OldKind { name: String },
    #[error("rule set `{name}`: what the setting `labelling.rule_sets.{name}` names is not there")]
    NoFile { name: String },
    #[error(
        "rule set `{name}` is in the settings (`labelling.rule_sets`): its versions are made when its files change"
    )]
    OfSettings { name: String },
    #[error("rule set `{name}` has changed; look at it again")]
    Changed { name: String },
    #[error("{}", first_error(.0))]
    Faulty(Box<Findings>),
    #[error("version {version} of rule set `{name}` cannot be activated: {}", first_error(.findings))]
    Unusable {
        name: String,
        version: i32,
        findings: Box<Findings>,
    },
    #[error("model_type: expected mixed_model, found {found}; only such sets have versions")]
    NotMixed { found: &'static str },
    #[error("the rules cannot be used: {0}")]
    Uncompilable(#[from] CompileError),
    #[error("why: expected at most {most} characters")]
    WhyTooLong { most: usize },
    #[error("the document cannot be written as {form}: {}", first_error(.findings))]
    Unwritable {
        form: &'static str,
        findings: Box<Findings>,
    },
    /// What was found out of the files of a set before.
    #[error(transparent)]
    File(Arc<RuleSetsError>),
    #[error("a worker thread ended early")]
    ThreadLost,
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn first_error(findings: &Findings) -> String {
    let mut errors = findings.list().iter();
    let first = errors.find(|finding| finding.code.level() == Level::Error);
    let count = findings.count(Level::Error);
    match (first, count) {
        (None, _) => String::new(),
        (Some(first), 1) => first.to_string(),
        (Some(first), count) => format!("{first} (the first of {count} errors)"),
    }
}

impl CallerError for RuleSetsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Version(_)
            | Self::Name(_)
            | Self::Faulty(_)
            | Self::NotMixed { .. }
            | Self::Uncompilable(_)
            | Self::WhyTooLong { .. }
            | Self::Unwritable { .. } => ErrorKind::Invalid,
            Self::NoSet { .. } | Self::NoVersion { .. } | Self::NoActive { .. } => {
                ErrorKind::NotFound
            }
            Self::OldKind { .. }
            | Self::NoFile { .. }
            | Self::OfSettings { .. }
            | Self::Changed { .. }
            | Self::Unusable { .. } => ErrorKind::Conflict,
            Self::ThreadLost => ErrorKind::Internal,
            Self::File(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Faulty(findings)
            | Self::Unusable { findings, .. }
            | Self::Unwritable { findings, .. } => {
                let errors = findings.list().iter();
                let errors = errors.filter(|finding| finding.code.level() == Level::Error);
                vec![("errors", json!(errors.collect::<Vec<_>>()))]
            }
            Self::File(error) => error.members(),
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::File(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
