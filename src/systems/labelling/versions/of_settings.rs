//! Sets of the settings: each change of their files is a version, active at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entity::rule_set_version;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::condition::Condition;
use super::error::RuleSetsError;
use super::files::Fingerprint;
use super::rule_sets::{RuleSets, document};
use super::storing::{Checked, check};
use crate::systems::labelling::mixed_set::may_be_mixed;
use crate::systems::labelling::rules::document::{ModelKind, name_fault};
use crate::systems::labelling::rules::forms::{self, Form};
use crate::telemetry::chain;

/// What was seen of each set.
pub(super) type SeenFiles = HashMap<String, SeenFile>;

/// The files of a set as they were looked at last.
pub(super) struct SeenFile {
    fingerprint: Fingerprint,
    content: Content,
}

/// What they say.
enum Content {
    /// It is the newest version, and active.
    Stored,
    OldKind,
    /// They cannot be used.
    Refused(Arc<RuleSetsError>),
}

/// What was read of them.
enum ReadFile {
    Mixed {
        form: Form,
        bytes: Vec<u8>,
        checked: Box<Checked>,
    },
    OldKind,
}

impl RuleSets {
    /// Stores what the files of a set of the settings say, if they have changed. Other sets have no files.
    pub(super) async fn follow(&self, name: &str) -> Result<(), RuleSetsError> {
        let Some(path) = self.0.paths.get(name) else {
            return Ok(());
        };
        let path = path.clone();
        let mut seen = self.0.seen.lock().await;
        let looked = {
            let path = path.clone();
            spawn_blocking(move || Fingerprint::of(&path)).await
        };
        let looked = looked.map_err(|_| RuleSetsError::ThreadLost)?;
        let Ok(fingerprint) = looked else {
            seen.remove(name);
            return Err(RuleSetsError::NoFile {
                name: name.to_owned(),
            });
        };
        let known = seen
            .get(name)
            .filter(|known| known.fingerprint == fingerprint);
        if let Some(known) = known {
            return known.content.outcome(name);
        }
        let content = match self.read_file(name, path).await {
            Ok(ReadFile::OldKind) => Content::OldKind,
            Ok(ReadFile::Mixed {
                form,
                bytes,
                checked,
            }) => {
                self.store_file(name, form, &bytes, *checked).await?;
                Content::Stored
            }
            Err(
                error @ (RuleSetsError::Store(_)
                | RuleSetsError::ThreadLost
                | RuleSetsError::NoFile { .. }),
            ) => return Err(error),
            Err(error) => {
                warn!(
                    rule_set = name,
                    error = chain(&error),
                    "the files of a rule set cannot be used: its active version stays"
                );
                Content::Refused(Arc::new(error))
            }
        };
        let outcome = content.outcome(name);
        let file = SeenFile {
            fingerprint,
            content,
        };
        seen.insert(name.to_owned(), file);
        outcome
    }

    /// All of them, for those who look at the list.
    pub(crate) async fn follow_all(&self) -> Result<(), RuleSetsError> {
        for name in self.0.paths.keys() {
            // All others have been logged, or are said to those who use the set.
            if let Err(RuleSetsError::Store(error)) = self.follow(name).await {
                return Err(RuleSetsError::Store(error));
            }
        }
        Ok(())
    }

    async fn read_file(&self, name: &str, path: PathBuf) -> Result<ReadFile, RuleSetsError> {
        let turn = self.0.composing.room_to_compile(None).await;
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let name = name.to_owned();
        let read = spawn_blocking(move || {
            let _turn = turn;
            read_file(&name, &path, stop)
        });
        read.await.map_err(|_| RuleSetsError::ThreadLost)?
    }

    async fn store_file(
        &self,
        name: &str,
        form: Form,
        bytes: &[u8],
        checked: Checked,
    ) -> Result<(), RuleSetsError> {
        let state = self.store().rule_set_state(name).await?;
        let is_there = state.is_some_and(|state| {
            let is_active = state.set.active == Some(state.newest.version);
            is_active && state.newest.digest == checked.digest
        });
        if is_there {
            return Ok(());
        }
        let digest = checked.digest.clone();
        let row = self.put(name, form, bytes, checked).await?;
        let row = rule_set_version::Model {
            created_by: format!("labelling.rule_sets.{name}"),
            why: Some("the files have changed".to_owned()),
            ..row
        };
        let followed = self.store().follow_rule_set_file(row, Condition::Any);
        followed.await?;
        info!(
            rule_set = name,
            digest, "the files of a rule set have become its active version"
        );
        Ok(())
    }
}

impl Content {
    fn outcome(&self, name: &str) -> Result<(), RuleSetsError> {
        match self {
            Self::Stored => Ok(()),
            Self::OldKind => Err(RuleSetsError::OldKind {
                name: name.to_owned(),
            }),
            Self::Refused(error) => Err(RuleSetsError::File(Arc::clone(error))),
        }
    }
}

fn read_file(name: &str, path: &Path, stop: CancellationToken) -> Result<ReadFile, RuleSetsError> {
    if !may_be_mixed(path) {
        return Ok(ReadFile::OldKind);
    }
    // What cannot be read is not there for those who need it.
    let read = forms::bytes_of_path(path);
    let (form, bytes) = read.map_err(|_| RuleSetsError::NoFile {
        name: name.to_owned(),
    })?;
    let document = document(form, &bytes, name);
    if document.model_type != ModelKind::MixedModel {
        return Ok(ReadFile::OldKind);
    }
    if let Some(fault) = name_fault(name) {
        return Err(RuleSetsError::Name(fault));
    }
    let checked = Box::new(check(&document, stop)?);
    Ok(ReadFile::Mixed {
        form,
        bytes,
        checked,
    })
}
