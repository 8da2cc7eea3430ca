//! Looks for everything that keeps the task of `audience label` from being done, and makes nothing.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::columns;
use super::label_arguments::LabelTask;
use crate::engine::store::Store;
use crate::settings::{Loaded, SettingsFault, shown_url};
use crate::systems::labelling::posts::{SourceError, open_source};
use crate::systems::labelling::settings::{LabellingSettings, TableSettings};
use crate::systems::labelling::{check, options};
use crate::telemetry::chain;

/// A source that takes longer to answer cannot be worked with.
const PATIENCE: Duration = Duration::from_secs(30);

/// All faults, each with its argument.
pub(super) async fn faults(task: &LabelTask, loaded: &Loaded) -> Vec<SettingsFault> {
    let mut faults = Vec::new();
    faults.extend(range(task));
    let options = options::options(loaded).err();
    faults.extend(options.into_iter().flat_map(|error| error.faults));
    faults.extend(rules(task, loaded).await);
    faults.extend(source(task).await);
    let (output, is_away) = output(task).await;
    // One that is away alone may be there again when the program starts.
    if !is_away || !faults.is_empty() {
        faults.extend(output);
    }
    faults
}

fn range(task: &LabelTask) -> Option<SettingsFault> {
    let zone = task.time_zone.unwrap_or_default();
    let problem = match (task.start.in_zone(zone), task.end.in_zone(zone)) {
        (Some(start), Some(end)) if start < end => return None,
        (Some(_), Some(_)) => "start_time must be earlier than end_time",
        _ => "a time of the range is before the year 0 or after 9999 in UTC",
    };
    Some(SettingsFault::of_flag("--start, --end", problem))
}

/// Reads them; whether they can be compiled shows when the task is submitted, and so does whether there is such a
/// model.
async fn rules(task: &LabelTask, loaded: &Loaded) -> Vec<SettingsFault> {
    let Some(path) = task.rules.clone() else {
        return Vec::new();
    };
    let limits = options::rule_limits(&loaded.system::<LabellingSettings>().labelling);
    let (kind, is_mixed) = (task.rule_kind, task.is_mixed);
    let predict_type = task.predict_type.unwrap_or_default().as_str();
    let read = spawn_blocking(move || {
        if kind.is_none() && check::read_mixed(&path, is_mixed)?.is_some() {
            return Ok(());
        }
        check::read_rules(&path, kind, predict_type, limits).map(drop)
    });
    let problems = match read.await {
        Ok(Ok(())) => Vec::new(),
        Ok(Err(problems)) => problems,
        Err(_) => vec!["a thread ended early".to_owned()],
    };
    let fault = |problem| SettingsFault::of_flag("--rules", problem);
    problems.into_iter().map(fault).collect()
}

async fn source(task: &LabelTask) -> Option<SettingsFault> {
    let of_source = |problem: String| Some(SettingsFault::of_flag("--source", problem));
    let source = match open_source(&task.source) {
        Ok(source) => source,
        Err(error) => return of_source(error.to_string()),
    };
    let settings = TableSettings {
        columns: task.columns.clone(),
    };
    let (table, names) = (task.table.clone(), options::columns(&settings));
    // What the rules of a mixed model look at is looked at when the task is submitted.
    let text = task.predict_type.unwrap_or_default().column();
    let looked = spawn_blocking(move || source.check(&table, &names, &[text]));
    let place = shown_url(&task.source);
    match timeout(PATIENCE, looked).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => match &error {
            SourceError::TableMissing { .. }
            | SourceError::ColumnsMissing { .. }
            | SourceError::TimesUnusable { .. } => {
                let hint = columns::hint(&error, &task.columns).unwrap_or_default();
                let problem = format!("{place}: {}{hint}", chain(&error));
                Some(SettingsFault::of_flag("--table", problem))
            }
            _ => of_source(format!("{place}: {}", chain(&error))),
        },
        Ok(Err(_)) => of_source("a thread ended early".to_owned()),
        Err(_) => of_source(format!(
            "{place}: no answer within {} s",
            PATIENCE.as_secs()
        )),
    }
}

/// The fault, and whether it is only that the database is away.
async fn output(task: &LabelTask) -> (Option<SettingsFault>, bool) {
    let Err(error) = Store::look_at(&task.output).await else {
        return (None, false);
    };
    let problem = match error.cause_of_opening() {
        Some(cause) => format!("{}: {cause}", shown_url(&task.output)),
        None => format!("{}: {}", shown_url(&task.output), chain(&error)),
    };
    let fault = SettingsFault::of_flag("--output", problem);
    (Some(fault), error.is_away())
}
