//! Backtests against a count that was written from the specification alone, and against two runs.

mod command;
mod compared;
mod killed;
mod listed;
mod sampled;
mod two_runs;

use std::collections::{BTreeMap, BTreeSet};

use entity::{JobId, JobState};
use serde_json::{Value, json};

use crate::health::recount::Set;
use crate::support::{Post, TestApp};

/// The range of all posts.
fn body(base: &Value, candidate: &Value) -> Value {
    json!({
        "base": { "document": base }, "candidate": { "document": candidate },
        "start_time": "2020-01-01", "end_time": "2020-02-01",
    })
}

async fn submit(app: &TestApp, backtest: &Value) -> JobId {
    let body = json!({ "backtest": backtest });
    let (status, accepted) = app.post("/v1/jobs", &body).await;
    assert_eq!(status, 202, "{accepted}");
    accepted["id"].as_str().unwrap().parse().unwrap()
}

/// Runs a backtest and returns what it has found.
async fn run(app: &TestApp, backtest: &Value) -> (JobId, Value) {
    let id = submit(app, backtest).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    (id.clone(), figures(app, &id).await)
}

async fn figures(app: &TestApp, id: &JobId) -> Value {
    let (status, mut job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(status, 200, "{job}");
    job["figures"].take()
}

/// All changes, page by page.
async fn changes(app: &TestApp, id: &JobId, of: &str, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/jobs/{id}/changes?of={of}&limit=37{query}{after}");
        let (status, page) = app.get(&path).await;
        assert_eq!(status, 200, "{page}");
        found.extend(page[of].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

/// What two sets do to posts.
struct Recount {
    /// Posts that take part: id, labels before and after.
    rows: Vec<(String, Option<&'static str>, Option<&'static str>)>,
    /// Group, author and panel.
    before: BTreeSet<(String, String, String)>,
    after: BTreeSet<(String, String, String)>,
}

impl Recount {
    fn of(base: &Set, candidate: &Set, posts: &[Post]) -> Self {
        let takes_part =
            |post: &&Post| post.author.is_some() && post.s_id.is_some() && post.content.is_some();
        let rows = posts.iter().filter(takes_part).map(|post| {
            let text = post.content.as_deref().unwrap();
            (
                post.id.clone(),
                base.label_of(text),
                candidate.label_of(text),
            )
        });
        let members = |set: &Set| {
            let published = set.expected(posts).published.into_iter();
            published
                .map(|row| (row.group, row.source_author, row.panel))
                .collect()
        };
        Self {
            rows: rows.collect(),
            before: members(base),
            after: members(candidate),
        }
    }

    fn is(&self, figures: &Value) {
        let mut rows = BTreeMap::from([("same", 0), ("entered", 0), ("left", 0), ("changed", 0)]);
        let mut matrix: BTreeMap<(Option<&str>, Option<&str>), u64> = BTreeMap::new();
        for (_, from, to) in &self.rows {
            *rows.get_mut(kind(*from, *to)).unwrap() += 1;
            *matrix.entry((*from, *to)).or_default() += 1;
        }
        assert!(rows.values().all(|rows| *rows > 0), "{rows:?}");
        assert_eq!(figures["rows"], json!(rows));
        let cells = figures["matrix"].as_array().unwrap().iter().map(|cell| {
            let rows = cell["rows"].as_u64().unwrap();
            ((cell["from"].as_str(), cell["to"].as_str()), rows)
        });
        assert_eq!(cells.collect::<BTreeMap<_, _>>(), matrix);
        for (label, found) in figures["labels"].as_object().unwrap() {
            let label = Some(label.as_str());
            let of = |is: fn(bool, bool) -> bool| {
                let rows = self.rows.iter();
                rows.filter(|(_, from, to)| is(*from == label, *to == label))
                    .count()
            };
            let entered = of(|before, after| !before && after);
            let left = of(|before, after| before && !after);
            assert_eq!(found, &json!({ "entered": entered, "left": left }));
        }
        assert_eq!(
            figures["members"],
            json!({
                "entered": self.after.difference(&self.before).count(),
                "left": self.before.difference(&self.after).count(),
                "kept": self.before.intersection(&self.after).count(),
            })
        );
    }

    /// Whether these are the rows that differ, each once.
    fn are_rows(&self, listed: &[Value]) {
        let mut found: Vec<(String, Option<&str>, Option<&str>, &str)> = listed
            .iter()
            .map(|row| {
                let id = row["id"].as_str().unwrap().to_owned();
                let labels = [row["from"].as_str(), row["to"].as_str()];
                (id, labels[0], labels[1], row["kind"].as_str().unwrap())
            })
            .collect();
        found.sort();
        let differing = self.rows.iter().filter(|(_, from, to)| from != to);
        let mut expected: Vec<_> = differing
            .map(|(id, from, to)| (id.clone(), *from, *to, kind(*from, *to)))
            .collect();
        expected.sort();
        assert_eq!(found, expected);
    }

    /// Whether these are the members that entered and left, each once.
    fn are_members(&self, listed: &[Value]) {
        let of_kind = |kind: &str| {
            let members = listed.iter().filter(|member| member["kind"] == kind);
            let mut members: Vec<_> = members
                .map(|member| {
                    let text = |name: &str| member[name].as_str().unwrap().to_owned();
                    (text("group"), text("source_author"), text("panel"))
                })
                .collect();
            members.sort();
            members
        };
        let sorted = |members: std::collections::btree_set::Difference<'_, _>| {
            members.cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            of_kind("entered"),
            sorted(self.after.difference(&self.before))
        );
        assert_eq!(of_kind("left"), sorted(self.before.difference(&self.after)));
    }
}

fn kind(from: Option<&str>, to: Option<&str>) -> &'static str {
    match (from, to) {
        (from, to) if from == to => "same",
        (None, _) => "entered",
        (_, None) => "left",
        _ => "changed",
    }
}
