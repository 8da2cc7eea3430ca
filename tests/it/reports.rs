//! Redash and Grafana over the views: what the containers are told fits together, and each query runs on every
//! database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use audience::settings;
use serde_json::Value;

use crate::support::{DatabaseKind, OwnDatabase, Place};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/reports")
}

/// The queries: name, what it shows, SQL; by the names of their files.
fn queries() -> BTreeMap<String, (String, String, String)> {
    let mut queries = BTreeMap::new();
    for entry in fs::read_dir(folder().join("queries")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let mut comment = || {
            lines
                .next()
                .unwrap()
                .strip_prefix("-- ")
                .unwrap()
                .to_owned()
        };
        let (name, shows) = (comment(), comment());
        let sql = lines.collect::<Vec<_>>().join("\n");
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        queries.insert(file, (name, shows, sql));
    }
    assert!(queries.len() >= 10, "{queries:?}");
    queries
}

#[test]
fn every_query_runs_on_every_database() {
    for kind in DatabaseKind::ALL {
        let (place, database) = (Place::empty(), OwnDatabase::new(kind));
        let url = format!("database: {{url: \"{}\"}}\n", database.url);
        fs::write(place.path("settings.yaml"), url).unwrap();
        let migrate = ["migrate", "--settings", "settings.yaml"];
        let migrated = place.command().args(migrate).output().unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
        for (file, (_, _, sql)) in queries() {
            println!("{kind:?}: {file}");
            database.run(&sql);
        }
    }
}

#[test]
fn queries_read_views_and_nothing_else() {
    let views = [
        "v_import",
        "v_import_problem",
        "v_job",
        "v_model_version",
        "v_prediction",
        "v_scrape_run",
    ];
    let mut read = BTreeSet::new();
    for (file, (_, _, sql)) in queries() {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let sources = words.windows(2).filter(|pair| pair[0] == "FROM");
        for source in sources {
            assert!(views.contains(&source[1]), "{file} reads {}", source[1]);
            read.insert(source[1].to_owned());
        }
        assert!(!sql.contains("JOIN"), "{file}");
    }
    assert_eq!(Vec::from_iter(read), views);
}

#[test]
fn the_dashboard_has_each_query_as_it_is() {
    let text = fs::read_to_string(folder().join("grafana/reports.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let source: Value = settings::read_file(&folder().join("grafana/datasources.yaml")).unwrap();
    let source = &source["datasources"][0];
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let mut shown = BTreeMap::new();
    for panel in panels.filter(|panel| panel["type"] == "table") {
        let target = &panel["targets"][0];
        for of in [panel, target] {
            assert_eq!(of["datasource"]["uid"], source["uid"]);
            assert_eq!(of["datasource"]["type"], source["type"]);
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let description = text(&panel["description"]);
        shown.insert(
            text(&panel["title"]),
            (description, text(&target["rawSql"])),
        );
    }
    let queries = queries().into_values();
    let queries = queries.map(|(name, shows, sql)| (name, (shows, sql)));
    assert_eq!(shown, queries.collect());
}

/// A file of Compose, with what its services have in common put where it is used (`<<: *name`).
fn compose(path: &Path) -> Value {
    fn merged(value: Value) -> Value {
        let Value::Object(mut members) = value else {
            return value;
        };
        let common = members.shift_remove("<<").map(merged);
        for (name, value) in common.iter().flat_map(|common| common.as_object().unwrap()) {
            members.entry(name).or_insert_with(|| value.clone());
        }
        let members = members.into_iter();
        Value::Object(members.map(|(name, value)| (name, merged(value))).collect())
    }
    merged(settings::read_file(path).unwrap())
}

/// What `.env` has to say.
fn variables(text: &str) -> BTreeSet<String> {
    let used = text.split("${").skip(1);
    let names = used.filter_map(|rest| rest.split([':', '}']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_containers_fit_together() {
    let path = folder().join("compose.yaml");
    let compose = compose(&path);
    let services = compose["services"].as_object().unwrap();
    let volumes = compose["volumes"].as_object().unwrap();
    let mut used = BTreeSet::new();
    for (name, service) in services {
        let is_built = service["build"].is_object();
        if is_built {
            let context = folder().join(service["build"]["context"].as_str().unwrap());
            assert!(context.join("Dockerfile").is_file(), "{name}");
        }
        let image = service["image"].as_str().unwrap();
        let is_pinned = image
            .split_once(':')
            .is_some_and(|(_, tag)| tag != "latest");
        assert!(is_built || is_pinned, "{name}: {image}");
        for port in service["ports"].as_array().into_iter().flatten() {
            let port = port.as_str().unwrap();
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            match from.starts_with('.') {
                true => assert!(folder().join(from).exists(), "{name}: {from}"),
                false => {
                    assert!(volumes.contains_key(from), "{name}: {from}");
                    used.insert(from.to_owned());
                }
            }
        }
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let other = &services[needed.as_str()];
            let is_ours = other["build"].is_object();
            match how["condition"].as_str().unwrap() {
                // Our own image has a health check in it.
                "service_healthy" => {
                    assert!(
                        is_ours || other["healthcheck"].is_object(),
                        "{name}: {needed}"
                    );
                }
                // What never ends would be waited for for ever.
                "service_completed_successfully" => {
                    assert!(other["entrypoint"].is_array(), "{name}: {needed}");
                    assert!(other["ports"].is_null(), "{name}: {needed}");
                }
                other => panic!("{name}: {other}"),
            }
        }
    }
    assert_eq!(used, volumes.keys().cloned().collect());
    // The files that they are given exist, and each variable is in the example.
    let text = fs::read_to_string(&path).unwrap();
    let example = fs::read_to_string(folder().join("example.env")).unwrap();
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    let named = lines.filter_map(|line| line.strip_suffix('=').map(str::to_owned));
    assert_eq!(variables(&text), named.collect());
}

#[test]
fn the_scripts_of_the_containers_can_be_read() {
    for script in ["reader.sh", "redash.sh"] {
        let checked = Command::new("sh")
            .arg("-n")
            .arg(folder().join(script))
            .output();
        let checked = checked.unwrap();
        assert!(checked.status.success(), "{script}: {checked:?}");
    }
    let parse = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    let mut python = Command::new("python3");
    let parsed = python
        .args(["-c", parse])
        .arg(folder().join("redash.py"))
        .output();
    let parsed = parsed.unwrap();
    assert!(parsed.status.success(), "{parsed:?}");
}
