//! Reports of jobs, over HTTP, for outputs of all kinds.

use audience::fault::{FaultKind, FaultPoint, Faults};
use audience::systems::labelling::{LabellingRequest, RulesFrom};
use entity::{JobId, JobState};
use serde_json::{Value, json};

use super::is_counted;
use super::recount::{LATER, PEOPLE, Set, given, report, rules, stability};
use crate::support::{DatabaseKind, OwnDatabase, Post, TestApp, corpus};

const ROWS: u32 = 1_500;

fn by(set: &Set) -> impl FnOnce(&mut LabellingRequest) + use<> {
    let document = set.document();
    move |request| {
        request.is_mixed = true;
        request.rules = RulesFrom::Body {
            field: "rules",
            rules: document,
        };
    }
}

async fn run(app: &TestApp, set: &Set) -> JobId {
    let id = app.submit_with(by(set)).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    id
}

async fn health(app: &TestApp, id: &JobId) -> Value {
    let (status, health) = app.get(&format!("/v1/jobs/{id}/health")).await;
    assert_eq!(status, 200, "{health}");
    health
}

async fn on(kind: DatabaseKind, posts: &[Post], faults: Faults) -> (TestApp, OwnDatabase) {
    let database = tokio::task::spawn_blocking(move || OwnDatabase::new(kind));
    let database = database.await.unwrap();
    let url = database.url.clone();
    let app = TestApp::with().faults(faults).settings(move |settings| {
        settings.outputs.get_mut("result").unwrap().url = Some(url);
    });
    (app.start(posts).await, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_what_a_plain_count_of_the_same_rows_gives() {
    let posts = corpus(ROWS);
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let (app, database) = on(kind, &posts, Faults::default()).await;
        let first = run(&app, &PEOPLE).await;
        is_counted(
            &health(&app, &first).await.to_string(),
            &report(&PEOPLE, &posts),
        );

        let later = run(&app, &LATER).await;
        let found = health(&app, &later).await;
        assert_eq!(found["against"], json!({"job": first}));
        let members = |set: &Set| {
            let published = set.expected(&posts).published.into_iter();
            published
                .map(|row| (row.source_author, row.panel))
                .collect::<std::collections::BTreeSet<_>>()
        };
        let (now, before) = (members(&LATER), members(&PEOPLE));
        let (entered, left) = (
            now.difference(&before).count(),
            before.difference(&now).count(),
        );
        assert!(entered > 0 && left > 0);
        assert_eq!(
            (&found["entered"], &found["left"]),
            (&entered.into(), &left.into())
        );
        let drift = |group: Option<&str>| {
            stability(
                &given(&LATER, &posts, group),
                &given(&PEOPLE, &posts, group),
            )
        };
        assert_eq!(found["drift"].as_f64(), Some(drift(None)));
        for group in ["a", "b", "other"] {
            let of_group = found["groups"][group]["drift"].as_f64();
            assert_eq!(of_group, Some(drift(Some(group))), "{group}");
        }
        app.stop().await;
        drop(tokio::task::spawn_blocking(move || drop(database)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_and_publications_that_fail_count_once() {
    let posts = corpus(ROWS);
    let faults = Faults::default()
        .with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 2, 1)
        .with(FaultPoint::AfterCheckpoint, FaultKind::Error, 4, 2)
        .with(FaultPoint::AfterPublish, FaultKind::Error, 1, 1);
    let (app, _database) = on(DatabaseKind::Sqlite, &posts, faults).await;
    let id = run(&app, &PEOPLE).await;
    is_counted(
        &health(&app, &id).await.to_string(),
        &report(&PEOPLE, &posts),
    );
    // What was kept of the earlier run is not added to.
    assert!(app.app.runtime.rerun(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    is_counted(
        &health(&app, &id).await.to_string(),
        &report(&PEOPLE, &posts),
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_listed_by_what_they_did_page_by_page_and_as_csv() {
    let posts = corpus(ROWS);
    let app = TestApp::with().start(&posts).await;
    let id = run(&app, &PEOPLE).await;
    let expected = rules(&PEOPLE, &posts);
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/jobs/{id}/health/rules?limit=4{after}");
        let (status, page) = app.get(&path).await;
        assert_eq!(status, 200, "{page}");
        found.extend(page["rules"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(found[0]["text"], "zzz");
    assert_eq!(found[0]["dead"], true);
    assert!(found.is_sorted_by_key(|rule| rule["hits"].as_u64()));
    for rule in &found {
        let text = |name: &str| rule[name].as_str().unwrap();
        let mut figures = expected.iter();
        let figures = figures.find(|(key, _)| **key == (text("label"), text("text")));
        let counts = ["hits", "first", "unique"].map(|name| rule[name].as_u64().unwrap());
        assert_eq!(Some(&counts), figures.map(|(_, counts)| counts), "{rule}");
    }
    let path = |query: &str| app.url(&format!("/v1/jobs/{id}/health/rules?{query}"));
    let csv = app.http.get(path("format=csv&order=written")).send().await;
    let csv = csv.unwrap().text().await.unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("\u{feff}rule,label,text,hits,first,unique,dead,dominant")
    );
    let [hits, first, unique] = expected[&("first", "amy")];
    let line = lines.next().unwrap();
    let end = format!(",first,amy,{hits},{first},{unique},false,");
    assert!(line.contains(&end), "{line}");
    assert_eq!(lines.count(), expected.len() - 1);
    let (_, dead) = app
        .get(&format!("/v1/jobs/{id}/health/rules?only=dead&label=third"))
        .await;
    assert_eq!(dead["rules"].as_array().unwrap().len(), 1);
    for (query, status) in [("label=no", 422), ("after=x", 422), ("order=x", 422)] {
        let (found, answer) = app
            .get(&format!("/v1/jobs/{id}/health/rules?{query}"))
            .await;
        assert_eq!(found, status, "{query}: {answer}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_has_a_sheet_for_each_part_with_dead_rules_on_top() {
    let app = TestApp::with().start(&corpus(300)).await;
    let id = run(&app, &PEOPLE).await;
    let url = app.url(&format!("/v1/jobs/{id}/health?format=xlsx"));
    let answer = app.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"PK"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut workbook = String::new();
    let mut file = archive.by_name("xl/workbook.xml").unwrap();
    std::io::Read::read_to_string(&mut file, &mut workbook).unwrap();
    let mut rest = workbook.as_str();
    for sheet in [
        "summary", "labels", "pairs", "groups", "rules", "drift", "findings",
    ] {
        let name = format!("name=\"{sheet}\"");
        let place = rest
            .find(&name)
            .unwrap_or_else(|| panic!("{sheet}: {workbook}"));
        rest = &rest[place..];
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_keywords_all_is_told_that_their_matcher_knows() {
    let posts = corpus(500);
    let app = TestApp::with().start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let report = health(&app, &id).await;
    let state = |column: &str| app.state(&id, column).unwrap();
    assert_eq!(
        report["received"].to_string(),
        state("length_receive_table")
    );
    assert_eq!(report["covered"].to_string(), state("length_output_table"));
    assert_eq!(
        report["not_known"],
        json!([
            "overlap",
            "labels.matched",
            "pairs",
            "dead",
            "rules.hits",
            "rules.unique"
        ])
    );
    assert!(report["overlap"].is_null() && report["dead"].is_null());
    let (status, rules) = app.get(&format!("/v1/jobs/{id}/health/rules")).await;
    assert_eq!(status, 200);
    let first = rules["rules"].as_array().unwrap().iter();
    let first: u64 = first.map(|rule| rule["first"].as_u64().unwrap()).sum();
    assert_eq!(first.to_string(), state("length_output_table"));
    let (status, refused) = app
        .get(&format!("/v1/jobs/{id}/health/rules?only=dead"))
        .await;
    assert_eq!(status, 409, "{refused}");
    app.stop().await;
}
