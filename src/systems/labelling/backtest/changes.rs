//! What a backtest has found, row by row and member by member: a page at a time, or all of it.

use std::fmt;
use std::str::FromStr;

use entity::{HistoryState, JobId, job};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use tokio::sync::mpsc;

use super::error::BacktestError;
use super::{FLOW, SETTLE_STEP};
use crate::engine::seam::{ResultCell, ResultRows, Rows, SystemError};
use crate::systems::labelling::Labelling;
use crate::systems::labelling::rules::backtest::{
    ChangeKind, ChangedMember, ChangedRow, SliceParts, joined,
};
use crate::systems::labelling::store::{LabellingStore, PartKind, PartPlace, PartsOf};

/// Rows or members that are looked through for one page, so that it comes soon however few fit.
const LOOKED_THROUGH: usize = 100_000;

/// Parts that are read at once, and how many of them may wait for a slow caller.
const PARTS_AT_ONCE: u64 = 4;
const PARTS_WAITING: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(in crate::systems::labelling) enum ChangesOf {
    Rows,
    Members,
}

/// Which of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::systems::labelling) struct ChangeFilter {
    pub kind: Option<ChangeKind>,
    /// That rows got or lost; or that of the panel.
    pub label: Option<String>,
    /// That changed, and is true on the row.
    pub rule: Option<String>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::systems::labelling) struct ChangePlace {
    part: PartPlace,
    /// The number of a row in its part.
    row: usize,
}

/// A page; only those that were asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::systems::labelling) struct ChangePage {
    pub rows: Vec<ChangedRow>,
    pub members: Vec<ChangedMember>,
    /// `None`: there are no more.
    pub next: Option<ChangePlace>,
}

impl fmt::Display for ChangePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PartPlace {
            partition,
            batch,
            slice,
        } = self.part;
        write!(formatter, "{partition}.{batch}.{slice}.{}", self.row)
    }
}

impl FromStr for ChangePlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.');
        let mut number = || -> Result<i32, ()> {
            let number = numbers.next().ok_or(())?.parse::<i32>().map_err(drop)?;
            (number >= 0).then_some(number).ok_or(())
        };
        let part = PartPlace {
            partition: number()?,
            batch: number()?,
            slice: number()?,
        };
        let row = usize::try_from(number()?).map_err(drop)?;
        match numbers.next() {
            None => Ok(Self { part, row }),
            Some(_) => Err(()),
        }
    }
}

/// A row or a member, as both are looked through.
trait Change: Sized + Send + 'static {
    const KIND: PartKind;
    const COLUMNS: &'static [&'static str];

    fn read(packed: &[u8]) -> Result<Vec<Self>, BacktestError>;

    fn fits(&self, filter: &ChangeFilter) -> bool;

    fn cells(self) -> Vec<ResultCell>;
}

impl Change for ChangedRow {
    const KIND: PartKind = PartKind::Rows;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "post_time",
        "group",
        "source_author",
        "kind",
        "from",
        "to",
        "rules",
    ];

    fn read(packed: &[u8]) -> Result<Vec<Self>, BacktestError> {
        Ok(SliceParts::read_rows(packed)?)
    }

    fn fits(&self, filter: &ChangeFilter) -> bool {
        filter.kind.is_none_or(|kind| kind == self.kind)
            && filter
                .label
                .as_ref()
                .is_none_or(|label| self.concerns(label))
            && filter
                .rule
                .as_ref()
                .is_none_or(|rule| self.rules.contains(rule))
    }

    fn cells(self) -> Vec<ResultCell> {
        let maybe = |labels: &[String]| joined(labels).map_or(ResultCell::Null, ResultCell::Text);
        let (from, to) = (maybe(&self.from), maybe(&self.to));
        vec![
            ResultCell::Text(self.id),
            ResultCell::Text(self.post_time),
            ResultCell::Text(self.group),
            ResultCell::Text(self.source_author),
            ResultCell::Text(self.kind.as_str().to_owned()),
            from,
            to,
            ResultCell::Text(self.rules.join(" ")),
        ]
    }
}

