//! Rules as commands name them: a file or directory, or a set in the store.

use std::path::Path;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::outcome::{FAULTY, Outcome, read_good};
use crate::engine::CallerError;
use crate::systems::Program;
use crate::systems::labelling::asked_rules::{AskedRules, ReadyRules, RulesError, ready};
use crate::systems::labelling::rules::forms::{Expressions, Form, write};
use crate::systems::labelling::{Labelling, PredictType};

/// Where rules are.
pub(super) enum GivenRules<'a> {
    Path(&'a Path),
    /// `NAME`, or `NAME@VERSION`.
    Name(&'a str),
}

impl<'a> GivenRules<'a> {
    /// What is there, or looks like a path, is one.
    pub fn of(text: &'a str) -> Self {
        let path = Path::new(text);
        let is_name = !text.contains(['/', '\\', '.']);
        match is_name && !path.exists() {
            true => Self::Name(text),
            false => Self::Path(path),
        }
    }

    /// As a server is told about them.
    pub fn body(&self) -> Result<Value, Outcome> {
        match self {
            Self::Name(name) => Ok(match name.split_once('@') {
                None => json!({ "rule_set": name }),
                Some((name, version)) => match version.parse::<u32>() {
                    Ok(number) => json!({ "rule_set": name, "version": number }),
                    Err(_) => json!({ "rule_set": name, "version": version }),
                },
            }),
            Self::Path(path) => {
                let document = read_good(path, false)?;
                let written = write(Form::Json, &document, Expressions::AsWritten);
                let written = written.map_err(|findings| Outcome::faulty(&findings, false))?;
                let document: Value = serde_json::from_slice(&written)
                    .map_err(|error| Outcome::bad_usage(&error.to_string()))?;
                Ok(json!({ "document": document }))
            }
        }
    }

    /// Ready for use: from a file, or from the database of the settings.
    pub async fn ready(
        &self,
        predict_type: PredictType,
        program: &dyn Program,
    ) -> anyhow::Result<Result<ReadyRules, Outcome>> {
        let found = match self {
            Self::Path(path) => {
                let document = match read_good(path, false) {
                    Ok(document) => document,
                    Err(outcome) => return Ok(Err(outcome)),
                };
                let stop = CancellationToken::new();
                let ready = spawn_blocking(move || ready(&document, None, predict_type, stop));
                ready.await?
            }
            Self::Name(name) => {
                let loaded = program.load(program.place())?;
                let Some(store) = program.database(&loaded).await? else {
                    let problem = format!(
                        "there is no rule set `{name}`: no file has this name, and the engine's database is not there"
                    );
                    return Ok(Err(Outcome::bad_usage(&problem)));
                };
                let labelling = Labelling::beside(&loaded, store)?;
                let asked = AskedRules::Named((*name).to_owned());
                labelling.ready_rules(asked, predict_type).await
            }
        };
        Ok(found.map_err(|error| refused(&error)))
    }
}

fn refused(error: &RulesError) -> Outcome {
    let outcome = Outcome::bad_usage(&error.public_message());
    match error {
        RulesError::Faulty(_) => Outcome {
            code: FAULTY,
            ..outcome
        },
        _ => outcome,
    }
}
