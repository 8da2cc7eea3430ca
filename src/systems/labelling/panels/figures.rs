//! The figures of a task and how `state` shows them.

use std::mem;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Layout;
use crate::tables::{LeftOut, LeftOutRow, NamedRow, Unreadable};

/// Counts of a task; vectors go by number of the group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskFigures {
    pub received: Vec<u64>,
    pub staged: Vec<u64>,
    /// Distinct `source_author` among all received rows.
    pub unique_authors: Vec<u64>,
    /// Known once the task is published.
    pub published: Option<Vec<u64>>,
    /// Received rows whose `s_id` is in no group, whatever was done with them.
    pub unmapped: u64,
    /// Those of them that went to no group.
    pub skipped: u64,
    /// Rows left out because their `post_time` cannot be read.
    pub undated: u64,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undated_named: Vec<NamedRow>,
    /// Rows left out because of what stands in them.
    #[serde(default)]
    pub left_out: LeftOut,
    /// All rows of the table, where it had to be known how many of them are without a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_rows: Option<u64>,
    #[serde(default)]
    pub times: StageTimes,
}

/// How many rows may be without a time before a task is refused: more than both of these are too
/// many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UndatedLimits {
    /// Of all rows of the table.
    pub share: f64,
    pub rows: u64,
}

impl UndatedLimits {
    /// Why a task must not be published; `None` if it may.
    pub fn refusal(&self, figures: &TaskFigures) -> Option<String> {
        let undated = figures.undated;
        // It is counted whenever it matters, unless the limit was lowered since.
        let all = figures
            .table_rows
            .unwrap_or(figures.received_total() + undated);
        let is_refused = undated > self.rows && undated as f64 > self.share * all as f64;
        is_refused.then(|| {
            format!(
                "the time of {undated} of the {all} rows of the table cannot be read ({}); expected \
                 YYYY-MM-DD HH:MM:SS, maybe with an offset such as +08:00; \
                 labelling.unreadable_times_share = {} and \
                 labelling.unreadable_times_max = {} allow less; once that is mended, rerun it",
                figures.named(),
                self.share,
                self.rows
            )
        })
    }
}

/// How long the stages of a task took, in microseconds, over all batches and attempts whose work
/// is durable. Reading and matching overlap with writing, so that the sum may exceed the task's
/// run time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageTimes {
    /// Waiting for the source and taking its rows apart.
    pub read_us: u64,
    /// Finding the group, counting the author, matching the text.
    pub match_us: u64,
    /// Staging rows and committing slices; of the last slice of a batch without its commit.
    pub write_us: u64,
    /// Choosing and moving the rows to publish, until just before the commit.
    pub publish_us: u64,
}

impl StageTimes {
    /// Each stage with its seconds and its share of the work of all four, in per cent.
    pub fn stages(&self) -> [(&'static str, f64, f64); 4] {
        let all = [
            ("read", self.read_us),
            ("match", self.match_us),
            ("write", self.write_us),
            ("publish", self.publish_us),
        ];
        let total = all.iter().map(|(_, micros)| micros).sum::<u64>().max(1);
        all.map(|(stage, micros)| {
            let per_mille = (1000.0 * micros as f64 / total as f64).round();
            (stage, (micros as f64 / 1e3).round() / 1e3, per_mille / 10.0)
        })
    }
}

/// The figures as texts and numbers of `state`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderedFigures {
    pub length_receive_table: i64,
    pub length_output_table: i64,
    pub length_prod_table: String,
    pub result: String,
    pub uniq_source_author: String,
    pub rate_of_label: String,
}

impl TaskFigures {
    pub fn new(groups: usize) -> Self {
        Self {
            received: vec![0; groups],
            staged: vec![0; groups],
            unique_authors: vec![0; groups],
            ..Self::default()
        }
    }

    /// Counts rows whose time cannot be read.
    pub fn add_undated(&mut self, rows: Unreadable) {
        let mut all = Unreadable {
            rows: self.undated,
            named: mem::take(&mut self.undated_named),
        };
        all.add(rows);
        (self.undated, self.undated_named) = (all.rows, all.named);
    }

    /// What the owner of the table should know of rows that were left out.
    pub fn warning(&self) -> Option<String> {
        let warnings = [self.warning_of_undated(), self.warning_of_left_out()];
        let warnings: Vec<String> = warnings.into_iter().flatten().collect();
        (!warnings.is_empty()).then(|| warnings.join("; "))
    }

    fn warning_of_undated(&self) -> Option<String> {
        (self.undated > 0).then(|| {
            format!(
                "{} left out because the time cannot be read: {}",
                were(self.undated),
                self.named()
            )
        })
    }

