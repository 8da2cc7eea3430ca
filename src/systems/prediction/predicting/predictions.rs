//! What prediction jobs need of this server, and what is looked up before one is made.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::PredictionsError;
use super::params::PredictParams;
use super::places::{Places, ReadFrom, listed};
use super::request::{Origin, PredictionRequest};
use super::table::{self, ResultColumn, ResultTable, is_own};
use super::values::{called, takes};
use crate::engine::seam::blocking;
use crate::engine::store::Store;
use crate::models::{FeatureKind, Signature};
use crate::settings::Loaded;
use crate::systems::prediction::serving::{Models, Served, Which};
use crate::systems::prediction::settings::{PredictSection, PredictionSettings};
use crate::systems::prediction::store::PredictionStore;
use crate::systems::prediction::writing::{Destination, TableFate, is_reserved};
use crate::tables::{ColumnType, ReadError, TableColumn, WholeTable, column_named};

/// The column by which rows of an import are found.
const IMPORT_ID: &str = "_import_id";

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Predictions {
    pub(super) store: PredictionStore,
    pub(super) models: Models,
    pub(super) destination: Destination,
    pub(super) places: Places,
    pub(super) section: PredictSection,
}

/// A request whose names have been looked up.
pub(super) struct Looked {
    pub params: PredictParams,
    /// The request as it was understood.
    pub understood: Value,
    /// Whether the result table is there.
    pub is_there: bool,
}

impl Predictions {
    /// Touches no database yet.
    pub(crate) fn of(loaded: &Loaded, store: Store, models: Models) -> Self {
        Self {
            store: PredictionStore::new(store),
            models,
            destination: Destination::of(loaded),
            places: Places::of(loaded),
            section: loaded.system::<PredictionSettings>().predict,
        }
    }

    /// Looks up all that a request names.
    pub(super) async fn look(
        &self,
        request: PredictionRequest,
    ) -> Result<Looked, PredictionsError> {
        let (name, which) = Which::read(&request.model).map_err(PredictionsError::Model)?;
        let served = self.models.find(&name, &which).await;
        let served = served.map_err(PredictionsError::Model)?;
        let rows = self.rows_of(&request).await?;
        let this = self.clone();
        let looked = blocking(move || Ok(this.look_at(&request, &served, rows)));
        looked.await.map_err(PredictionsError::ThreadLost)?
    }

    /// Where the rows are that a request is about.
    async fn rows_of(&self, request: &PredictionRequest) -> Result<Rows, PredictionsError> {
        let Origin {
            source,
            import,
            table,
        } = request.from.clone();
        let Some(id) = import else {
            let from = match source {
                Some(source) => ReadFrom::Source(source),
                None => ReadFrom::Output(request.output.clone()),
            };
            return Ok(Rows {
                from,
                table: table.unwrap_or_default(),
                import: None,
            });
        };
        let import = self.store.import(&id).await?;
        let import = import.ok_or_else(|| PredictionsError::UnknownImport(id.clone()))?;
        let tables: Vec<TableFate> = serde_json::from_str(&import.tables)?;
        let mut names: Vec<String> = tables.into_iter().map(|table| table.into).collect();
        let table = match table {
            Some(table) if names.contains(&table) => table,
            Some(table) => {
                return Err(PredictionsError::OtherTable {
                    import: id,
                    table,
                    known: listed(names),
                });
            }
            None if names.len() > 1 => {
                return Err(PredictionsError::SeveralTables {
                    import: id,
                    known: listed(names),
                });
            }
            None => {
                let only = names.pop();
                only.ok_or_else(|| PredictionsError::EmptyImport { import: id.clone() })?
            }
        };
        Ok(Rows {
            from: ReadFrom::Output(import.output),
            table,
            import: Some(import.id),
        })
    }

    /// Blocks.
    fn look_at(
        &self,
        request: &PredictionRequest,
        served: &Arc<Served>,
        rows: Rows,
    ) -> Result<Looked, PredictionsError> {
        self.places.check_table(&rows.from, &rows.table)?;
        let into = ReadFrom::Output(request.output.clone());
        self.places.open(&into)?;
        let is_same_name = rows.table.eq_ignore_ascii_case(&request.into);
        let database = self.destination.find(request.output.as_deref())?;
        if is_same_name && self.places.are_same(&rows.from, &into) {
            return Err(PredictionsError::SameTable(rows.table));
        }
        let source = self.places.open(&rows.from)?;
        let present = source.columns(&rows.table);
        let present = present.map_err(|error| no_table(error, &rows.table))?;
        let wanted = Wanted {
            request,
            table: &rows.table,
            present: &present,
        };
        let signature = served.signature();
        let features = wanted.features(signature)?;
        let key = wanted.key()?;
        let kept = wanted.kept(&key)?;
        let result = ResultTable {
            into: request.into.clone(),
            key: key.clone(),
            kept: kept.clone(),
            prediction: table::holds(&signature.labels),
        };
        let is_there = result.look(database)?;
        let mut columns: Vec<String> = Vec::new();
        let mut place_of = |name: &String| match columns.iter().position(|known| known == name) {
            Some(place) => place,
            None => {
                columns.push(name.clone());
                columns.len() - 1
            }
        };
        let of_features = features
            .iter()
            .map(|(_, column)| place_of(column))
            .collect();
        let of_kept = kept.iter().map(|column| place_of(&column.name)).collect();
        let understood = json!({
            "model": served.model, "model_version": served.version,
            "from": request_origin(&request.from, &rows), "key": key.name,
            "columns": columns_shown(&features),
            "keep": kept.iter().map(|column| &column.name).collect::<Vec<_>>(),
            "into": request.into, "output": request.output,
        });
        let only = rows.import.clone();
        let params = PredictParams {
            model: served.model.clone(),
            version: served.version,
            from: rows.from,
            import: rows.import,
            table: WholeTable {
                name: rows.table,
                key: key.name.clone(),
                columns,
                only: only.map(|id| (IMPORT_ID.to_owned(), id)),
            },
            features: of_features,
            kept: of_kept,
            result,
            output: request.output.clone(),
        };
        Ok(Looked {
            params,
            understood,
            is_there,
        })
    }
}

