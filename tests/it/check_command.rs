//! What `audience check` finds in settings, variables and rules.

use std::fs;

use crate::support::Place;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_variable_with_one_underscore_is_warned_of() {
    let place = Place::empty();
    for (name, meant) in [
        ("AUDIENCE_SERVER_BIND", "AUDIENCE__SERVER__BIND"),
        ("AUDIENCE_DATABASE_URL", "AUDIENCE__DATABASE__URL"),
    ] {
        let mut check = place.command();
        let output = check.arg("check").env(name, "secret").output().unwrap();
        let printed = text(&output.stdout);
        let warning = format!("warning: variable {name}: ignored: ");
        assert!(printed.contains(&warning), "{printed}");
        assert!(
            printed.contains(&format!("expected {meant}\n")),
            "{printed}"
        );
        assert!(!printed.contains("secret"), "{printed}");
    }
}

#[test]
fn a_library_that_is_not_there_is_a_fault_that_names_its_setting() {
    let place = Place::empty();
    fs::write(place.path("no.so"), "this is no library").unwrap();
    for (library, problem) in [
        (
            "none.so",
            "there is no such file; expected a libonnxruntime.so",
        ),
        (
            "no.so",
            "the file is not a library that this machine can load",
        ),
    ] {
        let settings = format!("prediction:\n  onnxruntime: {library}\n");
        fs::write(place.path("s.yaml"), settings).unwrap();
        let mut check = place.command();
        let output = check
            .args(["check", "--settings", "s.yaml"])
            .output()
            .unwrap();
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!output.status.success(), "{printed}");
        let fault = format!("s.yaml:2: prediction.onnxruntime: {problem}");
        assert!(printed.contains(&fault), "{printed}");
    }
}