impl Change for ChangedMember {
    const KIND: PartKind = PartKind::Members;
    const COLUMNS: &'static [&'static str] = &["group", "source_author", "panel", "kind"];

    fn read(packed: &[u8]) -> Result<Vec<Self>, BacktestError> {
        Ok(Self::unpack(packed)?)
    }

    fn fits(&self, filter: &ChangeFilter) -> bool {
        let is_of = |label: &String| self.panel.strip_prefix('/') == Some(label);
        filter.kind.is_none_or(|kind| kind == self.kind())
            && filter.label.as_ref().is_none_or(is_of)
    }

    fn cells(self) -> Vec<ResultCell> {
        let kind = self.kind().as_str().to_owned();
        let texts = [self.group, self.source_author, self.panel, kind];
        texts.map(ResultCell::Text).into()
    }
}

impl Labelling {
    /// Changes from a place on, as many as fit on a page.
    pub(in crate::systems::labelling) async fn backtest_changes(
        &self,
        id: &JobId,
        changes: ChangesOf,
        filter: &ChangeFilter,
        from: Option<ChangePlace>,
        most: usize,
    ) -> Result<ChangePage, BacktestError> {
        let parts = self.settled_backtest(id, changes, filter).await?;
        Ok(match changes {
            ChangesOf::Rows => {
                let (rows, next) = self.some_changes(&parts, filter, from, most).await?;
                ChangePage {
                    rows,
                    next,
                    ..ChangePage::default()
                }
            }
            ChangesOf::Members => {
                let (members, next) = self.some_changes(&parts, filter, from, most).await?;
                ChangePage {
                    members,
                    next,
                    ..ChangePage::default()
                }
            }
        })
    }

    /// All of them, to be downloaded.
    pub(in crate::systems::labelling) async fn all_backtest_changes(
        &self,
        id: &JobId,
        changes: ChangesOf,
        filter: ChangeFilter,
    ) -> Result<ResultRows, SystemError> {
        let parts = self.settled_backtest(id, changes, &filter).await;
        let parts = parts.map_err(SystemError::of)?;
        match changes {
            ChangesOf::Rows => self.stream_changes::<ChangedRow>(parts, filter).await,
            ChangesOf::Members => self.stream_changes::<ChangedMember>(parts, filter).await,
        }
    }

    /// Where the changes of a backtest are that has ended, and whose filter can be fulfilled.
    async fn settled_backtest(
        &self,
        id: &JobId,
        changes: ChangesOf,
        filter: &ChangeFilter,
    ) -> Result<PartsOf, BacktestError> {
        let job = self.store().jobs().find(id).await?;
        let job = job.filter(|job: &job::Model| job.history != HistoryState::Dropping);
        let job = job.ok_or_else(|| BacktestError::NoJob(id.to_string()))?;
        if job.flow != FLOW {
            return Err(BacktestError::OfAnotherFlow {
                job: id.to_string(),
                flow: job.flow,
            });
        }
        let steps = self.store().steps().of(id).await?;
        let settled = steps.into_iter().find(|step| step.name == SETTLE_STEP);
        let report = settled.and_then(|step| step.output);
        let report: Option<Value> = report.and_then(|report| serde_json::from_str(&report).ok());
        let report = report.ok_or_else(|| BacktestError::NotEnded {
            job: id.to_string(),
            state: job.state.as_str().to_owned(),
        })?;
        filter.check(changes, &report)?;
        Ok(PartsOf {
            job: id.clone(),
            generation: job.generation,
        })
    }

