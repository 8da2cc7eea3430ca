//! The binary as people run it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Output, Stdio};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Place, TASK, USUAL_RULES, corpus, expected, published_in, wait_until};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_task_is_labelled_once_and_its_figures_are_printed_again() {
    let place = Place::with_rows(2_000);
    let first = json(&place.label(&[]).output().unwrap());
    let expected = expected(&corpus(2_000), USUAL_RULES, RANGE);
    assert_eq!(first["task_id"], TASK);
    assert_eq!(
        (&first["stat"], &first["prod_stat"]),
        (&"SUCCESS".into(), &"finish".into())
    );
    assert_eq!(first["length_receive_table"], expected.received);
    assert_eq!(first["length_output_table"], expected.staged);
    assert_eq!(
        published_in(&place.path("out.db"), TASK),
        expected.published
    );
    let again = json(&place.label(&[]).output().unwrap());
    for key in [
        "length_receive_table",
        "length_prod_table",
        "rate_of_label",
        "check_point",
    ] {
        assert_eq!(first[key], again[key], "{key}");
    }
    let attempts: i64 = Connection::open(place.path("out.db"))
        .unwrap()
        .query_row("SELECT max(no) FROM audience_attempt", [], |row| row.get(0))
        .unwrap();
    assert_eq!(attempts, 1);
}