#[test]
fn a_variable_that_nothing_reads_is_warned_of() {
    let place = Place::empty();
    fs::write(place.path("s.yaml"), "log:\n  level: info\n").unwrap();
    let warnings = |settings: Option<&str>, name: &str, value: &str| {
        let mut check = place.command();
        if let Some(settings) = settings {
            check.args(["--settings", settings]);
        }
        let output = check.arg("check").env(name, value).output().unwrap();
        let printed = text(&output.stdout);
        let warnings = printed.lines().filter(|line| line.contains("AUDIENCE_"));
        warnings.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let printed = warnings(None, "AUDIENCE_TOKN", "secret");
    assert_eq!(
        printed,
        "warning: variable AUDIENCE_TOKN: ignored: there is none of this name; did you mean \
         AUDIENCE_TOKEN?"
    );
    for (settings, read) in [(None, "built-in defaults"), (Some("s.yaml"), "s.yaml")] {
        for name in ["prod", "PRODUCTION"] {
            let printed = warnings(settings, "AUDIENCE_ENV", name);
            let warning = format!(
                "warning: variable AUDIENCE_ENV: ignored: {read} is all that is read; expected a \
                 directory of settings with a file `{name}.yaml`, or a section of that environment"
            );
            assert_eq!(printed, warning);
        }
        for unset in ["", "development"] {
            assert_eq!(warnings(settings, "AUDIENCE_ENV", unset), "");
        }
    }
    fs::write(place.path("s.yaml"), "default_env: TEST\nTEST: {}\n").unwrap();
    assert_eq!(warnings(Some("s.yaml"), "AUDIENCE_ENV", "test"), "");
}

#[test]
fn check_finds_every_fault_in_settings_and_rules() {
    let place = Place::empty();
    let rules = place.path("rules/keyword_model/female");
    fs::create_dir_all(&rules).unwrap();
    fs::write(
        rules.join("author_name.txt"),
        "amy\tpartially\n\tend\neve\tbackwards\n",
    )
    .unwrap();
    fs::create_dir(place.path("settings")).unwrap();
    let settings = "sources: {posts: {url: 'ftp://x', tables: {ts_page_content: {}}}}\nlabelling:\n  \
                    default_source: posts\n  rules_dir: rules\n  groups:\n    a: [X]\n    b: [X]\n";
    fs::write(place.path("settings/default.yaml"), settings).unwrap();
    let output = place.command().arg("check").output().unwrap();
    assert!(!output.status.success());
    let printed = text(&output.stdout);
    for told in [
        "settings/default.yaml:1: sources.posts.url: ",
        "settings/default.yaml:5: labelling.groups: s_id `X` is in two groups",
        "author_name.txt:2: ",
        "author_name.txt:3: ",
    ] {
        assert!(printed.contains(told), "{told} is missing in\n{printed}");
    }
}

#[test]
fn a_directory_of_rules_is_missed_only_where_one_was_named() {
    let place = Place::with_rows(1);
    fs::remove_dir_all(place.path("rules")).unwrap();
    fs::create_dir(place.path("settings")).unwrap();
    let check = |labelling: &str| {
        let sources = "sources: {posts: {url: 'sqlite://posts.db', tables: {ts_page_content: {}}}}";
        let settings = format!("{sources}\nlabelling:\n  default_source: posts\n{labelling}");
        fs::write(place.path("settings/default.yaml"), settings).unwrap();
        let output = place.command().arg("check").output().unwrap();
        (output.status.success(), text(&output.stdout))
    };
    let (is_good, printed) = check("  unmapped: other\n");
    assert!(is_good, "{printed}");
    let (is_good, printed) = check("  rules_dir: rules\n");
    let fault = "settings/default.yaml:4: labelling.rules_dir: `rules` is not a directory";
    assert!(!is_good && printed.contains(fault), "{printed}");
}

#[test]
fn a_variable_that_is_misspelt_stops_the_start() {
    let place = Place::empty();
    let mut command = place.command();
    let output = command
        .arg("migrate")
        .env("AUDIENCE__SERVER__BNID", "x")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = text(&output.stderr);
    assert!(told.contains("bnid") && told.contains("bind"), "{told}");
}

/// A fault of one kind hides none of another: all are found at once.
#[test]
fn faults_of_all_kinds_are_found_beside_one_another() {
    let place = Place::empty();
    let write = |file: &str, text: &str| {
        let file = place.path(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("rules/bad.tsv", "amy\tsideways\n");
    write(
        "project/project.yaml",
        "project: p\ntasks:\n  a: {cmmand: x}\n",
    );
    let usual = [
        "labelling: {rule_sets: {x: rules/bad.tsv}, groups: {a: [X], b: [X]}}",
        "pipelines: {projects: [{path: project/project.yaml}], secrets_file: none}",
        "service: [aaa]",
        "source_db: {aaa: {source_name: a, topic_name: m, consumer_id: c, condition_schema: {type: 3}}}",
        "files: {url: 'ftp://x'}",
        "database: {url: 'mysql://h'}",
    ];
    let of_usual = [
        "rules/bad.tsv:1: ",
        "labelling.groups: ",
        "project/project.yaml",
        "pipelines.secrets_file: ",
        "source_db.aaa.condition_schema: ",
        "files.url: ",
        "database.url: ",
        "the variable AUTH_TOKEN is too short",
    ];
    for (settings, variable, expected) in [
        ("", None, ""),
        ("server: {bnid: x}", None, "unknown field `bnid`"),
        ("server: {bind: x}", None, "server.bind: "),
        ("retention: {audit_days: x}", None, "retention.audit_days: "),
        ("log: {format: x}", None, "log.format: "),
        ("outputs: {p: 3}", None, "outputs.p: "),
        (
            "mq_conf: {bootstrap_servers: [x]}",
            None,
            "mq_conf.bootstrap_servers: ",
        ),
        (
            "",
            Some(("AUDIENCE__SERVER__BNID", "x")),
            "unknown field `bnid`",
        ),
        (
            "",
            Some(("AUDIENCE__SERVER__MAX_BODY_BYTES", "x")),
            "server.max_body_bytes: ",
        ),
        (
            "",
            Some(("AUDIENCE__LABELLING__RULES_MAX", "x")),
            "labelling.rules_max: ",
        ),
        (
            "",
            Some(("AUDIENCE__SERVER", "x")),
            "variable AUDIENCE__SERVER: ",
        ),
    ] {
        fs::write(
            place.path("s.yaml"),
            format!("{}\n{settings}\n", usual.join("\n")),
        )
        .unwrap();
        let mut check = place.command();
        check
            .args(["--settings", "s.yaml", "check"])
            .env("AUTH_TOKEN", "short");
        check.envs(variable);
        let printed = text(&check.output().unwrap().stdout);
        for fault in of_usual.iter().chain([&expected]) {
            assert!(
                printed.contains(fault),
                "{settings:?} {variable:?}: {fault} is missing in\n{printed}"
            );
        }
        assert!(!printed.contains("fault: : "), "{printed}");
    }
}

/// What was left out for its fault explains no other.
#[test]
fn a_name_that_was_never_there_is_missed_beside_a_fault() {
    let place = Place::empty();
    let settings = "outputs: {p: 3}\nlabelling: {default_output: d}\n";
    fs::write(place.path("s.yaml"), settings).unwrap();
    let output = place
        .command()
        .args(["--settings", "s.yaml", "check"])
        .output();
    let printed = text(&output.unwrap().stdout);
    for fault in [
        "outputs.p: ",
        "labelling.default_output: `d` is not in `outputs`",
    ] {
        assert!(printed.contains(fault), "{fault} is missing in\n{printed}");
    }
}
