//! What packages install beside the program, and what looks after it there.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Place, TestApp};

/// Every command that a person can give, without `help`.
fn commands(place: &Place) -> Vec<String> {
    let output = place.command().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let lines = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every `--option` and `<VALUE>` that a help lists.
fn names(help: &str) -> Vec<String> {
    let lines = help.lines().map(str::trim_start);
    let lists = lines.filter(|line| line.starts_with(['-', '<']));
    let words = lists.flat_map(|line| line.split("  ").next().unwrap().split([' ', ',']));
    let words = words.map(|word| word.trim_matches(['[', ']', '.']));
    let names = words.filter(|word| word.starts_with(['-', '<']));
    names.map(str::to_owned).collect()
}

#[test]
fn each_command_has_a_manual_page() {
    let place = Place::empty();
    let pages = place.path("made/man1");
    let made = place.command().arg("man").arg(&pages).output().unwrap();
    succeeded(&made);
    let program = fs::read_to_string(pages.join("audience.1")).unwrap();
    for command in commands(&place) {
        let page = fs::read_to_string(pages.join(format!("audience-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{command}: {page}");
        let named = program.contains(&format!("audience\\-{command}(1)"));
        assert!(named, "audience(1) does not name {command}");
        let help = place.command().arg(&command).arg("--help").output();
        let help = succeeded(&help.unwrap());
        let (_, synopsis) = page.split_once(".SH SYNOPSIS").unwrap();
        let (synopsis, _) = synopsis.split_once(".SH").unwrap();
        let synopsis = synopsis.replace('\\', "");
        for named in names(&help) {
            let is_there = synopsis.contains(&named);
            assert!(is_there, "{command}: {named} is not in {synopsis}");
        }
    }
}

#[test]
fn a_shell_takes_the_completions() {
    let place = Place::empty();
    let bash = place.command().args(["completions", "bash"]).output();
    let script = succeeded(&bash.unwrap());
    for command in commands(&place) {
        assert!(script.contains(&command), "{command} is not completed");
    }
    fs::write(place.path("completions"), script).unwrap();
    // Completed as in a terminal: `audience la` and the key Tab.
    let tab = "source ./completions; COMP_WORDS=(audience la); COMP_CWORD=1; _audience audience la \
               audience; echo ${COMPREPLY[@]}";
    let mut bash = Command::new("bash");
    let completed = bash.args(["-c", tab]).current_dir(place.path("")).output();
    assert_eq!(succeeded(&completed.unwrap()).trim(), "label");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_succeeds_only_while_a_server_answers() {
    let place = Place::empty();
    let ask = |url: &str, ready: bool| {
        let mut command = place.command();
        command.args(["health", "--url", url]);
        command.args(ready.then_some("--ready"));
        tokio::task::block_in_place(|| command.output().unwrap())
    };
    let app = TestApp::with().start(&[]).await;
    let url = app.url("");
    for (ready, status) in [(false, "alive"), (true, "ready")] {
        let answer: Value = serde_json::from_str(&succeeded(&ask(&url, ready))).unwrap();
        assert_eq!(answer["status"], status);
    }
    app.stop().await;
    let refused = ask(&url, false);
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("no server answers at http://"), "{error}");
}

#[test]
fn systemd_understands_the_unit() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/audience.service");
    let unit = fs::read_to_string(unit).unwrap();
    let program = env!("CARGO_BIN_EXE_audience");
    // As the page about packaging says, and as in the container.
    for line in [
        "WorkingDirectory=/usr/share/audience",
        "Environment=AUDIENCE__DATABASE__URL=sqlite:///var/lib/audience/audience.db",
    ] {
        assert!(unit.lines().any(|other| other == line), "{line}");
    }
    let installed = unit.replace("/usr/bin/audience", program);
    assert_ne!(installed, unit);
    let place = Place::empty();
    let path = place.path("audience.service");
    fs::write(&path, installed).unwrap();
    let mut analyze = Command::new("systemd-analyze");
    let said = analyze.arg("verify").arg(&path).output().unwrap();
    let errors = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success() && errors.is_empty(), "{errors}");
}

/// What stands behind this beginning of a line.
fn behind<'t>(text: &'t str, beginning: &str) -> &'t str {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(beginning));
    lines
        .next()
        .unwrap_or_else(|| panic!("no line begins with {beginning}"))
}

#[test]
fn the_image_builds_with_the_compiler_that_it_has() {
    let in_sources = |file: &str| {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap()
    };
    let (recipe, manifest) = (in_sources("Dockerfile"), in_sources("Cargo.toml"));
    let image = behind(&recipe, "FROM rust:").split('-').next().unwrap();
    // Otherwise rust-toolchain.toml takes precedence, and another compiler is fetched.
    assert_eq!(behind(&recipe, "ENV RUSTUP_TOOLCHAIN="), image);
    // The toolchain of an image has the name of its whole version.
    assert_eq!(image.split('.').count(), 3, "{image}");
    let least = behind(&manifest, "rust-version = ").trim_matches('"');
    assert!(
        image.starts_with(&format!("{least}.")),
        "{image} is not {least}"
    );
}

#[test]
fn commands_that_no_person_gives_stand_in_no_page_and_no_completion() {
    let place = Place::empty();
    let pages = place.path("man1");
    succeeded(&place.command().arg("man").arg(&pages).output().unwrap());
    let commands = commands(&place);
    for page in fs::read_dir(&pages).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let Some(command) = name.strip_prefix("audience-") else {
            continue;
        };
        let known = commands
            .iter()
            .any(|known| command.starts_with(known.as_str()));
        assert!(known, "{name}");
    }
    let program = fs::read_to_string(pages.join("audience.1")).unwrap();
    let help = place.command().arg("help").output().unwrap();
    let help = succeeded(&help);
    let hidden = ["executor"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.command().args(["completions", shell]).output();
        let script = succeeded(&script.unwrap());
        for name in hidden {
            assert!(!script.contains(name), "{shell} completes {name}");
            assert!(!program.contains(name) && !help.contains(name), "{name}");
        }
    }
}
