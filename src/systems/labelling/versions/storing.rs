//! A document becomes the next version of its set.

use entity::rule_set_version;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::condition::Condition;
use super::error::RuleSetsError;
use super::rule_sets::{RuleSets, document};
use crate::clock;
use crate::systems::labelling::rules::document::{Document, ModelKind, name_fault};
use crate::systems::labelling::rules::finding::Level;
use crate::systems::labelling::rules::forms::Form;
use crate::systems::labelling::rules::lint::lint;
use crate::systems::labelling::rules::matching::{Allowance, Compiled};
use crate::systems::labelling::rules::set::{Field, Fields};
use crate::systems::labelling::store::{SetCondition, SetState, VersionOutcome};

/// Characters of a reason.
const WHY_MAX: usize = 2_000;

/// A document that is to be stored.
pub(crate) struct NewVersion {
    pub name: String,
    pub form: Form,
    pub bytes: Vec<u8>,
    pub by: String,
    pub why: Option<String>,
    pub condition: Condition,
}

/// A version that is there now.
pub(crate) struct StoredVersion {
    pub state: SetState,
    /// Otherwise the newest version says the same.
    pub is_new: bool,
}

/// What is known of a document that can be stored.
pub(super) struct Checked {
    pub digest: String,
    pub canonical: String,
    pub labels: usize,
    pub rules: usize,
    pub warnings: u64,
}

impl RuleSets {
    /// Stores a document as the next version, unless the newest one says the same.
    pub(crate) async fn store_version(
        &self,
        new: NewVersion,
    ) -> Result<StoredVersion, RuleSetsError> {
        if let Some(fault) = name_fault(&new.name) {
            return Err(RuleSetsError::Name(fault));
        }
        if self.is_of_settings(&new.name) {
            return Err(RuleSetsError::OfSettings { name: new.name });
        }
        let why = checked_why(new.why)?;
        let turn = self.0.composing.room_to_compile(None).await;
        // The work ends when its caller has left.
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let (name, form, bytes) = (new.name.clone(), new.form, new.bytes);
        let checked = spawn_blocking(move || {
            let _turn = turn;
            let checked = check(&document(form, &bytes, &name), stop)?;
            Ok::<_, RuleSetsError>((checked, bytes))
        });
        let (checked, bytes) = checked.await.map_err(|_| RuleSetsError::ThreadLost)??;
        let state = self.store().rule_set_state(&new.name).await?;
        if !new.condition.is_met(state.as_ref()) {
            return Err(RuleSetsError::Changed { name: new.name });
        }
        if let Some(state) = state
            && state.newest.digest == checked.digest
        {
            let is_new = false;
            return Ok(StoredVersion { state, is_new });
        }
        let row = self.put(&new.name, form, &bytes, checked).await?;
        let row = rule_set_version::Model {
            created_by: new.by,
            why,
            ..row
        };
        match self
            .store()
            .add_rule_set_version(row, new.condition)
            .await?
        {
            VersionOutcome::Stored(state) => Ok(StoredVersion {
                state,
                is_new: true,
            }),
            VersionOutcome::Same(state) => Ok(StoredVersion {
                state,
                is_new: false,
            }),
            VersionOutcome::Changed => Err(RuleSetsError::Changed { name: new.name }),
        }
    }

    /// Stores what a version holds; its row is left to the caller.
    pub(super) async fn put(
        &self,
        name: &str,
        form: Form,
        bytes: &[u8],
        checked: Checked,
    ) -> Result<rule_set_version::Model, RuleSetsError> {
        let content = self.store().put_rule_set_content(bytes).await?;
        let canonical = checked.canonical.as_bytes();
        let canonical = self.store().put_rule_set_content(canonical).await?;
        Ok(rule_set_version::Model {
            name: name.to_owned(),
            version: 0,
            digest: checked.digest,
            form: form.as_str().to_owned(),
            document: content,
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            canonical,
            labels: i32::try_from(checked.labels).unwrap_or(i32::MAX),
            rules: i32::try_from(checked.rules).unwrap_or(i32::MAX),
            warnings: i64::try_from(checked.warnings).unwrap_or(i64::MAX),
            created_at: clock::now_micros(),
            created_by: String::new(),
            why: None,
        })
    }
}

/// Whether a document can be stored: a set without errors that can be compiled.
pub(super) fn check(
    document: &Document,
    stop: CancellationToken,
) -> Result<Checked, RuleSetsError> {
    if document.findings.has_errors() {
        return Err(RuleSetsError::Faulty(Box::new(document.findings.clone())));
    }
    if document.model_type != ModelKind::MixedModel {
        let found = document.model_type.as_str();
        return Err(RuleSetsError::NotMixed { found });
    }
    let findings = lint(document);
    if findings.has_errors() {
        return Err(RuleSetsError::Faulty(Box::new(findings)));
    }
    let labels = &document.set.labels;
    let checked = Checked {
        digest: document.digest(),
        canonical: document.canonical(),
        labels: labels.len(),
        rules: labels.iter().map(|label| label.rules.len()).sum(),
        warnings: findings.count(Level::Warning),
    };
    let mut set = document.set.clone();
    if set.fields.is_empty() {
        // Whichever a job names: it takes the same.
        set.fields = Fields::one(Field::Content);
    }
    Compiled::of_within(&set, &Allowance::new(stop))?;
    Ok(checked)
}

/// A reason, as it is stored.
pub(super) fn checked_why(why: Option<String>) -> Result<Option<String>, RuleSetsError> {
    let why = why.map(|why| why.trim().to_owned());
    let why = why.filter(|why| !why.is_empty());
    match why {
        Some(why) if why.chars().count() > WHY_MAX => {
            Err(RuleSetsError::WhyTooLong { most: WHY_MAX })
        }
        why => Ok(why),
    }
}
