//! Two versions of a set compared.

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::error::RuleSetsError;
use super::found::FoundSet;
use super::reference::Which;
use super::rule_sets::RuleSets;
use crate::systems::labelling::rules::diff::Diff;

/// What is different between two versions.
pub(crate) struct Compared {
    from: FoundSet,
    to: FoundSet,
    diff: Diff,
}

impl RuleSets {
    pub(crate) async fn compare(
        &self,
        name: &str,
        from: Which,
        to: Which,
    ) -> Result<Compared, RuleSetsError> {
        let from = self.read(&self.version(name, from).await?).await?;
        let to = self.read(&self.version(name, to).await?).await?;
        let compared = spawn_blocking(move || {
            let diff = Diff::of(&from.document, &to.document);
            Compared { from, to, diff }
        });
        compared.await.map_err(|_| RuleSetsError::ThreadLost)
    }
}

impl Compared {
    /// `from` and `to` with their versions, and all differences.
    pub fn json(&self) -> String {
        let named = |found: &FoundSet| json!({ "name": found.name, "version": found.version, "digest": found.digest });
        let mut shape = json!({ "from": named(&self.from), "to": named(&self.to) });
        let changes = serde_json::to_value(&self.diff).unwrap_or_default();
        if let (Some(shape), Value::Object(changes)) = (shape.as_object_mut(), changes) {
            shape.extend(changes);
        }
        shape.to_string()
    }

    /// A line for each difference.
    pub fn text(&self) -> String {
        if self.diff.is_empty() {
            return "the rules are the same\n".to_owned();
        }
        let lines = self.diff.lines().into_iter();
        lines.map(|line| line + "\n").collect()
    }
}
