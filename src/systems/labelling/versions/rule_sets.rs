//! The rule sets of this server: found by their names, with their versions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use entity::{rule_set, rule_set_activation, rule_set_version};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::error::RuleSetsError;
use super::found::{FoundSet, FoundSets};
use super::of_settings::SeenFiles;
use super::reference::{Reference, Which};
use crate::systems::labelling::composing::Composing;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::{self, Expressions, Form};
use crate::systems::labelling::store::{LabellingStore, SetState};

/// What places in a document begin with.
pub(super) const DOCUMENT: &str = "document";

/// Names that a sentence lists.
const NAMED_MAX: usize = 50;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct RuleSets(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub store: LabellingStore,
    /// Sets of the settings: where each of them is.
    pub paths: BTreeMap<String, PathBuf>,
    pub composing: Composing,
    pub seen: Mutex<SeenFiles>,
    found: FoundSets,
}

impl RuleSets {
    pub(in crate::systems::labelling) fn new(
        store: LabellingStore,
        paths: BTreeMap<String, PathBuf>,
        composing: Composing,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            paths,
            composing,
            seen: Mutex::default(),
            found: FoundSets::default(),
        }))
    }

    pub(crate) fn store(&self) -> &LabellingStore {
        &self.0.store
    }

    /// All sets that have versions, by name.
    pub(crate) async fn all(&self) -> Result<Vec<rule_set::Model>, RuleSetsError> {
        self.follow_all().await?;
        let mut sets = self.store().rule_sets().await?;
        sets.retain(|set| set.newest > 0);
        Ok(sets)
    }

    /// Whether its versions are made of files.
    pub(crate) fn is_of_settings(&self, name: &str) -> bool {
        self.0.paths.contains_key(name)
    }

    /// The version that `NAME`, `NAME@8` or `NAME@newest` means now.
    pub(crate) async fn find(&self, reference: &str) -> Result<FoundSet, RuleSetsError> {
        let Reference { name, which } = reference.parse()?;
        // What was stored stays so, whatever the files say.
        if !matches!(which, Which::Number(_)) {
            self.follow(&name).await?;
        }
        let row = self.version(&name, which).await?;
        self.read(&row).await
    }

    /// A set, as it is now. Of one whose files cannot be used what was stored before.
    pub(crate) async fn state(&self, name: &str) -> Result<SetState, RuleSetsError> {
        let followed = self.follow(name).await;
        match (self.stored(name).await, followed) {
            (Err(RuleSetsError::NoSet { .. }), Err(error)) => Err(error),
            (state, _) => state,
        }
    }

    async fn stored(&self, name: &str) -> Result<SetState, RuleSetsError> {
        match self.store().rule_set_state(name).await? {
            Some(state) => Ok(state),
            None => Err(RuleSetsError::NoSet {
                name: name.chars().take(80).collect(),
                known: self.known().await?,
            }),
        }
    }

    async fn known(&self) -> Result<String, RuleSetsError> {
        let stored = self.store().rule_sets().await?;
        let stored = stored.into_iter().map(|set| set.name);
        let mut names: Vec<String> = stored.chain(self.0.paths.keys().cloned()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok("there are none".to_owned());
        }
        let is_cut = names.len() > NAMED_MAX;
        names.truncate(NAMED_MAX);
        let listed = names.join(", ");
        Ok(if is_cut { listed + ", …" } else { listed })
    }

    /// The row of a version.
    pub(crate) async fn version(
        &self,
        name: &str,
        which: Which,
    ) -> Result<rule_set_version::Model, RuleSetsError> {
        let state = self.state(name).await?;
        let newest = state.newest.version;
        let number = match which {
            Which::Newest => newest,
            Which::Number(number) => number,
            Which::Active => state.set.active.ok_or_else(|| RuleSetsError::NoActive {
                name: name.to_owned(),
            })?,
        };
        if number == newest {
            return Ok(state.newest);
        }
        let row = self.store().rule_set_version(name, number).await?;
        row.ok_or_else(|| RuleSetsError::NoVersion {
            name: name.to_owned(),
            which,
            newest,
        })
    }

    /// The versions of a set, newest first.
    pub(crate) async fn versions(
        &self,
        name: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<rule_set_version::Model>, RuleSetsError> {
        let versions = self.store().rule_set_versions(name, before, limit).await;
        Ok(versions?)
    }

    /// Which versions were active, newest first.
    pub(crate) async fn history(
        &self,
        name: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<rule_set_activation::Model>, RuleSetsError> {
        let history = self.store().rule_set_activations(name, before, limit).await;
        Ok(history?)
    }

    /// What a version says.
    pub(crate) async fn read(
        &self,
        row: &rule_set_version::Model,
    ) -> Result<FoundSet, RuleSetsError> {
        if let Some(found) = self.0.found.get(&row.name, row.version) {
            return Ok(found);
        }
        let bytes = self.store().rule_set_content(&row.document).await?;
        let (row, sets) = (row.clone(), self.clone());
        let read = spawn_blocking(move || {
            // What is stored under another name was stored by a newer version of the program.
            let form = Form::of_name(&row.form).unwrap_or(Form::Yaml);
            let found = FoundSet {
                document: Arc::new(document(form, &bytes, &row.name)),
                bytes: bytes.into(),
                name: row.name,
                version: row.version,
                digest: row.digest,
                form,
            };
            sets.0.found.keep(&found);
            found
        });
        read.await.map_err(|_| RuleSetsError::ThreadLost)
    }

    /// A version in a form: in its own as it was sent, to the byte.
    pub(crate) async fn written(
        &self,
        found: FoundSet,
        form: Form,
    ) -> Result<Vec<u8>, RuleSetsError> {
        let written = spawn_blocking(move || match form == found.form {
            true => Ok(found.bytes.to_vec()),
            false => forms::write(form, &found.document, Expressions::AsWritten),
        });
        let written = written.await.map_err(|_| RuleSetsError::ThreadLost)?;
        written.map_err(|findings| RuleSetsError::Unwritable {
            form: form.as_str(),
            findings: Box::new(findings),
        })
    }
}

/// A document of a set, which goes by the name that callers use.
pub(super) fn document(form: Form, bytes: &[u8], name: &str) -> Document {
    let mut document = forms::read(form, DOCUMENT, bytes, name);
    name.clone_into(&mut document.set.name);
    document
}
