//! What commands about models print.

use entity::{model_alias, model_version};
use serde_json::{Value, json};

use super::grid_text::aligned;
use super::model::Outcome;
use crate::clock;
use crate::models::Mismatch;
use crate::printable::counted;
use crate::systems::prediction::store::{PROVED, REFUSED};

/// A model with what belongs to it.
pub(super) struct Listed {
    pub name: String,
    pub aliases: Vec<model_alias::Model>,
    /// Newest first.
    pub versions: Vec<model_version::Model>,
}

/// Whether a model answers as goldens say.
pub(super) struct Tested {
    /// The name or the file.
    pub model: String,
    pub version: Option<i32>,
    pub rows: usize,
    pub never_missing: Vec<String>,
    pub mismatch: Option<Mismatch>,
}

pub(super) fn list(models: &[Listed]) -> Outcome {
    let json = models.iter().map(|model| {
        let aliases = model.aliases.iter().map(alias_json);
        let versions = model.versions.iter().map(version_json);
        json!({
            "name": model.name, "aliases": aliases.collect::<Vec<_>>(),
            "versions": versions.collect::<Vec<_>>(),
        })
    });
    let json: Vec<Value> = json.collect();
    let text = match models.is_empty() {
        true => "no models are stored".to_owned(),
        false => {
            let texts = models.iter().map(model_text);
            texts.collect::<Vec<_>>().join("\n\n")
        }
    };
    Outcome {
        text,
        json: json!({ "models": json }),
        is_good: true,
    }
}

fn model_text(model: &Listed) -> String {
    let rows = model.versions.iter().map(|version| {
        let aliases = model.aliases.iter();
        let aliases = aliases.filter(|alias| alias.version == version.version);
        let aliases: Vec<&str> = aliases.map(|alias| alias.alias.as_str()).collect();
        vec![
            version.version.to_string(),
            version.state.clone(),
            version.format.clone().unwrap_or_default(),
            version.task.clone().unwrap_or_default(),
            clock::local_text(version.created_at),
            version.file_name.clone(),
            aliases.join(", "),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut lines = vec![model.name.clone()];
    lines.extend(aligned(&rows).iter().map(|line| format!("  {line}")));
    lines.join("\n")
}

pub(super) fn added(version: &model_version::Model) -> Outcome {
    let (model, number) = (&version.model, version.version);
    let mut text = format!("{model}, version {number}: {}", version.state);
    let what: Vec<&str> = [&version.format, &version.task]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    if !what.is_empty() {
        text += &format!(" ({})", what.join(", "));
    }
    if let Some(reason) = &version.reason {
        text += &format!("\n  {reason}");
    }
    if let (Some(row), Some(expected), Some(found)) =
        (version.golden_row, &version.expected, &version.found)
    {
        text += &format!("\n  row {row} of the goldens\n  expected {expected}\n  found    {found}");
    }
    let is_good = version.state != REFUSED;
    if is_good {
        let unproved = match version.state == PROVED {
            true => "",
            false => " --unproved",
        };
        text += &format!(
            "\ncallers get it by\n  audience model alias {model} champion {number}{unproved}"
        );
    }
    Outcome {
        text,
        json: version_json(version),
        is_good,
    }
}

pub(super) fn moved(alias: &model_alias::Model) -> Outcome {
    let before = match alias.previous {
        Some(before) => format!("; `rollback` takes it back to version {before}"),
        None => String::new(),
    };
    Outcome {
        text: format!(
            "{}, alias {}: version {}{before}",
            alias.model, alias.alias, alias.version
        ),
        json: alias_json(alias),
        is_good: true,
    }
}

pub(super) fn tested(tested: &Tested) -> Outcome {
    let version = tested.version.map(|version| format!(", version {version}"));
    let name = format!("{}{}", tested.model, version.unwrap_or_default());
    let rows = counted(tested.rows as u64, "row");
    let mut text = match &tested.mismatch {
        None => format!("{name}: {PROVED}; all {rows} of the goldens are answered as they say"),
        Some(Mismatch {
            row,
            reason,
            expected,
            found,
        }) => format!(
            "{name}: {REFUSED}\n  row {row} of the goldens: {reason}\n  expected {expected}\n  found    \
             {found}"
        ),
    };
    if !tested.never_missing.is_empty() {
        let names = tested.never_missing.join(", ");
        text += &format!("\nmissing in no row of the goldens, so that it is not proved: {names}");
    }
    let mismatch = tested.mismatch.as_ref();
    Outcome {
        text,
        json: json!({
            "model": tested.model, "version": tested.version,
            "state": if mismatch.is_none() { PROVED } else { REFUSED },
            "rows": tested.rows, "never_missing": tested.never_missing,
            "reason": mismatch.map(|mismatch| &mismatch.reason),
            "row": mismatch.map(|mismatch| mismatch.row),
            "expected": mismatch.map(|mismatch| &mismatch.expected),
            "found": mismatch.map(|mismatch| &mismatch.found),
        }),
        is_good: mismatch.is_none(),
    }
}

/// As the API shows it.
fn version_json(version: &model_version::Model) -> Value {
    // They were written by this program.
    let stored = |text: &Option<String>| -> Value {
        let text = text.as_deref();
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    };
    json!({
        "model": version.model, "version": version.version, "state": version.state,
        "reason": version.reason, "row": version.golden_row,
        "expected": stored(&version.expected), "found": stored(&version.found),
        "format": version.format, "task": version.task, "file": version.file_name,
        "bytes": version.bytes, "sha256": version.sha256,
        "created_at": clock::rfc3339(version.created_at), "created_by": version.created_by,
    })
}

fn alias_json(alias: &model_alias::Model) -> Value {
    json!({
        "model": alias.model, "alias": alias.alias, "version": alias.version,
        "previous": alias.previous, "moved_at": clock::rfc3339(alias.moved_at),
        "moved_by": alias.moved_by,
    })
}
