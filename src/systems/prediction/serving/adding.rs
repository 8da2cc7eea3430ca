//! From an uploaded file to a version of a model.

use std::sync::Arc;

use entity::model_version;
use serde_json::json;

use super::error::ModelsError;
use super::loading::{LoadError, Opened};
use super::models::Models;
use crate::clock;
use crate::engine::store::blob_digest;
use crate::engine::store::notifications::NewNotification;
use crate::models::{Format, Package, Task, Upload, json_rows};
use crate::systems::prediction::store::{PROVED, REFUSED, UNPROVED};

/// What people are told of a file that was refused.
const MODEL_REFUSED: &str = "model.refused";

/// The system that notifications of models are from.
pub(super) const SYSTEM: &str = "model";

/// Letters of a name: it is a column of tables, and stands in paths.
const NAME_MAX: usize = 63;

/// A file that is to become the next version of a model.
pub(crate) struct NewVersion {
    pub model: String,
    /// As its owner calls it.
    pub file_name: String,
    pub bytes: Arc<[u8]>,
    pub golden: Option<Vec<u8>>,
    pub model_yaml: Option<Vec<u8>>,
    pub by: String,
}

/// What a file turned out to be.
struct Checked {
    format: Format,
    task: Task,
    row_schema: String,
    is_proved: bool,
    package: Vec<u8>,
}

impl Models {
    /// Stores a file as the next version, also one that is refused: its row says so.
    pub(crate) async fn add_version(
        &self,
        new: NewVersion,
    ) -> Result<model_version::Model, ModelsError> {
        check_name("name", &new.model)?;
        let (found, most) = (new.bytes.len() as u64, self.limits().bytes);
        if found > most {
            return Err(ModelsError::TooLarge { found, most });
        }
        let mut row = model_version::Model {
            model: new.model.clone(),
            version: 0,
            format: None,
            task: None,
            row_schema: None,
            state: REFUSED.to_owned(),
            reason: None,
            golden_row: None,
            expected: None,
            found: None,
            sha256: String::new(),
            bytes: i64::try_from(found).unwrap_or(i64::MAX),
            file_name: bare_name(&new.file_name),
            content: None,
            created_at: 0,
            created_by: new.by.clone(),
            removed_at: None,
        };
        let bytes = Arc::clone(&new.bytes);
        let digest = tokio::task::spawn_blocking(move || blob_digest(&bytes)).await;
        row.sha256 = digest.map_err(|_| ModelsError::ThreadLost)?;
        match self.checked(new, &mut row).await {
            Ok(checked) => {
                row.format = Some(checked.format.to_string());
                row.task = Some(task_name(checked.task).to_owned());
                row.row_schema = Some(checked.row_schema);
                let state = if checked.is_proved { PROVED } else { UNPROVED };
                row.state = state.to_owned();
                let content = self.store().put_model_content(&checked.package).await?;
                row.content = Some(content);
            }
            Err(LoadError::Unusable { reason, mismatch }) => {
                row.reason = Some(reason);
                if let Some(mismatch) = mismatch {
                    row.golden_row = i32::try_from(mismatch.row).ok();
                    row.expected = Some(mismatch.expected.to_string());
                    row.found = Some(mismatch.found.to_string());
                }
            }
            Err(LoadError::ThreadLost) => return Err(ModelsError::ThreadLost),
            Err(LoadError::Store(error)) => return Err(error.into()),
        }
        row.created_at = clock::now_micros();
        Ok(self.store().add_model_version(row, refusal).await?)
    }

    /// Reads the file, opens its model and proves it. What is known of it before it is refused is noted in the row.
    async fn checked(
        &self,
        new: NewVersion,
        row: &mut model_version::Model,
    ) -> Result<Checked, LoadError> {
        let loader = &self.0.loader;
        let limits = *self.limits();
        let read = move || {
            Package::read(Upload {
                file_name: &new.file_name,
                bytes: new.bytes,
                golden: new.golden.as_deref(),
                model_yaml: new.model_yaml.as_deref(),
                limits: &limits,
            })
        };
        let mut package = loader.read(read).await?;
        row.format = Some(package.format.to_string());
        if package.format == Format::Remote {
            package = loader.remotes.complete(package).await?;
        }
        let stored = package.clone();
        let opened = loader.open(package).await?;
        row.task = Some(task_name(opened.scoring.signature().task).to_owned());
        let opened: Opened = loader.proved(opened).await?;
        let signature = opened.scoring.signature();
        Ok(Checked {
            format: opened.format,
            task: signature.task,
            row_schema: json_rows::schema(signature).to_string(),
            is_proved: opened.golden.is_some(),
            package: stored.to_bytes(),
        })
    }
}

/// What people learn of a version that was refused.
fn refusal(row: &model_version::Model) -> Option<NewNotification> {
    (row.state == REFUSED).then(|| NewNotification {
        kind: MODEL_REFUSED,
        about: row.model.clone(),
        flow: SYSTEM.to_owned(),
        name: Some(row.model.clone()),
        started_by: Some(row.created_by.clone()),
        data: json!({
            "state": row.state, "error": row.reason,
            "figures": { "version": row.version, "row": row.golden_row },
        }),
        ..NewNotification::default()
    })
}

/// The word for a task.
fn task_name(task: Task) -> &'static str {
    match task {
        Task::Classification => "classification",
        Task::Regression => "regression",
        Task::Text => "text",
    }
}

/// Of a model or of an alias. `NAME@ALIAS` and `NAME:VERSION` stay readable, and so do paths.
pub(super) fn check_name(field: &'static str, name: &str) -> Result<(), ModelsError> {
    let is_plain = |letter: char| !letter.is_control() && !"@:/\\?#%".contains(letter);
    let is_good = (1..=NAME_MAX).contains(&name.chars().count())
        && name.trim() == name
        // These are steps of a path.
        && !matches!(name, "." | "..")
        && name.chars().all(is_plain);
    match is_good {
        true => Ok(()),
        false => Err(ModelsError::Name {
            field,
            found: name.chars().take(NAME_MAX).collect(),
        }),
    }
}

/// A path is cut off.
fn bare_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next();
    last.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_paths_and_before_aliases() {
        for name in ["churn", "感情分析", "churn v2", "a.b-c_d", &"x".repeat(63)] {
            assert!(check_name("name", name).is_ok(), "{name}");
        }
        let long = "x".repeat(64);
        for name in [
            "", " churn", "a@b", "a:1", "a/b", "a\\b", "a?b", "a\nb", &long,
        ] {
            let error = check_name("name", name).unwrap_err().to_string();
            assert!(
                error.starts_with("name: expected 1 to 63 characters"),
                "{error}"
            );
        }
    }
}
