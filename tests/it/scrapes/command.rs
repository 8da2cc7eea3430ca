//! `audience scrape`: what people see.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::site::Site;
use crate::support::Place;

fn printed(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let mut command = place.command();
    command.env("AUDIENCE__DATABASE__URL", "sqlite://audience.db");
    let done = command.arg("scrape").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        done.status.code().unwrap(),
        text(done.stdout),
        text(done.stderr),
    )
}

#[test]
fn a_stranger_tries_runs_and_replays_a_scrape() {
    let (place, site) = (Place::empty(), Site::start());
    fs::write(place.path("obs.yaml"), site.scrape("")).unwrap();
    let host = site.host();
    let with = |arguments: &[&str]| {
        let all = [arguments, &["obs.yaml", "--allow-host", &host]].concat();
        printed(&place, &all)
    };
    let (code, shown, errors) = with(&["test", "--day", "2026-11-30", "--rows", "2"]);
    assert_eq!(code, 0, "{errors}");
    assert!(shown.starts_with("obs 2026-11-30: succeeded\n"), "{shown}");
    assert!(shown.contains("\nobs · 40 rows\n"), "{shown}");
    assert!(shown.contains("地点1"), "{shown}");
    assert!(
        shown.contains("page 1, row 8  temp  not_a_number"),
        "{shown}"
    );
    let (code, shown, errors) = with(&["run", "--day", "2026-11-30"]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        shown.contains("obs: 40 inserted, 0 updated, 0 unchanged"),
        "{shown}"
    );
    let (code, shown, _) = with(&["replay"]);
    assert_eq!(code, 0);
    assert!(
        shown.starts_with("obs 2026-11-30: succeeded, extracted again\n"),
        "{shown}"
    );
    assert!(shown.contains("40 unchanged"), "{shown}");
    site.set_empty(true);
    let (code, shown, _) = with(&["run", "--day", "2026-12-01"]);
    assert_eq!(code, 1);
    assert!(shown.contains("obs 2026-12-01: failed\n"), "{shown}");
    assert!(
        shown.contains("expected at least 10 rows, found 0"),
        "{shown}"
    );
}

#[test]
fn a_site_that_is_away_is_said_while_it_is_waited_for() {
    let (place, site) = (Place::empty(), Site::start());
    fs::write(place.path("obs.yaml"), site.scrape("")).unwrap();
    site.set_away(true);
    let mut command = place.command();
    command.env("AUDIENCE__DATABASE__URL", "sqlite://audience.db");
    command.args(["scrape", "run", "obs.yaml", "--allow-host", &site.host()]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let errors = BufReader::new(running.stderr.take().unwrap());
    let mut lines = errors.lines().map_while(Result::ok);
    let waits = lines.find(|line| line.starts_with("waits for its site since "));
    let waits = waits.expect("it says what it waits for");
    assert!(
        waits.contains("answered 503; it is asked again at 2"),
        "{waits}"
    );
    site.set_away(false);
    assert_eq!(running.wait().unwrap().code(), Some(0));
}

#[test]
fn faults_are_named_with_file_and_line() {
    let (place, site) = (Place::empty(), Site::start());
    fs::write(place.path("bad.yaml"), "scrape: x\nrequset: {}\n").unwrap();
    let (code, _, errors) = printed(&place, &["run", "bad.yaml"]);
    assert_eq!(code, 2);
    assert!(errors.contains("error: bad.yaml:2:1: "), "{errors}");
    let (code, _, errors) = printed(&place, &["run", "nowhere"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("nowhere: there is no such file"),
        "{errors}"
    );
    fs::write(place.path("obs.yaml"), site.scrape("")).unwrap();
    let (code, _, errors) = printed(&place, &["run", "obs.yaml", "--allow-host", "a/b"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("--allow-host `a/b`: expected HOST"),
        "{errors}"
    );
    let (code, shown, _) = printed(&place, &["run", "obs.yaml", "--day", "2026-11-30"]);
    assert_eq!(code, 1);
    assert!(shown.contains("may not be asked"), "{shown}");
    let (code, _, errors) = printed(&place, &["replay", "obs.yaml", "--from", "2030-01-01"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("no pages of the scrape obs are kept"),
        "{errors}"
    );
}
