//! Looks at the databases that the settings name: whether they answer, and what their tables have.
//! Changes nothing.

use std::time::Duration;

use futures_util::future::{join_all, join3};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::options;
use super::panels::{Layout, Sink, SinkError};
use super::posts::{ColumnNames, Moment, ReadSpec, Source, SourceEntry, SourceError, TextColumn};
use super::settings::LabellingSettings;
use crate::settings::{Loaded, shown_url};
use crate::sqlite::{file_of, why_it_cannot_be_used};
use crate::systems::Findings;
use crate::telemetry::chain;

/// A database that takes longer to answer cannot be worked with.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn sources_and_outputs(loaded: &Loaded) -> Findings {
    // What cannot be understood is reported without a connection.
    let Ok((sources, sinks)) = options::connections(loaded) else {
        return Findings::default();
    };
    let settings: LabellingSettings = loaded.system();
    let (sources, outputs) = (&sources, &sinks);
    let layout = options::options(loaded).map_or(Layout { groups: vec![] }, |all| all.layout());
    let of_sources = settings.sources.iter().flat_map(|(name, source)| {
        let entry = sources.all().find(|(known, _)| known == name);
        let entry = entry.map(|(_, entry)| entry.clone());
        let tables = entry.iter().flat_map(|entry| entry.tables.keys().cloned());
        let tables: Vec<String> = tables.collect();
        tables.into_iter().filter_map(move |table| {
            Some(look_at_table(
                loaded,
                name,
                &source.url,
                entry.clone()?,
                table,
            ))
        })
    });
    let without_tables = settings.sources.iter().filter_map(|(name, source)| {
        let (_, entry) = sources.all().find(|(known, _)| known == name)?;
        let is_without = entry.tables.is_empty();
        is_without.then(|| look_at_source(loaded, name, &source.url, entry.source.clone()))
    });
    let of_outputs = settings.outputs.iter().filter_map(|(name, output)| {
        let (_, sink) = outputs.all().find(|(known, _)| known == name)?;
        let url = output.url.as_ref().unwrap_or(&loaded.settings.database.url);
        Some(look_at_output(
            loaded,
            name,
            url,
            sink.clone(),
            layout.clone(),
        ))
    });
    let looks = join3(
        join_all(of_sources),
        join_all(without_tables),
        join_all(of_outputs),
    );
    let (tables, sources, outputs) = looks.await;
    let checked = format!("{} tables and {} outputs", tables.len(), outputs.len());
    let mut all = Findings {
        checked: Some(checked),
        ..Findings::default()
    };
    for found in tables.into_iter().chain(sources).chain(outputs) {
        all.faults.extend(found.faults);
        all.warnings.extend(found.warnings);
    }
    all
}

async fn look_at_table(
    loaded: &Loaded,
    source_name: &str,
    url: &str,
    entry: SourceEntry,
    table: String,
) -> Findings {
    let columns = entry.tables.get(&table).cloned().unwrap_or_default();
    let looked_at = table.clone();
    let looked = spawn_blocking(move || look(&entry.source, &looked_at, &columns));
    let of_source = format!("sources.{source_name}.url");
    let of_table = format!("sources.{source_name}.tables.{table}");
    let place = shown_url(url);
    match timeout(PATIENCE, looked).await {
        Ok(Ok(Ok(warnings))) => Findings {
            warnings: warnings
                .into_iter()
                .map(|warning| loaded.fault(&of_table, warning).to_string())
                .collect(),
            ..Findings::default()
        },
        Ok(Ok(Err(error))) => {
            let (key, problem) = match &error {
                SourceError::TableMissing { .. } | SourceError::TimesUnusable { .. } => {
                    (of_table, chain(&error))
                }
                SourceError::ColumnsMissing { .. } => {
                    let columns = format!("{of_table}.columns");
                    (
                        of_table,
                        format!("{}; `{columns}` names them", chain(&error)),
                    )
                }
                error => (of_source, format!("{place}: {}", chain(error))),
            };
            fault(loaded, &key, problem)
        }
        Ok(Err(_)) => fault(loaded, &of_source, "a thread ended early".to_owned()),
        Err(_) => fault(loaded, &of_source, silent(&place)),
    }
}

/// Of a source that names no tables only whether it can be reached.
async fn look_at_source(loaded: &Loaded, name: &str, url: &str, source: Source) -> Findings {
    let key = format!("sources.{name}.url");
    let place = shown_url(url);
    match timeout(PATIENCE, spawn_blocking(move || source.tables())).await {
        Ok(Ok(Ok(_))) => Findings::default(),
        Ok(Ok(Err(error))) => fault(loaded, &key, format!("{place}: {}", chain(&error))),
        Ok(Err(_)) => fault(loaded, &key, "a thread ended early".to_owned()),
        Err(_) => fault(loaded, &key, silent(&place)),
    }
}

/// Blocks. Returns what reading the table will suffer from.
fn look(source: &Source, table: &str, columns: &ColumnNames) -> Result<Vec<String>, SourceError> {
    let text = TextColumn::Author;
    source.check(table, columns, &[text])?;
    let plan = source.plan(
        &ReadSpec {
            table: table.to_owned(),
            columns: columns.clone(),
            text,
            fields: Vec::new(),
            start: Moment::EARLIEST,
            end: Moment::LATEST,
            zone: None,
        },
        1,
    )?;
    Ok(plan.warnings)
}

async fn look_at_output(
    loaded: &Loaded,
    name: &str,
    url: &str,
    sink: Sink,
    layout: Layout,
) -> Findings {
    let settings: LabellingSettings = loaded.system();
    let has_own = settings
        .outputs
        .get(name)
        .is_some_and(|output| output.url.is_some());
    let key = match has_own {
        true => format!("outputs.{name}.url"),
        false => "database.url".to_owned(),
    };
    // That of the engine is looked at by itself.
    let file = file_of(url).filter(|_| has_own);
    if let Some(reason) = file.and_then(|file| why_it_cannot_be_used(&file)) {
        return fault(loaded, &key, format!("{}: {reason}", shown_url(url)));
    }
    // It is made when the program starts.
    if sink.is_made_later() {
        return Findings::default();
    }
    let place = shown_url(url);
    let looked = spawn_blocking(move || sink.look(&layout));
    match timeout(PATIENCE, looked).await {
        Ok(Ok(Ok(()))) => Findings::default(),
        Ok(Ok(Err(error))) if has_own || is_of_tables(&error) => {
            fault(loaded, &key, format!("{place}: {}", chain(&error)))
        }
        Ok(Err(_)) => fault(loaded, &key, "a thread ended early".to_owned()),
        Err(_) if has_own => fault(loaded, &key, silent(&place)),
        // The engine's database is looked at by itself.
        Ok(Ok(Err(_))) | Err(_) => Findings::default(),
    }
}

/// Whether the database can be used, but for a table that another program has made.
fn is_of_tables(error: &SinkError) -> bool {
    use SinkError::{OfOriginal, OtherColumns};
    matches!(error, OfOriginal { .. } | OtherColumns { .. })
}

fn silent(place: &str) -> String {
    format!("{place}: no answer within {} s", PATIENCE.as_secs())
}

fn fault(loaded: &Loaded, key: &str, problem: String) -> Findings {
    Findings {
        faults: vec![loaded.fault(key, problem).to_string()],
        ..Findings::default()
    }
}
