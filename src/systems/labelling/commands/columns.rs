//! What the columns of the table of `audience label` are called.

use std::collections::BTreeMap;
use std::path::Path;

use crate::settings::{SettingsError, SettingsFault};
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
    arguments: Vec<Result<(ColumnRole, String), String>>,
) -> Result<BTreeMap<ColumnRole, String>, SettingsError> {
    let (mut columns, mut faults) = (BTreeMap::new(), Vec::new());
    for argument in arguments {
        let problem = match argument {
            Ok((role, name)) => match columns.insert(role, name) {
                None => continue,
                Some(_) => format!("{}=… is given twice", role.as_str()),
            },
            Err(problem) => problem,
        };
        faults.push(SettingsFault::of_flag("--column", problem));
    }
    let of_file = match file.map(columns_file).transpose() {
        Ok(of_file) => of_file.unwrap_or_default(),
        Err(error) => {
            faults.extend(error.of_flag("--columns").faults);
            BTreeMap::new()
        }
    };
    for (role, name) in of_file {
        if let (Some(problem), Some(file)) = (role.fault(&name), file) {
            let problem = format!("{}: {}: {problem}", file.display(), role.as_str());
            faults.push(SettingsFault::of_flag("--columns", problem));
        }
        columns.entry(role).or_insert(name);
    }
    SettingsError::if_any(faults)?;
    Ok(columns)
}

/// Where columns are missing: how to say what they are called.
pub(super) fn hint(lack: &SourceError, columns: &BTreeMap<ColumnRole, String>) -> Option<String> {
    let SourceError::ColumnsMissing { missing, .. } = lack else {
        return None;
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
    Some(format!(
        "; say what the columns are called, by {hints}, or which text all rows have, such as \
         --column s_id=:WH_F0045"
    ))
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
