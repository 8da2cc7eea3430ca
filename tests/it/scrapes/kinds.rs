//! Rows and runs in databases of all kinds, which hold the engine's tables, too.

use std::fs;

use serde_json::Value;

use super::ALL;
use super::site::Site;
use crate::support::{DatabaseKind, OwnDatabase, Place, on_each_kind};

pub(super) fn settings(place: &Place, database: &OwnDatabase) {
    let text = format!("database: {{url: \"{}\"}}\n", database.url);
    fs::write(place.path("settings.yaml"), text).unwrap();
}

/// Runs a command of scrapes; returns what it says.
fn scrape(place: &Place, site: &Site, arguments: &[&str]) -> Value {
    let mut command = place.command();
    command.arg("scrape").args(arguments);
    command.args([
        "--json",
        "--settings",
        "settings.yaml",
        "--allow-host",
        &site.host(),
    ]);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{errors}"))
}

#[test]
fn rows_are_inserted_updated_or_left_alone() {
    on_each_kind(|database| {
        let (place, site) = (Place::empty(), Site::start());
        settings(&place, database);
        fs::write(place.path("obs.yaml"), site.scrape("")).unwrap();
        let run = |day: &str| scrape(&place, &site, &["run", "obs.yaml", "--day", day]);
        let done = run("2026-11-30");
        assert_eq!(done["state"], "succeeded", "{done}");
        assert_eq!(done["runs"][0]["rows"]["inserted"], ALL);
        let done = run("2026-11-30");
        assert_eq!(done["runs"][0]["state"], "unchanged", "{done}");
        site.next_edition();
        let done = run("2026-11-30");
        assert_eq!(done["runs"][0]["rows"]["updated"], ALL, "{done}");
        let done = run("2026-12-01");
        assert_eq!(done["runs"][0]["rows"]["inserted"], ALL, "{done}");
        assert_eq!(database.count("obs"), 2 * ALL as u64);
        // The first edition is older than the rows.
        let done = scrape(&place, &site, &["replay", "obs.yaml"]);
        let fates: Vec<&Value> = done["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| &run["rows"]["unchanged"])
            .collect();
        assert_eq!(fates, [ALL, ALL, ALL], "{done}");
        let text = match database.kind {
            DatabaseKind::MySql => "CHAR",
            _ => "TEXT",
        };
        let days = database.texts(&format!(
            "SELECT DISTINCT CAST(day AS {text}) FROM obs ORDER BY 1"
        ));
        assert_eq!(days, ["2026-11-30", "2026-12-01"]);
        let shown = "SELECT state FROM v_scrape_run WHERE ended_at IS NOT NULL ORDER BY state";
        let mut states = database.texts(shown);
        states.dedup();
        assert_eq!(states, ["succeeded", "unchanged"]);
        database.run("CREATE TABLE other (item INTEGER)");
        let other = site.scrape("").replace("table: obs", "table: other");
        fs::write(place.path("other.yaml"), other).unwrap();
        let done = scrape(&place, &site, &["run", "other.yaml"]);
        assert_eq!(
            done["reason"],
            "table `other` exists and was not made by a scrape: it lacks the column `day`; \
             expected another name in `into`",
            "{done}"
        );
    });
}
