//! Logs over HTTP, while they are written and after.

use std::sync::Arc;

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::served::{Events, Server, submit_one};
use crate::support::wait_for;

/// Writes texts in several writing systems, colours and bytes that are no text, in pieces that end
/// anywhere, and keeps the same in a file.
const WRITER: &str = r#"
import os, random, sys, time
rng = random.Random(7)
parts = ["plain ", "阿美 ", "🦀🦀", "é", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\r"]
text = b""
for no in range(1500):
    line = "".join(rng.choice(parts) for _ in range(rng.randrange(6))).encode()
    if no % 7 == 0:
        line += bytes(rng.randrange(128, 256) for _ in range(3))
    text += line + (b"%d\n" % no)
open("written", "wb").write(text)
at = 0
while at < len(text):
    piece = text[at:at + rng.randrange(1, 200)]
    at += os.write(1, piece)
    if rng.randrange(20) == 0:
        time.sleep(0.002)
"#;

fn writer(more: &str) -> OwnProject {
    let project = OwnProject::with(&format!(
        "
tasks:
  write:
    exec: [python3, writer.py]
{more}
"
    ));
    project.write("writer.py", WRITER);
    project
}

/// Reads events to the end of the log, and connects again after every few of them.
async fn text_of(server: &Server, path: &str, at_once: usize) -> String {
    let (mut text, mut after) = (String::new(), None);
    loop {
        let mut events = server.events(path, after).await;
        for _ in 0..at_once {
            let event = events.next().await.expect("an event before the end");
            assert!(after.is_none_or(|after| after <= event.id), "{event:?}");
            after = Some(event.id);
            match event.kind.as_str() {
                "message" => {
                    let at = event.data["at"].as_str().unwrap();
                    assert!(at.ends_with('Z'), "{at}");
                    text.push_str(event.data["text"].as_str().unwrap());
                }
                "end" => {
                    assert_eq!(event.data, json!({"attempt": 1, "total": event.id}));
                    return text;
                }
                other => panic!("an event {other}"),
            }
        }
    }
}

/// Reads bytes range by range until the job has ended and all have been read.
async fn bytes_of(server: &Server, job: &str) -> Vec<u8> {
    let path = format!("/v1/jobs/{job}/console");
    let mut bytes = Vec::new();
    loop {
        let (_, state) = server.get(&format!("/v1/jobs/{job}")).await;
        let from = bytes.len();
        let answer = server
            .send(&path, &[("Range", &format!("bytes={from}-"))])
            .await;
        match answer.status().as_u16() {
            206 => {
                let headers = answer.headers().clone();
                let range = headers["content-range"].to_str().unwrap();
                assert!(range.starts_with(&format!("bytes {from}-")), "{range}");
                assert_eq!(headers["accept-ranges"], "bytes");
                let part = answer.bytes().await.unwrap();
                assert_eq!(headers["content-length"], part.len().to_string().as_str());
                bytes.extend(part);
            }
            416 => {
                let range = answer.headers()["content-range"].to_str().unwrap();
                assert_eq!(range, format!("bytes */{from}"));
                let problem: Value = answer.json().await.unwrap();
                assert_eq!(problem["status"], 416);
                if !state["ended_at"].is_null() {
                    return bytes;
                }
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_the_same_for_all_that_read_it_live_and_after() {
    let project = writer("");
    let server = Arc::new(Server::start(&project, "server", json!({})).await);
    let job = submit_one(&project, "server", &["write"]);
    let path = format!("/v1/jobs/{job}/console");
    let mut readers = Vec::new();
    for no in 0..20 {
        let (server, path) = (Arc::clone(&server), path.clone());
        // Some of them connect again after each event.
        let at_once = [1, 3, usize::MAX][no % 3];
        readers.push(tokio::spawn(async move {
            text_of(&server, &path, at_once).await
        }));
    }
    let plain = {
        let (server, path) = (Arc::clone(&server), format!("{path}?plain"));
        tokio::spawn(async move { text_of(&server, &path, 2).await })
    };
    let live = bytes_of(&server, &job).await;
    let written = std::fs::read(project.path("written")).unwrap();
    assert!(live == written, "{} of {} bytes", live.len(), written.len());
    let text = String::from_utf8_lossy(&written);
    for reader in readers {
        assert!(reader.await.unwrap() == text, "a reader of a live log");
    }
    let plain = plain.await.unwrap();
    server.wait_until_ended(&job).await;
    // From here on it is an artifact.
    assert!(server.bytes(&path).await == written);
    assert!(bytes_of(&server, &job).await == written);
    assert!(text_of(&server, &path, 1).await == text);
    assert!(text_of(&server, &format!("{path}?plain"), 1).await == plain);
    assert!(!plain.contains('\x1b') && plain.contains("red") && !plain.contains("title"));
    let stripped = server.bytes(&format!("{path}?plain")).await;
    assert!(!stripped.contains(&0x1b) && stripped.ends_with(b"1499\n"));
    let tail = server.bytes(&format!("{path}?tail=200")).await;
    assert_eq!(tail.iter().filter(|byte| **byte == b'\n').count(), 200);
    assert!(written.ends_with(&tail));
    // Behind the end there is only the end.
    let mut events = server.events(&path, Some(written.len() as u64)).await;
    assert_eq!(events.next().await.unwrap().kind, "end");
    assert_eq!(events.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_arrives_while_the_command_runs() {
    let project = OwnProject::with(
        "
tasks:
  write:
    run: |
      for no in 1 2 3; do
        echo \"line $no\"
        until [ -e \"go$no\" ]; do sleep 0.01; done
      done
      printf '\\351\\230'
      until [ -e go4 ]; do sleep 0.01; done
      printf '\\277\\n'
",
    );
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    let mut events = server
        .events(&format!("/v1/jobs/{job}/console"), None)
        .await;
    for no in 1..=3 {
        let event = events.next().await.unwrap();
        assert_eq!(event.data["text"], format!("line {no}\n"));
        project.write(&format!("go{no}"), "");
    }
    // Half of a character is no piece.
    wait_for("the half is written", async || {
        let bytes = server.bytes(&format!("/v1/jobs/{job}/console")).await;
        (bytes.len() == 23).then_some(())
    })
    .await;
    project.write("go4", "");
    let event = events.next().await.unwrap();
    assert_eq!((event.id, &event.data["text"]), (25, &json!("阿\n")));
    assert_eq!(events.next().await.unwrap().kind, "end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_of_a_long_log_is_shown() {
    const MIB: u64 = 1 << 20;
    let project = OwnProject::with(
        "
tasks:
  write:
    run: yes 0123456789abcde | head -c 3145728 || true
",
    );
    let server = Server::start(&project, "server", json!({"log_max": "1MiB"})).await;
    let job = submit_one(&project, "server", &["write"]);
    let path = format!("/v1/jobs/{job}/console");
    let ended = server.wait_until_ended(&job).await;
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let (head, behind) = (MIB / 8, 2 * MIB + MIB / 8);
    let mut events: Events = server.events(&path, None).await;
    let (mut offset, mut gaps) = (0, 0);
    loop {
        let event = events.next().await.unwrap();
        match event.kind.as_str() {
            "message" => {
                let bytes = event.data["text"].as_str().unwrap().len() as u64;
                assert_eq!(event.id, offset + bytes);
            }
            "gap" => {
                assert_eq!(event.data, json!({"from": head, "to": behind}));
                gaps += 1;
            }
            _ => break,
        }
        offset = event.id;
    }
    assert_eq!((offset, gaps), (3 * MIB, 1));
    let answer = server.send(&path, &[]).await;
    let length = answer.headers()["content-length"].clone();
    assert_eq!(
        answer.headers()["console-gap"],
        format!("{head}-{behind}").as_str()
    );
    let whole = answer.bytes().await.unwrap();
    assert_eq!(length, whole.len().to_string().as_str());
    let notice = b"\n[2097152 bytes were not kept]\n";
    assert!(whole[head as usize..].starts_with(notice));
    assert_eq!(whole.len() as u64, MIB + notice.len() as u64);
    for (range, part) in [
        ("bytes=0-".to_owned(), (0, head)),
        (format!("bytes={head}-"), (behind, 3 * MIB)),
        (format!("bytes={}-", behind + 16), (behind + 16, 3 * MIB)),
        ("bytes=-16".to_owned(), (3 * MIB - 16, 3 * MIB)),
    ] {
        let answer = server.send(&path, &[("Range", &range)]).await;
        assert_eq!(answer.status(), 206, "{range}");
        let (from, to) = part;
        let said = format!("bytes {from}-{}/{}", to - 1, 3 * MIB);
        assert_eq!(answer.headers()["content-range"], said.as_str());
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, to - from, "{range}");
        assert!(bytes.starts_with(b"0123456789abcde\n"), "{range}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_has_its_log_and_its_folds() {
    let project = OwnProject::with(
        "
defaults: {retries: 1, retry_delay: 10ms..20ms}
tasks:
  twice:
    run:
      - echo \"attempt $AUDIENCE_ATTEMPT\"
      - |
        echo '::group::inner'
        echo '::warning file=a.sql::odd'
        echo '::endgroup::'
        echo '::progress::42::half'
        [ \"$AUDIENCE_ATTEMPT\" = 2 ]
  silent: {run: 'true'}
",
    );
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["twice"]);
    server.wait_until_ended(&job).await;
    let path = format!("/v1/jobs/{job}/console");
    for (query, no) in [("?attempt=1", 1), ("?attempt=2", 2), ("", 2)] {
        let bytes = server.bytes(&format!("{path}{query}")).await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with(&format!("attempt {no}\n")), "{text}");
    }
    let (status, folds) = server.get(&format!("{path}/folds")).await;
    assert_eq!(status, 200);
    let of_folds: Vec<_> = folds["folds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["depth"].as_u64().unwrap(), fold["script"] == true))
        .collect();
    assert_eq!(of_folds, [(0, true), (0, true), (1, false)], "{folds}");
    assert_eq!(folds["folds"][2]["name"], "inner");
    assert_eq!(folds["warnings"][0]["place"], "file=a.sql");
    assert_eq!(folds["progress"]["percent"], 42);
    assert_eq!(
        (&folds["attempt"], &folds["cut"]),
        (&json!(2), &json!(false))
    );
    for (path, status, detail) in [
        (
            format!("{path}?attempt=3"),
            404,
            format!("job {job} has no attempt 3"),
        ),
        (
            format!("{path}?attempt=0"),
            422,
            "attempt: expected at least 1".to_owned(),
        ),
        (
            format!("{path}?plain=maybe"),
            422,
            "plain: expected nothing, true or false, found `maybe`".to_owned(),
        ),
        (
            format!("/v1/jobs/{}/console", "0".repeat(32)),
            404,
            format!("there is no job {}", "0".repeat(32)),
        ),
    ] {
        let (found, problem) = server.get(&path).await;
        assert_eq!(
            (found, &problem["detail"]),
            (status, &json!(detail)),
            "{path}"
        );
    }
    let silent = submit_one(&project, "server", &["silent"]);
    let mut events = server
        .events(&format!("/v1/jobs/{silent}/console"), None)
        .await;
    let end = events.next().await.unwrap();
    assert_eq!((end.kind.as_str(), end.id), ("end", 0));
    server.wait_until_ended(&silent).await;
    assert!(
        server
            .bytes(&format!("/v1/jobs/{silent}/console"))
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_only_another_process_sees_is_refused_naming_its_machine() {
    let project = OwnProject::with(
        "
tasks:
  write: {run: 'echo begun; until [ -e go ]; do sleep 0.02; done'}
",
    );
    let logs = |name: &str| json!({"logs_dir": project.path(name).display().to_string()});
    let one = Server::start(&project, "one", logs("logs1")).await;
    let other = Server::start(&project, "other", logs("logs2")).await;
    let job = submit_one(&project, "one", &["write"]);
    let path = format!("/v1/jobs/{job}/console");
    let refused = wait_for("one of them refuses", async || {
        for server in [&one, &other] {
            let (status, problem) = server.get(&path).await;
            if status == 409 {
                return Some(problem);
            }
        }
        None
    })
    .await;
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains(" of this machine") && detail.contains(&format!("`{}`", host.trim())),
        "{detail}"
    );
    project.write("go", "");
    one.wait_until_ended(&job).await;
    // What is kept is seen by all.
    for server in [&one, &other] {
        assert_eq!(server.bytes(&path).await, b"begun\n");
    }
}

#[test]
fn a_command_that_wrote_nothing_has_an_empty_log() {
    let project =
        OwnProject::with("\ntasks:\n  silent: {run: 'true', outputs: [{marker: true}]}\n");
    project.succeed(&["run", "silent"]);
    assert_eq!(project.succeed(&["logs", "silent"]), "");
    assert_eq!(project.succeed(&["logs", "silent", "-f"]), "");
    let help = project.succeed(&["logs", &"0".repeat(32), "--help"]);
    assert!(help.contains("--follow"), "{help}");
}
