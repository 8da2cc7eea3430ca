//! Jobs whose rules are a mixed model: they look at several fields, and each label has its own text.

mod pins;
mod rows;
mod said;
mod same_as_keywords;

use entity::{JobId, JobState};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::support::{Post, TestApp};

/// Submits a labelling over `/v1` and waits until it has succeeded.
async fn label(app: &TestApp, labelling: Value) -> JobId {
    let (status, accepted) = app
        .post("/v1/jobs", &json!({ "labelling": labelling }))
        .await;
    assert_eq!(status, 202, "{accepted}");
    let id: JobId = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    id
}

/// A program with posts that have titles; `None` is NULL.
async fn start(posts: &[(Post, Option<&str>)]) -> TestApp {
    let written: Vec<Post> = posts.iter().map(|(post, _)| post.clone()).collect();
    let app = TestApp::with().start(&written).await;
    let connection = Connection::open(app.folder.path().join("posts.db")).unwrap();
    for (post, title) in posts {
        let sql = "UPDATE ts_page_content SET title = ?2 WHERE id = ?1";
        connection.execute(sql, params![post.id, title]).unwrap();
    }
    app
}

/// A post of source `WH_A` with this content.
fn post(id: &str, author: &str, content: Option<&str>) -> Post {
    let day = id.len() % 9 + 1;
    Post {
        content: content.map(str::to_owned),
        ..crate::support::post(id, "WH_A", author, &format!("2020-01-0{day} 00:00:00"))
    }
}

/// Id, panel and text of each published row.
fn texts(app: &TestApp, id: &JobId) -> Vec<[String; 3]> {
    let rows = app.published(id).into_iter();
    rows.map(|row| [row.id, row.panel, row.match_content])
        .collect()
}

/// `match_meta` of a panel of a row.
fn meta(app: &TestApp, job: &JobId, row: &str, panel: &str) -> String {
    let connection = Connection::open(app.database()).unwrap();
    let sql = "SELECT match_meta FROM wh_panel_mapping_a
               WHERE task_id = ?1 AND id = ?2 AND panel = ?3";
    connection
        .query_row(sql, [job.as_str(), row, panel], |row| row.get(0))
        .unwrap()
}
