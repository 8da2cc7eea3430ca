//! How long jobs usually take, as those that are alike have taken.

use std::collections::{HashMap, HashSet};

use entity::{JobId, job};
use sea_orm::{DbBackend, FromQueryResult, Statement};

use super::dropping::parameter;
use super::jobs::Jobs;
use super::rows::padded;
use super::{Result, query};

/// The newest jobs of a kind that are looked at, and how many of those that succeeded count.
const LOOKED_AT: usize = 50;
const COUNTED: usize = 20;
/// Fewer say nothing.
const FEWEST: usize = 3;

/// The flow and the subject of jobs that are alike.
type Alike = (String, String);

/// How long jobs usually take.
#[derive(Debug, Default)]
pub struct UsualTimes(HashMap<Alike, i64>);

impl UsualTimes {
    /// Of jobs like this one, in microseconds; `None`: too few have succeeded.
    pub fn of(&self, job: &job::Model) -> Option<i64> {
        self.0.get(&alike(job)?).copied()
    }
}

fn alike(job: &job::Model) -> Option<Alike> {
    Some((job.flow.clone(), job.subject.clone()?))
}

#[derive(FromQueryResult)]
struct Row {
    id: JobId,
    flow: String,
    subject: String,
    took: i64,
}

impl Jobs<'_> {
    /// How long jobs like these usually take: the median of the last ones that succeeded. One statement
    /// for all of them, which looks at so many jobs of each kind, however many there are.
    pub async fn usual_times(&self, jobs: &[job::Model]) -> Result<UsualTimes> {
        let kinds: HashSet<Alike> = jobs.iter().filter_map(alike).collect();
        let kinds = padded(kinds);
        if kinds.is_empty() {
            return Ok(UsualTimes::default());
        }
        let select = select(self.0.read.get_database_backend(), kinds);
        let rows = Row::find_by_statement(select).all(&self.0.read).await;
        let mut rows = rows.map_err(query("look how long jobs usually take"))?;
        rows.sort_by(|one, other| other.id.cmp(&one.id));
        // Some kinds stand in the statement twice.
        rows.dedup_by(|one, other| one.id == other.id);
        let mut took: HashMap<Alike, Vec<i64>> = HashMap::new();
        for row in rows {
            took.entry((row.flow, row.subject))
                .or_default()
                .push(row.took);
        }
        let usual = took.into_iter();
        let usual = usual.filter_map(|(alike, took)| Some((alike, median(took)?)));
        Ok(UsualTimes(usual.collect()))
    }
}

fn select(backend: DbBackend, kinds: Vec<Alike>) -> Statement {
    let part = |no: usize| {
        let [flow, subject] = [2 * no + 1, 2 * no + 2].map(|no| parameter(backend, no));
        format!(
            "SELECT id, flow, subject, ended_at - started_at AS took FROM \
             (SELECT id, flow, subject, state, started_at, ended_at FROM audience_job \
             WHERE flow = {flow} AND subject = {subject} ORDER BY id DESC LIMIT {LOOKED_AT}) AS k{no} \
             WHERE state = 'succeeded' AND ended_at >= started_at"
        )
    };
    let parts: Vec<String> = (0..kinds.len()).map(part).collect();
    let values = kinds.into_iter();
    let values = values.flat_map(|(flow, subject)| [flow.into(), subject.into()]);
    Statement::from_sql_and_values(backend, parts.join(" UNION ALL "), values)
}

/// Of the newest ones, which stand first.
fn median(mut took: Vec<i64>) -> Option<i64> {
    took.truncate(COUNTED);
    took.sort_unstable();
    let middle = took.len() / 2;
    match took.len() {
        0..FEWEST => None,
        odd if odd % 2 == 1 => Some(took[middle]),
        _ => Some(took[middle - 1].midpoint(took[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_is_the_middle_of_the_newest() {
        for (took, expected) in [
            (vec![], None),
            (vec![1, 2], None),
            (vec![9, 1, 5], Some(5)),
            (vec![1, 100, 3, 5], Some(4)),
            ([vec![7; 20], vec![1_000; 30]].concat(), Some(7)),
        ] {
            assert_eq!(median(took.clone()), expected, "{took:?}");
        }
    }
}
