//! A task as the labelling step would write it.

use audience::systems::labelling::panels::{
    BatchCheckpoint, Conflict, Fence, Layout, Lineage, Publication, Result, ResultRow, Sink,
    SliceCommit, StageWriter, StagedRows, StateFigures, TaskFigures, TaskHeader, TaskProgress,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::OwnDatabase;

pub const PANELS: [&str; 3] = ["/male", "/female", "/young"];

/// Group, id, author, time, content and the numbers of the panels.
pub type Post<'a> = (u16, &'a str, &'a str, &'a str, &'a str, &'a [u16]);

#[derive(Clone)]
pub struct Task {
    pub sink: Sink,
    pub fence: Fence,
    pub layout: Layout,
}

impl Task {
    pub fn new(database: &OwnDatabase, id: &str) -> Self {
        Self {
            sink: database.sink(),
            fence: Fence {
                task_id: id.to_owned(),
                epoch: 1,
                generation: 0,
            },
            layout: Self::layout(),
        }
    }

    pub fn layout() -> Layout {
        Layout {
            groups: ["fb fans", "Ptt", "其他"].map(str::to_owned).to_vec(),
        }
    }

    /// Announced and begun.
    pub fn begun(database: &OwnDatabase, id: &str) -> Self {
        let task = Self::new(database, id);
        task.announce();
        task.begin().unwrap();
        task
    }

    pub fn announce(&self) {
        let header = TaskHeader {
            model_type: "keyword_model".to_owned(),
            predict_type: "author_name".to_owned(),
            date_range: "2020-01-01 00:00:00 - 2021-01-01 00:00:00".to_owned(),
            target_table: "it's \\ wh".to_owned(),
            rule_set: None,
            rule_set_version: None,
        };
        let sink = &self.sink;
        sink.announce(&self.fence.task_id, &header, "2026-01-01 00:00:00")
            .unwrap();
    }

    pub fn begin(&self) -> Result<TaskProgress> {
        self.sink.begin(&self.fence, &self.layout, true)
    }

    /// The same task under a later lease.
    pub fn taken_over(&self) -> Self {
        let mut later = self.clone();
        later.fence.epoch += 1;
        later
    }

    pub fn writer(&self) -> StageWriter {
        self.sink
            .stage_writer(&self.fence, &self.layout, &PANELS.map(str::to_owned))
            .unwrap()
    }

    /// Commits one slice of batch 0.
    pub fn stage(&self, slice_no: i64, posts: &[Post<'_>]) -> Result<()> {
        commit(&mut self.writer(), 0, slice_no, posts)
    }

    pub fn publication(&self, conflict: Conflict) -> Publication {
        Publication {
            hours_repeat: false,
            lineage: Some(Lineage {
                rule_set: "rules".to_owned(),
                source: "wh".to_owned(),
                table: "posts".to_owned(),
                version: None,
            }),
            layout: self.layout.clone(),
            panels: PANELS.map(str::to_owned).to_vec(),
            conflict,
            keep_staging: false,
        }
    }

    pub fn publish(&self, conflict: Conflict) -> Result<TaskFigures> {
        self.publish_as(&self.publication(conflict))
    }

    pub fn publish_as(&self, publication: &Publication) -> Result<TaskFigures> {
        let cancel = CancellationToken::new();
        self.sink.publish(&self.fence, publication, &now, &cancel)
    }

    /// What is published, group by group, in an order of its own.
    pub fn published(&self) -> Vec<ResultRow> {
        let mut all = Vec::new();
        for group in &self.layout.groups {
            let mut rows = Vec::new();
            self.sink
                .read_results(&self.fence.task_id, group, &mut |row| {
                    rows.push(row);
                    true
                })
                .unwrap();
            rows.sort_by(|a, b| key(a).cmp(&key(b)));
            all.append(&mut rows);
        }
        all
    }

    /// `id panel` of what is published.
    pub fn ids(&self) -> Vec<String> {
        let rows = self.published().into_iter();
        rows.map(|row| format!("{} {}", row.id, row.panel))
            .collect()
    }
}

fn key(row: &ResultRow) -> (&str, &str, &str) {
    (&row.id, &row.panel, &row.source_author)
}

pub fn now() -> StateFigures {
    StateFigures {
        check_point: Some("2020-05-05 00:00:00".to_owned()),
        peak_memory_mb: 12.5,
        run_time_minutes: 0.25,
    }
}

pub fn checkpoint(slices: i64) -> BatchCheckpoint {
    BatchCheckpoint {
        slices,
        position: Some(json!({ "after": "it's \\ \"here\"", "row": slices })),
        complete_to: Some(format!("2020-05-{slices:02} 00:00:00")),
        finished: false,
        rows_scanned: 10 * slices as u64,
    }
}

pub fn staged_rows(posts: &[Post<'_>]) -> StagedRows {
    let mut rows = StagedRows::default();
    for (group, id, author, time, content, panels) in posts {
        let panels = panels.iter().map(|panel| (*panel, "[\"met\\a\", \"'\"]"));
        rows.push(*group, (id, "WH_1", author, time, content), panels);
    }
    rows
}

pub fn figures(staged: u64) -> TaskFigures {
    TaskFigures {
        received: vec![staged + 1, 0, 0],
        staged: vec![staged, 0, 0],
        unique_authors: vec![1, 1, 1],
        ..TaskFigures::default()
    }
}

pub fn commit(
    writer: &mut StageWriter,
    batch_no: i32,
    slice_no: i64,
    posts: &[Post<'_>],
) -> Result<()> {
    let staged = staged_rows(posts);
    let committed = writer.commit(&SliceCommit {
        batch_no,
        checkpoint: &checkpoint(slice_no),
        staged: &staged,
        new_authors: &[slice_no as u64, u64::MAX],
        beside: &[],
        figures: &figures(10 * slice_no as u64),
        state: &now(),
    });
    committed.map(drop)
}