#[test]
fn a_task_whose_process_was_killed_goes_on_from_its_checkpoint() {
    let place = Place::with_rows(3_000);
    for _ in 0..3 {
        let before = slices(&place.path("out.db"));
        let mut child = place
            .label(&[])
            .env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "2")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        wait_until("twenty more slices are durable, or all", || {
            slices(&place.path("out.db")) >= before + 20 || child.try_wait().unwrap().is_some()
        });
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let finished = json(&place.label(&[]).output().unwrap());
    let expected = expected(&corpus(3_000), USUAL_RULES, RANGE);
    assert_eq!(finished["length_receive_table"], expected.received);
    assert_eq!(finished["length_output_table"], expected.staged);
    assert_eq!(
        published_in(&place.path("out.db"), TASK),
        expected.published
    );
    let crashed: i64 = Connection::open(place.path("out.db"))
        .unwrap()
        .query_row(
            "SELECT count(*) FROM audience_attempt WHERE outcome = 'crashed'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(crashed >= 1);
}

/// Slices committed so far; 0 while there is nothing to look at.
fn slices(database: &Path) -> i64 {
    let Ok(connection) = Connection::open(database) else {
        return 0;
    };
    let sum = "SELECT coalesce(sum(slices), 0) FROM audience_output_batch";
    connection.query_row(sum, [], |row| row.get(0)).unwrap_or(0)
}

#[test]
fn a_task_of_that_id_with_other_parameters_is_refused() {
    let place = Place::with_rows(50);
    json(&place.label(&[]).output().unwrap());
    let other = place.label(&[("--end", "2020-01-20")]).output().unwrap();
    assert!(!other.status.success());
    assert!(
        text(&other.stderr).contains("exists with another request"),
        "{}",
        text(&other.stderr)
    );
}

#[test]
fn what_cannot_be_done_is_told_and_nothing_is_left_half_done() {
    let place = Place::with_rows(50);
    fs::write(place.path("bad.tsv"), "amy\tpartially\nbob\tsideways\n").unwrap();
    fs::write(place.path("twice.yaml"), "groups: {a: [WH_A], b: [WH_A]}\n").unwrap();
    fs::write(
        place.path("odd.yaml"),
        "groups: {a: [WH_A]}\nunmaped: skip\n",
    )
    .unwrap();
    fs::write(place.path("file"), "").unwrap();
    for (changes, told) in [
        (
            ("--start", "2020-03-01"),
            "start_time must be earlier than end_time",
        ),
        (
            ("--start", "2020-02-01 00:00:00"),
            "start_time must be earlier than end_time",
        ),
        (("--start", "soon"), "--start"),
        (
            ("--task-id", "0123456789abcdef0123456789abcde"),
            "expect 32 digits get 31 digits",
        ),
        (("--table", "posts"), "ts_page_content"),
        (("--table", "(SELECT 1)"), "(SELECT 1)"),
        (("--table", "x' OR '1'='1"), "x' OR '1'='1"),
        (("--source", "sqlite://gone.db"), "gone.db"),
        (("--source", "oracle://x"), "oracle"),
        (
            ("--source", "sqlite://posts.db?immutable=1"),
            "no option `immutable=1`; known are mode=ro",
        ),
        (
            (
                "--source",
                "postgres://user:secret@127.0.0.1:1/db?sslMode=verify-full",
            ),
            "no option `sslMode`; known are ",
        ),
        (
            (
                "--output",
                "mysql://user:secret@127.0.0.1:1/db?ssl_mode=VERIFY_IDENTITY",
            ),
            "no option `ssl_mode`; known are socket, ssl-ca, ",
        ),
        (
            ("--output", "sqlite://file/out.db"),
            "--output: failed to open sqlite://file/out.db: its directory",
        ),
        (("--output", "oracle://user:secret@host/db"), "oracle"),
        (
            ("--output", "mysql://user:secret@127.0.0.1:1/db"),
            "--output: failed to open mysql://127.0.0.1:1/db: connection refused",
        ),
        (("--rules", "bad.tsv"), "bad.tsv:2: "),
        (("--rules", "none"), "none"),
        (
            ("--groups", "twice.yaml"),
            "s_id `WH_A` is in two groups: `a` and `b`",
        ),
        (("--groups", "odd.yaml"), "odd.yaml:2: "),
    ] {
        let output = place.label(&[changes]).output().unwrap();
        let stderr = text(&output.stderr);
        assert!(!output.status.success(), "{changes:?} succeeded");
        assert!(stderr.contains(told), "{changes:?}: {stderr}");
        assert!(
            !stderr.contains("panicked") && !stderr.contains("secret"),
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn columns_have_the_names_that_are_given_or_one_text_for_all_rows() {
    let place = Place::with_rows(200);
    let connection = Connection::open(place.path("posts.db")).unwrap();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE ts_page_content RENAME COLUMN {from} TO \"{to}\"");
        connection.execute(&sql, []).unwrap();
    };
    rename("post_time", "created_at");
    rename("author", "user name");
    let refused = place.label(&[]).output().unwrap();
    let stderr = text(&refused.stderr);
    for part in [
        "--column author=COLUMN --column post_time=COLUMN",
        "lacks",
        "created_at",
        "user name",
        "s_id=:WH_F0045",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    fs::write(
        place.path("columns.yaml"),
        "author: user name\npost_time: none\n",
    )
    .unwrap();
    let mapped = |more: &[&str]| {
        let mut command = place.label(&[]);
        command.args([
            "--columns",
            "columns.yaml",
            "--column",
            "post_time=created_at",
        ]);
        command.args(more).output().unwrap()
    };
    json(&mapped(&[]));
    let expected = expected(&corpus(200), USUAL_RULES, RANGE);
    assert_eq!(
        published_in(&place.path("out.db"), TASK),
        expected.published
    );
    // A column that the table does not have at all.
    let set = "UPDATE ts_page_content SET s_id = 'WH_A'";
    connection.execute(set, []).unwrap();
    fs::remove_file(place.path("out.db")).unwrap();
    json(&mapped(&[]));
    let alike = published_in(&place.path("out.db"), TASK);
    fs::remove_file(place.path("out.db")).unwrap();
    rename("s_id", "board");
    json(&mapped(&["--column", "s_id=:WH_A"]));
    assert_eq!(published_in(&place.path("out.db"), TASK), alike);
    for (more, part) in [
        (["--column", "post_time=x"], "given twice"),
        (["--column", "time=x"], "expected one of id, s_id,"),
        (["--column", "id=:1"], "not a constant"),
    ] {
        let output = mapped(&more);
        assert!(!output.status.success());
        let stderr = text(&output.stderr);
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn nothing_of_a_row_drives_the_terminal_or_is_logged() {
    const HOSTILE: &str = "\u{1b}[2J\nstatus SUCCESS\u{202e}\u{9b}31m";
    let place = Place::with_rows(10);
    let connection = Connection::open(place.path("posts.db")).unwrap();
    let id = "UPDATE ts_page_content SET s_id = ?1 WHERE id = 'p5'";
    connection.execute(id, [HOSTILE]).unwrap();
    fs::write(
        place.path("groups.yaml"),
        "groups: {a: [WH_A], b: [WH_B, WH_C, WH_NONE]}\nunmapped: fail\n",
    )
    .unwrap();
    let output = place.label_for_people(&[]).output().unwrap();
    assert!(!output.status.success());
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let shown = r"s_id `\u{1b}[2J\nstatus SUCCESS\u{202e}\u{9b}31m` is in no group";
    assert!(stdout.contains(shown), "{stdout}");
    for printed in [&stdout, &stderr] {
        let drives = |letter: char| letter != '\n' && letter.is_control() || letter == '\u{202e}';
        assert!(!printed.contains(drives), "{printed:?}");
        assert!(!printed.contains("\nstatus SUCCESS"), "{printed:?}");
    }
    assert!(stderr.contains("an s_id is in no group"), "{stderr}");
    assert!(!stderr.contains("[2J"), "{stderr}");
}

#[test]
fn a_range_without_rows_is_no_failure() {
    let place = Place::with_rows(50);
    let output = place
        .label(&[("--start", "1999-01-01"), ("--end", "1999-02-01")])
        .output();
    let printed = json(&output.unwrap());
    assert_eq!(
        (&printed["stat"], &printed["prod_stat"]),
        (&"SUCCESS".into(), &"no_data".into())
    );
}

#[test]
fn what_is_left_out_and_what_may_be_misunderstood_is_warned_of() {
    let place = Place::with_rows(50);
    let posts = Connection::open(place.path("posts.db")).unwrap();
    let spoilt = posts.execute(
        "UPDATE ts_page_content SET post_time = 'soon' WHERE id IN
         (SELECT id FROM ts_page_content ORDER BY id LIMIT 2)",
        [],
    );
    assert_eq!(spoilt.unwrap(), 2);
    let output = place.label(&[("--end", "2020-02-01")]).output().unwrap();
    let warnings = text(&output.stderr);
    let left_out = "warning: 2 rows were left out because the time cannot be read: row `";
    assert!(warnings.contains(left_out), "{warnings}");
    let end = "warning: the end 2020-02-01 means its first moment, 2020-02-01 00:00:00; \
               all of that day is 2020-02-01 23:59:59.999999";
    assert!(warnings.contains(end), "{warnings}");
    assert!(output.status.success());
}

#[test]
fn the_demo_leaves_one_directory_behind() {
    let place = Place::empty();
    let output = place.command().arg("demo").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("rows received    2980"), "{printed}");
    assert!(printed.contains("rows labelled    773"), "{printed}");
    assert_eq!(printed.matches(" matched “").count(), 10, "{printed}");
    let left: Vec<_> = fs::read_dir(place.path(""))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert_eq!(left, [place.path("audience-demo")]);

    let mut check = place.command();
    let checked = check
        .args(["--settings", "audience-demo/settings", "check"])
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", text(&checked.stdout));
}

#[test]
fn the_demo_is_shown_in_a_browser_until_somebody_has_seen_enough() {
    let place = Place::empty();
    let mut command = place.command();
    let command = command.args(["demo", "--serve"]).stdout(Stdio::piped());
    let mut demo = command.spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        let rest = line.trim().strip_prefix("http://127.0.0.1:")?;
        Some(rest.to_owned())
    });
    let (port, path) = address.as_ref().unwrap().split_once('/').unwrap();
    let mut call = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let request =
        format!("GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    call.write_all(request.as_bytes()).unwrap();
    let mut page = String::new();
    call.read_to_string(&mut page).unwrap();
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("Succeeded"),
        "{page}"
    );
    kill_process(Pid::from_child(&demo), Signal::INT).unwrap();
    // What it prints is read to its end.
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(demo.wait().unwrap().success());
    assert!(
        rest.iter().any(|line| line.starts_with("Remove it:")),
        "{rest:?}"
    );
}
