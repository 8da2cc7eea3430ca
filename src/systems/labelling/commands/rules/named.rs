//! A document by a path, or a set in the store by its name.

use std::path::Path;

use super::given::GivenRules;
use super::outcome::{Outcome, read};
use super::server::{ServerArguments, get};
use super::stored::refused;
use crate::systems::Program;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::{self, Form};
use crate::systems::labelling::versions::{Reference, RuleSetsError};
use crate::ui::encoded;

/// Whether it is the name of a set in the store.
pub(super) fn is_name(path: &Path) -> bool {
    let text = path.to_str().unwrap_or_default();
    matches!(GivenRules::of(text), GivenRules::Name(_))
}

/// What is at a path; or the document of a set, from a server or from the database of the settings.
pub(super) async fn document(
    path: &Path,
    server: &ServerArguments,
    program: &dyn Program,
) -> anyhow::Result<Result<Document, Outcome>> {
    if !is_name(path) {
        return Ok(read(path));
    }
    let text = path.to_str().unwrap_or_default();
    let Reference { name, which } = match text.parse() {
        Ok(reference) => reference,
        Err(error) => return Ok(Err(refused(&RuleSetsError::from(error)))),
    };
    if let Some(server) = server.of(program)? {
        let set = encoded(&name);
        let path = format!("/v1/rule_sets/{set}/versions/{which}?format=json");
        let got = get(&*server, path).await?;
        return Ok(got.map(|bytes| {
            let mut document = forms::read(Form::Json, text, &bytes, &name);
            document.set.name = name;
            document
        }));
    }
    let loaded = program.load(program.place())?;
    let Some(store) = program.database(&loaded).await? else {
        let problem = format!(
            "there is no rule set `{name}`: no file has this name, and the engine's database is not there"
        );
        return Ok(Err(Outcome::bad_usage(&problem)));
    };
    let labelling = Labelling::beside(&loaded, store)?;
    let found = labelling.rule_sets().find(text).await;
    Ok(found
        .map(|found| (*found.document).clone())
        .map_err(|error| refused(&error)))
}