/// Which rows are read.
struct Rows {
    from: ReadFrom,
    table: String,
    import: Option<String>,
}

fn request_origin(origin: &Origin, rows: &Rows) -> Value {
    let mut shown = serde_json::Map::new();
    if let Some(source) = &origin.source {
        shown.insert("source".to_owned(), json!(source));
    }
    if let Some(import) = &rows.import {
        shown.insert("import".to_owned(), json!(import));
    }
    shown.insert("table".to_owned(), json!(rows.table));
    Value::Object(shown)
}

/// The features whose columns are called otherwise.
fn columns_shown(features: &[(String, String)]) -> Value {
    let others = features
        .iter()
        .filter(|(feature, column)| feature != column);
    let others = others.map(|(feature, column)| (feature.clone(), json!(column)));
    Value::Object(others.collect())
}

/// What a source says of a table that it does not have, with those that it has.
fn no_table(error: ReadError, table: &str) -> PredictionsError {
    match error {
        ReadError::TableMissing { present, .. } => PredictionsError::NoTable {
            table: table.to_owned(),
            known: listed(present.iter().filter(|name| !is_reserved(name))),
        },
        error => error.into(),
    }
}

/// The columns that a request names, among those of its table.
struct Wanted<'w> {
    request: &'w PredictionRequest,
    table: &'w str,
    present: &'w [TableColumn],
}

impl Wanted<'_> {
    /// Each feature with its column.
    fn features(&self, signature: &Signature) -> Result<Vec<(String, String)>, PredictionsError> {
        let known = signature.features();
        let is_unknown = |name: &&String| known.iter().all(|feature| feature.name != **name);
        if let Some(unknown) = self.request.columns.keys().find(is_unknown) {
            return Err(PredictionsError::UnknownFeature {
                feature: unknown.clone(),
                known: listed(known.iter().map(|feature| &feature.name)),
            });
        }
        let columns = known.iter().map(|feature| {
            let named = self.request.columns.get(&feature.name);
            let place = || format!("columns.{}", feature.name);
            let column = self.find(place, named.unwrap_or(&feature.name))?;
            if !takes(feature.kind, column.holds) {
                return Err(PredictionsError::UnfitColumn {
                    place: place(),
                    column: column.name.clone(),
                    found: called(column.holds),
                    expected: match feature.kind {
                        FeatureKind::Number => "numbers, or texts of numbers",
                        FeatureKind::Text => "texts",
                    },
                });
            }
            Ok((feature.name.clone(), column.name.clone()))
        });
        columns.collect()
    }

    fn key(&self) -> Result<ResultColumn, PredictionsError> {
        let column = self.find(|| "key".to_owned(), &self.request.key)?;
        if is_own(&column.name) {
            return Err(PredictionsError::ReservedKey(column.name.clone()));
        }
        match column.holds {
            Some(
                holds @ (ColumnType::Integer
                | ColumnType::Text
                | ColumnType::Date
                | ColumnType::Time),
            ) => Ok(ResultColumn {
                name: column.name.clone(),
                holds,
            }),
            other => Err(PredictionsError::UnfitColumn {
                place: "key".to_owned(),
                column: column.name.clone(),
                found: called(other),
                expected: "integers, texts, dates or times",
            }),
        }
    }

    fn kept(&self, key: &ResultColumn) -> Result<Vec<ResultColumn>, PredictionsError> {
        let mut kept: Vec<ResultColumn> = Vec::new();
        for (place, name) in self.request.keep.iter().enumerate() {
            let place = || format!("keep[{place}]");
            let column = self.find(place, name)?;
            let is_same = |known: &ResultColumn| known.name.eq_ignore_ascii_case(&column.name);
            let is_taken = is_same(key) || kept.iter().any(is_same);
            if is_taken || is_own(&column.name) {
                return Err(PredictionsError::KeptTwice(column.name.clone()));
            }
            let Some(holds) = column.holds else {
                return Err(PredictionsError::UnfitColumn {
                    place: place(),
                    column: column.name.clone(),
                    found: called(None),
                    expected: "texts, numbers, booleans, dates or times",
                });
            };
            kept.push(ResultColumn {
                name: column.name.clone(),
                holds,
            });
        }
        Ok(kept)
    }

    /// The column of this name; `place` is where the request names it.
    fn find(
        &self,
        place: impl FnOnce() -> String,
        name: &str,
    ) -> Result<&TableColumn, PredictionsError> {
        column_named(self.present, name).ok_or_else(|| PredictionsError::UnknownColumn {
            place: place(),
            table: self.table.to_owned(),
            column: name.to_owned(),
            known: listed(self.present.iter().map(|column| &column.name)),
        })
    }
}
