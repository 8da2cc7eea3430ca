//! What the columns of the table of `audience label` are called.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow, bail};

use crate::systems::labelling::LabellingError;
use crate::systems::labelling::posts::SourceError;
use crate::systems::labelling::settings::{ColumnRole, columns_file};

/// Reads `ROLE=COLUMN` or `ROLE=:TEXT`.
pub(super) fn mapped(argument: &str) -> Result<(ColumnRole, String), String> {
    let (role, name) = argument
        .split_once('=')
        .ok_or("expected ROLE=COLUMN, such as post_time=created_at")?;
    let known = ColumnRole::ALL.into_iter();
    let role = known.clone().find(|known| known.as_str() == role);
    let role = role.ok_or_else(|| {
        let known: Vec<_> = known.map(ColumnRole::as_str).collect();
        format!("expected one of {} before the `=`", known.join(", "))
    })?;
    match role.fault(name) {
        Some(fault) => Err(fault),
        None => Ok((role, name.to_owned())),
    }
}

/// The columns of a file, and those of arguments, which take precedence.
pub(super) fn merged(
    file: Option<&Path>,
    arguments: &[(ColumnRole, String)],
) -> anyhow::Result<BTreeMap<ColumnRole, String>> {
    let mut columns = BTreeMap::new();
    for (role, name) in arguments {
        if columns.insert(*role, name.clone()).is_some() {
            bail!("--column {}=… is given twice", role.as_str());
        }
    }
    let Some(file) = file else {
        return Ok(columns);
    };
    for (role, name) in columns_file(file)? {
        if let Some(fault) = role.fault(&name) {
            let place = || format!("{}: {}", file.display(), role.as_str());
            return Err(anyhow::Error::msg(fault)).with_context(place);
        }
        columns.entry(role).or_insert(name);
    }
    Ok(columns)
}

/// Where columns are missing: how to say what they are called.
pub(super) fn with_hint(
    error: LabellingError,
    columns: &BTreeMap<ColumnRole, String>,
) -> anyhow::Error {
    let LabellingError::Source { cause: lack, .. } = &error else {
        return error.into();
    };
    let SourceError::ColumnsMissing { missing, .. } = &**lack else {
        return error.into();
    };
    let is_missing = |role: &ColumnRole| {
        let name = columns.get(role).map_or(role.as_str(), String::as_str);
        missing.iter().any(|missing| missing == name)
    };
    let hints: Vec<String> = ColumnRole::ALL
        .into_iter()
        .filter(is_missing)
        .map(|role| format!("--column {}=COLUMN", role.as_str()))
        .collect();
    let hints = hints.join(" ");
    anyhow!(
        "{lack}; say what the columns are called, by {hints}, or which text all rows have, such as \
         --column s_id=:WH_F0045"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_or_a_text_has_a_role() {
        let read = |argument| mapped(argument).map(|(role, name)| (role.as_str(), name));
        let column = |role, name: &str| Ok((role, name.to_owned()));
        assert_eq!(
            read("post_time=created_at"),
            column("post_time", "created_at")
        );
        assert_eq!(read("author=a=b"), column("author", "a=b"));
        assert_eq!(read("s_id=:WH_F0045"), column("s_id", ":WH_F0045"));
        for (wrong, part) in [
            ("post_time", "ROLE=COLUMN"),
            ("time=created_at", "post_time"),
            ("post_time=:2020-01-01", "not a constant"),
            ("s_id=:", "behind the colon"),
            ("s_id=", "name of a column"),
        ] {
            let fault = read(wrong).unwrap_err();
            assert!(fault.contains(part), "{wrong}: {fault}");
        }
    }
}
