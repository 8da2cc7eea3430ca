//! Rows that take no part because of what stands in them: malformed ones, those without an id, and
//! those that an output can never store. The others are labelled as if those were not there.

use std::fmt::Write;
use std::fs;

use audience::engine::{CallerError, ErrorKind};
use audience::fault::{FaultKind, FaultPoint, Faults};
use audience::systems::labelling::{LabellingRequest, RulesFrom, TaskFigures};
use entity::JobState;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::{DatabaseKind, OwnDatabase, TestApp, TestSettings, usual_pattern};

/// Good rows, some of them before, between and behind the bad ones.
const GOOD: usize = 300;

/// A file with rows of each bad kind among the first, in the middle and among the last.
fn file() -> Vec<u8> {
    let mut file = b"id,s_id,s_area_id,author,title,content,post_time\n".to_vec();
    for number in 0..GOOD {
        let row = format!("{number},WH_A,x,amy{number},t,c,2020-01-05 00:00:00\n");
        file.extend_from_slice(row.as_bytes());
        if [0, GOOD / 2, GOOD - 1].contains(&number) {
            let long = "9".repeat(300);
            file.extend_from_slice(b"short,WH_A,amy\n");
            file.extend_from_slice(b"latin,WH_A,x,amy\xE9,t,c,2020-01-06 00:00:00\n");
            file.extend_from_slice(b"latin,WH_A,x,amy\xE9,t,c,2021-01-06 00:00:00\n");
            file.extend_from_slice(b",WH_A,x,amy,t,c,2020-01-06 00:00:00\n");
            let row = format!("{long},WH_A,x,amy-long{number},t,c,2020-01-06 00:00:00\n");
            file.extend_from_slice(row.as_bytes());
        }
    }
    file
}

/// What a task came to: its figures, ids and `error_message`.
struct Outcome {
    figures: TaskFigures,
    ids: Vec<String>,
    warning: String,
}

/// Runs a task from the file to an output.
fn run(database: &OwnDatabase, faults: Faults) -> Outcome {
    let runtime = Runtime::new().unwrap();
    let (id, figures, warning) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("posts.csv"), file()).unwrap();
        let source = format!("csv://{}", folder.path().join("posts.csv").display());
        let output = database.url.clone();
        let change = move |settings: &mut TestSettings| {
            settings.sources.get_mut("posts").unwrap().url = source;
            settings.outputs.get_mut("result").unwrap().url = Some(output);
            settings.labelling.rows_per_slice = 20;
        };
        let app = TestApp::with().settings(change).faults(faults);
        let app = app.start(&[]).await;
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let view = app.labelling.view(&id).await.unwrap().unwrap();
        let warning = view.state.unwrap().error_message.unwrap_or_default();
        app.stop().await;
        (id, view.figures.unwrap(), warning)
    });
    let mut ids = Vec::new();
    let read = database.sink().read_results(id.as_str(), "a", &mut |row| {
        ids.push(row.id);
        true
    });
    read.unwrap();
    ids.sort();
    Outcome {
        figures,
        ids,
        warning,
    }
}

#[test]
fn bad_rows_are_left_out_and_counted_once_wherever_they_stand_and_whatever_dies() {
    for kind in DatabaseKind::ALL {
        // Only there an id has so many characters at most.
        let too_long = if kind == DatabaseKind::MySql { 3 } else { 0 };
        let stored = GOOD + 3 - too_long;
        let killed = Faults::default()
            .with(FaultPoint::BeforeCheckpoint, FaultKind::Panic, 1, 1)
            .with(FaultPoint::AfterCheckpoint, FaultKind::Panic, 1, 1)
            .with(FaultPoint::AfterCheckpoint, FaultKind::Panic, 7, 1)
            .with(FaultPoint::BeforeCheckpoint, FaultKind::Panic, 15, 1);
        for faults in [Faults::default(), killed] {
            let Outcome {
                figures,
                ids,
                warning,
            } = run(&OwnDatabase::new(kind), faults);
            assert_eq!(figures.left_out.rows, 6 + too_long as u64, "{kind:?}");
            assert_eq!(figures.left_out.without_id, 3, "{kind:?}");
            assert_eq!(figures.received_total(), stored as u64, "{kind:?}");
            assert_eq!(figures.staged_total(), stored as u64, "{kind:?}");
            assert_eq!(figures.unique_authors[0], stored as u64, "{kind:?}");
            assert_eq!(figures.published_total(), stored as u64, "{kind:?}");
            assert_eq!(ids.len(), stored, "{kind:?}");
            let mut shown = String::new();
            write!(
                shown,
                "warning: {} rows were left out because",
                6 + too_long
            )
            .unwrap();
            assert!(warning.starts_with(&shown), "{warning}");
            for part in [
                "3 rows were left out because the id is NULL",
                "row `short`: it has 3 fields, and the header 7 (line 3)",
                "row `latin` of 2020-01-06 00:00:00: it is not UTF-8 (line 4)",
                "row `` of 2020-01-06 00:00:00: its id is NULL",
            ] {
                assert!(warning.contains(part), "{warning}");
            }
            let why = "its id has 300 characters, and the output database takes 255";
            assert_eq!(warning.contains(why), too_long > 0, "{warning}");
            assert!(figures.left_out.named.len() <= 10);
        }
    }
}

#[test]
fn a_label_that_an_output_cannot_store_is_refused_with_its_name() {
    for kind in DatabaseKind::ALL {
        let database = OwnDatabase::new(kind);
        let label = "x".repeat(255);
        let error = Runtime::new().unwrap().block_on(async {
            let output = database.url.clone();
            let change = move |settings: &mut TestSettings| {
                settings.outputs.get_mut("result").unwrap().url = Some(output);
            };
            let app = TestApp::with().settings(change).start(&[]).await;
            let mut request = LabellingRequest {
                rules: RulesFrom::Body {
                    field: "rules",
                    rules: json!({ &label: [["amy", "partially"]] }),
                },
                ..Default::default()
            };
            let refused = app.labelling.compose(request.clone()).await.err();
            request.rules = RulesFrom::Body {
                field: "rules",
                rules: usual_pattern(),
            };
            assert!(app.labelling.compose(request).await.is_ok());
            app.stop().await;
            refused
        });
        if kind == DatabaseKind::MySql {
            let error = error.expect("the label is too long");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let message = error.public_message();
            assert!(
                message.contains("xxxxx…") && message.contains("255"),
                "{message}"
            );
        } else {
            assert!(error.is_none(), "{error:?}");
        }
    }
}
