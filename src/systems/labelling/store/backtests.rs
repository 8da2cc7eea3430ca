//! Parts of what backtests have found, stored in the transaction that ends the slice that found them.

use entity::{JobId, backtest_part};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement, StatementBuilder,
};
use strum::IntoStaticStr;

use super::LabellingStore;
use crate::engine::store::{BesideSlice, JobTable, Result, query};

/// Its rows go with their jobs.
pub(crate) const BACKTEST_PARTS: JobTable = JobTable {
    name: "audience_backtest_part",
    job: "job_id",
    key: "job_id, generation, kind, partition_no, batch_no, slice_no",
};

/// Bytes, about, and rows of one statement: a server takes so many at once.
const BYTES_AT_ONCE: usize = 4 << 20;
const ROWS_AT_ONCE: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum PartKind {
    Sums,
    /// Rows that differ.
    Rows,
    /// Of authors, until they are settled.
    Votes,
    /// That entered or left.
    Members,
}

/// Of which run of which job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartsOf {
    pub job: JobId,
    pub generation: i32,
}

/// Where a part stands among those of its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartPlace {
    pub partition: i32,
    pub batch: i32,
    pub slice: i32,
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub kind: PartKind,
    pub place: PartPlace,
    pub body: Vec<u8>,
}

/// What a slice leaves.
#[derive(Clone, Debug)]
pub(crate) struct SliceOfBacktest {
    pub of: PartsOf,
    pub parts: Vec<Part>,
    /// Votes of this partition are settled, and dropped.
    pub settled: Option<i32>,
    /// Parts of earlier runs of the job are dropped.
    pub ends: bool,
}

impl PartKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl BesideSlice for SliceOfBacktest {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let mut statements = self.insertions(backend);
        let of_job = || Expr::col(backtest_part::Column::JobId).eq(self.of.job.as_str());
        let generation = || Expr::col(backtest_part::Column::Generation);
        if let Some(partition) = self.settled {
            let mut delete = Query::delete();
            delete
                .from_table(backtest_part::Entity)
                .and_where(of_job())
                .and_where(generation().eq(self.of.generation))
                .and_where(Expr::col(backtest_part::Column::Kind).eq(PartKind::Votes.as_str()))
                .and_where(Expr::col(backtest_part::Column::PartitionNo).eq(partition));
            statements.push(StatementBuilder::build(&delete, &backend));
        }
        if self.ends {
            let mut delete = Query::delete();
            delete
                .from_table(backtest_part::Entity)
                .and_where(of_job())
                .and_where(generation().lt(self.of.generation));
            statements.push(StatementBuilder::build(&delete, &backend));
        }
        Ok(statements)
    }
}

impl SliceOfBacktest {
    fn insertions(&self, backend: DbBackend) -> Vec<Statement> {
        use backtest_part::Column;
        let mut statements = Vec::new();
        let mut rest = &self.parts[..];
        while !rest.is_empty() {
            let (mut rows, mut bytes) = (0, 0);
            while rows < rest.len().min(ROWS_AT_ONCE) && (rows == 0 || bytes < BYTES_AT_ONCE) {
                bytes += rest[rows].body.len();
                rows += 1;
            }
            let (now, later) = rest.split_at(rows);
            rest = later;
            let mut insert = Query::insert();
            insert.into_table(backtest_part::Entity).columns([
                Column::JobId,
                Column::Generation,
                Column::Kind,
                Column::PartitionNo,
                Column::BatchNo,
                Column::SliceNo,
                Column::Body,
            ]);
            for part in now {
                insert.values_panic([
                    self.of.job.as_str().into(),
                    self.of.generation.into(),
                    part.kind.as_str().into(),
                    part.place.partition.into(),
                    part.place.batch.into(),
                    part.place.slice.into(),
                    part.body.clone().into(),
                ]);
            }
            statements.push(StatementBuilder::build(&insert, &backend));
        }
        statements
    }
}

impl LabellingStore {
    /// Parts of one kind in their order, behind a place, not more than so many; those of one partition, or of all.
    pub(crate) async fn backtest_parts(
        &self,
        of: &PartsOf,
        kind: PartKind,
        partition: Option<i32>,
        behind: Option<PartPlace>,
        most: u64,
    ) -> Result<Vec<(PartPlace, Vec<u8>)>> {
        use backtest_part::Column;
        let mut parts = backtest_part::Entity::find()
            .filter(Column::JobId.eq(of.job.clone()))
            .filter(Column::Generation.eq(of.generation))
            .filter(Column::Kind.eq(kind.as_str()));
        if let Some(partition) = partition {
            parts = parts.filter(Column::PartitionNo.eq(partition));
        }
        if let Some(PartPlace {
            partition,
            batch,
            slice,
        }) = behind
        {
            let in_batch = Column::BatchNo
                .eq(batch)
                .and(Column::SliceNo.gt(slice))
                .or(Column::BatchNo.gt(batch));
            let behind = Column::PartitionNo
                .eq(partition)
                .and(in_batch)
                .or(Column::PartitionNo.gt(partition));
            parts = parts.filter(behind);
        }
        let found = parts
            .order_by_asc(Column::PartitionNo)
            .order_by_asc(Column::BatchNo)
            .order_by_asc(Column::SliceNo)
            .limit(most)
            .all(self.engine().reader())
            .await
            .map_err(query("read what a backtest has found"))?;
        let placed = found.into_iter().map(|part| {
            let place = PartPlace {
                partition: part.partition_no,
                batch: part.batch_no,
                slice: part.slice_no,
            };
            (place, part.body)
        });
        Ok(placed.collect())
    }
}
