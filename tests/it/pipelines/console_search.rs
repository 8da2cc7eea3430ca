//! Searching logs, while they are written and after.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::own_project::OwnProject;
use super::served::{Server, submit_one};
use crate::support::wait_for;

/// Lines with and without colours; the last ones stand where they wait for the file `go`.
const WRITER: &str = r#"
import os, time
for no in range(1, 20001):
    colour = "\x1b[3%dm" % (no % 8)
    print(f"{colour}row{no % 10}\x1b[0m of {no}" if no % 2 else f"row{no % 10} of {no}")
    if no == 7777:
        print("::error file=a.sql::no rows")
print("WARN all read", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
"#;

fn writer() -> OwnProject {
    let project = OwnProject::with("\ntasks:\n  write: {exec: [python3, writer.py]}\n");
    project.write("writer.py", WRITER);
    project
}

async fn found(server: &Server, job: &str, query: &str) -> Value {
    let path = format!("/v1/jobs/{job}/console/search?{query}");
    let (status, found) = server.get(&path).await;
    assert_eq!(status, 200, "{query}: {found}");
    found
}

fn numbers(found: &Value) -> Vec<u64> {
    let lines = found["lines"].as_array().unwrap().iter();
    lines.map(|line| line["number"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_found_counted_and_paged_through_live_and_after() {
    let project = writer();
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    wait_for("all is written", async || {
        let last = found(&server, &job, "q=all%20read").await;
        (last["total"] == 1).then_some(())
    })
    .await;
    let mut answers = Vec::new();
    for is_live in [true, false] {
        if !is_live {
            project.write("go", "");
            server.wait_until_ended(&job).await;
        }
        let page = found(&server, &job, "q=row3%20of&limit=3").await;
        assert_eq!(
            (&page["total"], &page["skipped"], &page["previous"]),
            (&json!(2_000), &json!(0), &Value::Null)
        );
        assert_eq!(numbers(&page), [3, 13, 23]);
        let first = &page["lines"][0];
        assert_eq!(
            (
                &first["text"],
                &first["start"],
                &first["end"],
                &first["cut"]
            ),
            (&json!("row3 of 3"), &json!(0), &json!(7), &json!(false))
        );
        let next = format!("q=row3%20of&limit=3&after={}", page["next"]);
        let second = found(&server, &job, &next).await;
        assert_eq!(numbers(&second), [33, 43, 53]);
        let back = format!("q=row3%20of&limit=3&before={}", second["previous"]);
        assert_eq!(found(&server, &job, &back).await, page);
        let last = found(&server, &job, "q=row3%20of&limit=2&before=999999999").await;
        // One line more: that of the error.
        assert_eq!(numbers(&last), [19_984, 19_994]);
        assert_eq!(
            (&last["next"], &last["skipped"]),
            (&Value::Null, &json!(1_998))
        );
        let offset = last["lines"][1]["offset"].as_u64().unwrap();
        let bytes = server
            .send(
                &format!("/v1/jobs/{job}/console"),
                &[("Range", &format!("bytes={offset}-"))],
            )
            .await;
        let bytes = bytes.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\x1b[31mrow3\x1b[0m of 19993\n"));
        let between = format!("q=row3%20of&after=0&before={}", page["lines"][2]["offset"]);
        assert_eq!(numbers(&found(&server, &job, &between).await), [3, 13]);
        for (query, total, first) in [
            (
                "q=%5Erow%5B13%5D%20of%20%5Cd%7B5%7D%24&regex",
                2_000,
                10_002,
            ),
            ("regex=row3%20of%20.3%24", 9, 13),
            ("q=ROW3%20of%201&ignore_case", 1_111, 13),
            ("first=error", 1, 7_778),
            ("q=no%20rows&first=error", 1, 7_778),
        ] {
            let page = found(&server, &job, query).await;
            assert_eq!(
                (&page["total"], numbers(&page)[0]),
                (&json!(total), first),
                "{query}"
            );
            let is_asked = query.contains("first");
            assert_eq!(page["first_error"]["number"] == 7_778, is_asked, "{query}");
        }
        let none = found(&server, &job, "q=ROW3&first=error").await;
        assert_eq!((&none["total"], &none["lines"]), (&json!(0), &json!([])));
        assert_eq!(none["first_error"]["text"], "::error file=a.sql::no rows");
        answers.push([page, second, last, none]);
    }
    assert_eq!(answers[0], answers[1]);
    let url = server.url();
    let logs = |more: &[&str]| {
        let local = project.run(&[&["logs", "write", "--settings", "server"], more].concat());
        let remote = project.run(&[&["logs", "write", "--server", url], more].concat());
        assert_eq!((&local.out, &local.err), (&remote.out, &remote.err));
        (local.code, local.out)
    };
    let (code, text) = logs(&["--search", "row3 of 1999"]);
    assert_eq!((code, &*text), (0, "19994: row3 of 19993\n"));
    let (code, text) = logs(&["--search", "^ROW[12] of .$", "--regex", "-i"]);
    assert_eq!((code, &*text), (0, "1: row1 of 1\n2: row2 of 2\n"));
    let (_, text) = logs(&["--search", "row3", "--tail", "1"]);
    assert_eq!(text, "19994: row3 of 19993\n");
    assert_eq!(logs(&["--search", "nowhere"]), (1, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_that_cannot_be_done_are_refused() {
    let project = OwnProject::with("\ntasks:\n  write: {run: echo one}\n");
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    server.wait_until_ended(&job).await;
    let long = format!("q={}", "a".repeat(50_000));
    for (query, detail) in [
        ("", "q: is missing, expected what to look for"),
        ("q=", "q: expected a text"),
        (
            "q=a%0Ab",
            "q: nothing within a line can match; lines are searched one by one",
        ),
        ("q=a(b&regex", "q: invalid expression: unclosed group"),
        (
            "regex=%5Ba",
            "regex: invalid expression: unclosed character class",
        ),
        (
            "regex=a%5Cnb",
            "regex: nothing within a line can match; lines are searched one by one",
        ),
        (
            "regex=(%5Cw%7B1000%7D)%7B1000%7D",
            "regex: the expression is too large, expected shorter repetitions",
        ),
        (
            "q=a&regex=b",
            "regex: expected true or false beside `q`, or an expression without `q`",
        ),
        (&long, "q: expected at most 4096 bytes, found 50000"),
        ("q=a&limit=0", "limit: expected at least 1"),
        ("q=a&limit=1001", "limit: expected at most 1000"),
        ("q=a&after=-1", "after: expected a whole number"),
        ("q=a&first=line", "first: expected error, found `line`"),
        (
            "q=a&ignore_case=yes",
            "ignore_case: expected nothing, true or false, found `yes`",
        ),
    ] {
        let path = format!("/v1/jobs/{job}/console/search?{query}");
        let (status, problem) = server.get(&path).await;
        assert_eq!(
            (status, &problem["detail"]),
            (422, &json!(detail)),
            "{query}"
        );
    }
    for (job, query) in [(job.as_str(), "q=a&attempt=2"), (&"0".repeat(32), "q=a")] {
        let (status, _) = server
            .get(&format!("/v1/jobs/{job}/console/search?{query}"))
            .await;
        assert_eq!(status, 404);
    }
    let local = project.run(&[
        "logs",
        "write",
        "--settings",
        "server",
        "--search",
        "a(b",
        "--regex",
    ]);
    assert_eq!(local.code, 2);
}

/// Lines in which an automaton of many states has to keep all of them.
const SLOW: &str = r#"
import random
rng = random.Random(1)
for _ in range(400):
    print("".join(rng.choices("ab", k=50_000)))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn searches_whose_callers_have_left_make_room_for_others() {
    let project = OwnProject::with("\ntasks:\n  write: {exec: [python3, slow.py]}\n");
    project.write("slow.py", SLOW);
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    server.wait_until_ended(&job).await;
    let path = format!("/v1/jobs/{job}/console/search");
    let slow = format!("{path}?regex=%5Bab%5D*a%5Bab%5D%7B300%7Dc");
    let both = async { tokio::join!(server.send(&slow, &[]), server.send(&slow, &[])) };
    let given_up = timeout(Duration::from_secs(2), both).await;
    assert!(given_up.is_err(), "they would take minutes");
    let (status, found) = server.get(&format!("{path}?q=ab")).await;
    assert_eq!((status, &found["total"]), (200, &json!(400)), "{found}");
}