    fn warning_of_left_out(&self) -> Option<String> {
        let LeftOut {
            rows,
            without_id,
            named,
        } = &self.left_out;
        let because = |rows: u64, why: &str| {
            (rows > 0).then(|| format!("{} left out because {why}", were(rows)))
        };
        let counts = [
            because(*rows, "of what stands in them"),
            because(*without_id, "the id is NULL"),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        (!counts.is_empty()).then(|| {
            let mut shown: Vec<String> = named.iter().map(LeftOutRow::to_string).collect();
            if self.left_out.total() > named.len() as u64 {
                shown.push("…".to_owned());
            }
            format!("{}: {}", counts.join(" and "), shown.join(", "))
        })
    }

    /// The rows that are named, as a list.
    pub fn named(&self) -> String {
        let named = self.undated_named.iter().map(ToString::to_string);
        let mut named = named.collect::<Vec<_>>().join(", ");
        if self.undated > self.undated_named.len() as u64 {
            named.push_str(", …");
        }
        named
    }

    pub fn received_total(&self) -> u64 {
        self.received.iter().sum::<u64>() + self.skipped
    }

    pub fn staged_total(&self) -> u64 {
        self.staged.iter().sum()
    }

    pub fn published_total(&self) -> u64 {
        self.published.iter().flatten().sum()
    }

    /// With what publishing added; `started` is when it began.
    pub(super) fn published(mut self, rows: Vec<u64>, started: Instant) -> Self {
        let taken = started.elapsed().as_micros();
        self.published = Some(rows);
        self.times.publish_us = u64::try_from(taken).unwrap_or(u64::MAX);
        self
    }

    /// Lists the groups that have rows: published ones once there are any, staged ones before.
    pub fn render(&self, layout: &Layout) -> RenderedFigures {
        let listed = self.published.as_ref().unwrap_or(&self.staged);
        let groups: Vec<usize> = (0..layout.groups.len())
            .filter(|&group| at(listed, group) > 0)
            .collect();
        let published = |group: usize| self.published.as_ref().map_or(0, |all| at(all, group));
        let join = |text: &dyn Fn(usize) -> String| {
            groups
                .iter()
                .map(|&group| text(group))
                .collect::<Vec<_>>()
                .join(",")
        };
        RenderedFigures {
            length_receive_table: signed(self.received_total()),
            length_output_table: signed(self.staged_total()),
            length_prod_table: join(&|group| published(group).to_string()),
            result: join(&|group| layout.groups[group].clone()),
            uniq_source_author: join(&|group| at(&self.unique_authors, group).to_string()),
            rate_of_label: join(&|group| rate(published(group), at(&self.unique_authors, group))),
        }
    }
}

fn were(rows: u64) -> String {
    match rows {
        1 => "1 row was".to_owned(),
        rows => format!("{rows} rows were"),
    }
}

fn at(counts: &[u64], group: usize) -> u64 {
    counts.get(group).copied().unwrap_or(0)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Per cent, rounded to two decimals, written with as few of them as it has but at least one.
fn rate(published: u64, unique: u64) -> String {
    if unique == 0 {
        return "0.0".to_owned();
    }
    let rounded = format!("{:.2}", 100.0 * published as f64 / unique as f64);
    match rounded.strip_suffix('0') {
        Some(one_decimal) => one_decimal.to_owned(),
        None => rounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_two_decimals_at_most_and_one_at_least() {
        for (published, unique, expected) in [
            (467, 4000, "11.68"),
            (2, 43, "4.65"),
            (1, 8, "12.5"),
            (3, 3, "100.0"),
            (1, 0, "0.0"),
        ] {
            assert_eq!(rate(published, unique), expected);
        }
    }

    #[test]
    fn stages_have_seconds_and_shares() {
        let times = StageTimes {
            read_us: 1_500_000,
            match_us: 500_000,
            ..StageTimes::default()
        };
        let [read, matching, write, _] = times.stages();
        assert_eq!(read, ("read", 1.5, 75.0));
        assert_eq!(matching, ("match", 0.5, 25.0));
        assert_eq!(write, ("write", 0.0, 0.0));
    }

    #[test]
    fn groups_without_published_rows_are_not_listed() {
        let layout = Layout {
            groups: ["a", "b", "other"].map(str::to_owned).to_vec(),
        };
        let figures = TaskFigures {
            received: vec![5, 4, 3],
            staged: vec![2, 1, 0],
            unique_authors: vec![4, 2, 1],
            published: Some(vec![1, 0, 0]),
            skipped: 2,
            ..TaskFigures::default()
        };
        let rendered = figures.render(&layout);
        assert_eq!(rendered.length_receive_table, 14);
        assert_eq!(rendered.length_output_table, 3);
        assert_eq!(
            (
                rendered.result.as_str(),
                rendered.length_prod_table.as_str()
            ),
            ("a", "1")
        );
        assert_eq!(
            (
                rendered.uniq_source_author.as_str(),
                rendered.rate_of_label.as_str()
            ),
            ("4", "25.0")
        );
    }
}
