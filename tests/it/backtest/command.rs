//! `audience rules backtest`, without a server and on one.

use serde_json::{Value, json};

use super::Recount;
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{Place, corpus};
use crate::telemetry::server::Served;

const ROWS: u32 = 1_500;

fn write_sets(place: &Place) {
    for (name, set) in [("old.yaml", &PEOPLE), ("new.json", &LATER)] {
        std::fs::write(place.path(name), set.document().to_string()).unwrap();
    }
}

fn backtest(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = place.command();
    let usual = [
        "rules",
        "backtest",
        "old.yaml",
        "new.json",
        "--table",
        "ts_page_content",
        "--start",
        "2020-01-01",
        "--end",
        "2020-02-01",
    ];
    let done = command.args(usual).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

#[test]
fn files_are_compared_without_a_server() {
    let place = Place::with_rows(ROWS);
    write_sets(&place);
    let arguments = ["--source", "sqlite://posts.db", "--groups", "groups.yaml"];
    let (code, shown, errors) = backtest(&place, &[&arguments[..], &["--json"]].concat());
    assert_eq!(code, Some(0), "{errors}");
    let found: Value = serde_json::from_str(&shown).unwrap();
    Recount::of(&PEOPLE, &LATER, &corpus(ROWS)).is(&found);
    assert_eq!(found["base"], json!({ "name": "people", "version": null }));

    let (code, words, errors) = backtest(&place, &arguments);
    assert_eq!(code, Some(0), "{errors}");
    let rows = &found["rows"];
    let first = format!(
        "rows: {} same, {} entered, {} left, {} changed",
        rows["same"], rows["entered"], rows["left"], rows["changed"]
    );
    assert_eq!(words.lines().next(), Some(first.as_str()));
    assert!(words.contains("removed first: carol: "), "{words}");
    let sampled = [&arguments[..], &["--sample", "100", "--json"]].concat();
    let (code, shown, errors) = backtest(&place, &sampled);
    assert_eq!(code, Some(0), "{errors}");
    let found: Value = serde_json::from_str(&shown).unwrap();
    let rows = found["rows"].as_object().unwrap().values();
    assert_eq!(rows.map(|rows| rows.as_u64().unwrap()).sum::<u64>(), 100);
}

#[test]
fn what_is_wrong_with_an_argument_is_said() {
    let place = Place::with_rows(1);
    write_sets(&place);
    std::fs::write(
        place.path("old.yaml"),
        "in: [content]\nlabels: {a: [a b]}\n",
    )
    .unwrap();
    let (code, _, errors) = backtest(&place, &["--source", "sqlite://posts.db"]);
    assert_eq!(code, Some(1), "{errors}");
    write_sets(&place);
    let (code, _, errors) = backtest(&place, &["--source", "nothing://"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("--source"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_and_waited_for() {
    let served = Served::with_rows(ROWS);
    write_sets(&served.place);
    let server = served.start("server", &[]).await;
    let source = served.settings["labelling"]["default_source"].clone();
    let source = source.as_str().unwrap().to_owned();
    let arguments = ["--source", &source, "--server", &server.base, "--json"];
    let (code, shown, errors) = tokio::task::block_in_place(|| backtest(&served.place, &arguments));
    assert_eq!(code, Some(0), "{errors}");
    let found: Value = serde_json::from_str(&shown).unwrap();
    Recount::of(&PEOPLE, &LATER, &corpus(ROWS)).is(&found);
    server.stop().await;
}
