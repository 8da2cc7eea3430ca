//! A scrape as a task of a project.

use std::fs;

use serde_json::Value;

use super::ALL;
use super::site::Site;
use crate::support::Place;

const PROJECT: &str = r#"
project: weather
params: {date: {type: date, default: '2026-11-30'}}
tasks:
  rows:
    uses: scrape
    with: {scrape: obs, day: "{date}"}
  told:
    requires: [rows]
    run: printf '%s\n' "$RESULT_rows" > "$OUT"
    outputs: ["told-{date}.json"]
"#;

#[test]
fn a_task_scrapes_its_day() {
    let (place, site) = (Place::empty(), Site::start());
    fs::create_dir(place.path("scrapes")).unwrap();
    let settings = format!(
        "database: {{url: 'sqlite://audience.db'}}\nprediction: {{dir: .}}\nscrape: {{allow: ['{}']}}\n",
        site.host()
    );
    for (file, text) in [
        ("project.yaml", PROJECT),
        ("settings.yaml", &settings),
        ("scrapes/obs.yaml", &site.scrape("")),
    ] {
        fs::write(place.path(file), text).unwrap();
    }
    let mut command = place.command();
    command.args(["run", "told", "--settings", "settings.yaml"]);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    let told = fs::read_to_string(place.path("told-2026-11-30.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["inserted"], &told["day"]),
        (&ALL.into(), &"2026-11-30".into())
    );
}