    async fn some_changes<C: Change>(
        &self,
        of: &PartsOf,
        filter: &ChangeFilter,
        from: Option<ChangePlace>,
        most: usize,
    ) -> Result<(Vec<C>, Option<ChangePlace>), BacktestError> {
        let store = LabellingStore::new(self.store().clone());
        let mut behind = from.map(|from| PartPlace {
            slice: from.part.slice - 1,
            ..from.part
        });
        let mut found = Vec::new();
        let mut looked = 0;
        loop {
            let parts = store.backtest_parts(of, C::KIND, None, behind, PARTS_AT_ONCE);
            let parts = parts.await?;
            if parts.is_empty() {
                return Ok((found, None));
            }
            for (part, packed) in parts {
                let begin = from
                    .filter(|from| from.part == part)
                    .map_or(0, |from| from.row);
                for (row, change) in C::read(&packed)?.into_iter().enumerate().skip(begin) {
                    if found.len() == most || looked == LOOKED_THROUGH {
                        return Ok((found, Some(ChangePlace { part, row })));
                    }
                    looked += 1;
                    if change.fits(filter) {
                        found.push(change);
                    }
                }
                behind = Some(part);
            }
        }
    }

    async fn stream_changes<C: Change>(
        &self,
        of: PartsOf,
        filter: ChangeFilter,
    ) -> Result<ResultRows, SystemError> {
        let store = LabellingStore::new(self.store().clone());
        let (sender, rows) = mpsc::channel(PARTS_WAITING);
        // Ends by itself when all is read or the caller has gone.
        tokio::spawn(async move { send::<C>(&store, &of, &filter, &sender).await });
        let columns = C::COLUMNS.iter().map(|column| (*column).to_owned());
        ResultRows::of(columns.collect(), rows).await
    }
}

async fn send<C: Change>(
    store: &LabellingStore,
    of: &PartsOf,
    filter: &ChangeFilter,
    sender: &mpsc::Sender<Rows>,
) {
    let mut behind = None;
    loop {
        let parts = store.backtest_parts(of, C::KIND, None, behind, 1).await;
        let part = match parts {
            Ok(parts) => parts.into_iter().next(),
            Err(error) => {
                // Fails if the caller has gone.
                let error = SystemError::of(BacktestError::Store(error));
                sender.send(Err(error)).await.ok();
                return;
            }
        };
        let Some((place, packed)) = part else {
            return;
        };
        behind = Some(place);
        let rows = C::read(&packed).map(|changes| {
            let changes = changes.into_iter().filter(|change| change.fits(filter));
            changes.map(Change::cells).collect::<Vec<_>>()
        });
        let is_failed = rows.is_err();
        if rows.as_ref().is_ok_and(Vec::is_empty) {
            continue;
        }
        if sender.send(rows.map_err(SystemError::of)).await.is_err() || is_failed {
            return;
        }
    }
}

impl ChangeFilter {
    /// Whether the report of the backtest has what is asked for.
    fn check(&self, changes: ChangesOf, report: &Value) -> Result<(), BacktestError> {
        let refused = |member, reason: String| Err(BacktestError::Member { member, reason });
        if changes == ChangesOf::Members {
            if self.kind == Some(ChangeKind::Changed) {
                return refused("kind", "expected entered or left for members".to_owned());
            }
            if self.rule.is_some() {
                return refused("rule", "members have none; expected of: rows".to_owned());
            }
        }
        if let Some(label) = &self.label
            && report["labels"].get(label).is_none()
        {
            return refused("label", format!("the sets have no label `{label}`"));
        }
        if let Some(rule) = &self.rule {
            let rules = report["rules"].as_array();
            let mut rules = rules.into_iter().flatten();
            if !rules.any(|changed| changed["rule"] == rule.as_str()) {
                return refused("rule", format!("no rule `{rule}` has changed"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for text in ["0.0.1.0", "31.0.2.1999"] {
            assert_eq!(text.parse::<ChangePlace>().unwrap().to_string(), text);
        }
        for text in ["", "1", "0.0.1", "0.0.1.x", "0.0.1.2.3", "0.-1.1.0"] {
            assert_eq!(text.parse::<ChangePlace>(), Err(()), "{text}");
        }
    }
}
