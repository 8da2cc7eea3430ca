//! The body `sql`: statements in one transaction of a connection of the settings.

use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::work::Work;
use crate::engine::seam::{StepError, blocking};
use crate::systems::pipelines::outputs::Bound;
use crate::systems::pipelines::settings::PipelinesSection;
use crate::tables::{NamedValue, ScriptDatabase};

/// The databases in which statements of tasks are executed, by name.
#[derive(Clone, Default)]
pub(crate) struct ScriptDatabases(HashMap<String, ScriptDatabase>);

impl ScriptDatabases {
    pub(crate) fn of(section: &PipelinesSection) -> anyhow::Result<Self> {
        let mut databases = HashMap::new();
        for (name, connection) in &section.connections {
            let database = ScriptDatabase::of_url(connection.url.expose_secret());
            let database = database.map_err(|problem| {
                anyhow::anyhow!("pipelines.connections.{name}.url: {problem}")
            })?;
            databases.insert(name.clone(), database);
        }
        Ok(Self(databases))
    }

    /// Executes the statements of an instance; `:name` stands for the value of a parameter.
    pub(super) async fn execute(
        &self,
        work: &Work,
        connection: &str,
        script: &str,
    ) -> Result<(), StepError> {
        let database = self.0.get(connection).cloned().ok_or_else(|| {
            StepError::refused(format!(
                "there is no connection {connection}; expected it in pipelines.connections"
            ))
        })?;
        let values: Vec<(String, Bound)> = work
            .params_by_name()
            .into_iter()
            .map(|(name, value)| (name, Bound::from(&value)))
            .collect();
        let (connection, script) = (connection.to_owned(), script.to_owned());
        blocking(move || {
            let values: Vec<(&str, NamedValue<'_>)> = values
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_named()))
                .collect();
            database.execute(&script, &values).map_err(|error| {
                let sentence = format!("connection {connection}: {}", error.reason_for_author());
                match error.is_transient() {
                    true => StepError::outage("a connection", sentence),
                    false => StepError::retry(sentence),
                }
                .caused_by(error)
            })
        })
        .await
    }
}
