//! A brief as a task of a project, and as what a schedule starts.

use std::fs;

use serde_json::{Value, json};

use super::{place, printed};

const PROJECT: &str = r#"
project: weekly
tasks:
  talk:
    uses: brief
    with:
      keywords: [防晒霜 -广告, 面膜]
      start_time: "2026-11-01 00:00:00"
      end_time: "2026-11-30 23:59:59"
  told:
    requires: [talk]
    run: printf '%s\n' "$RESULT_talk" > "$OUT"
    outputs: [told.json]
"#;

const SETTINGS: &str = "
database: {url: 'sqlite://audience.db'}
briefs: {adapters: adapters, files: adapters, exports: zips}
";

#[test]
fn a_task_makes_a_zip() {
    let place = place();
    fs::write(place.path("project.yaml"), PROJECT).unwrap();
    fs::write(place.path("settings.yaml"), SETTINGS).unwrap();
    let (code, _, errors) = printed(&place, &["run", "told", "--settings", "settings.yaml"]);
    assert_eq!(code, 0, "{errors}");
    let told = fs::read_to_string(place.path("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        [&told["status"], &told["article_count"], &told["coverage"]],
        [&json!("finished"), &json!(2), &json!(1.0)],
        "{told}"
    );
    let zip = fs::read(place.path(told["path"].as_str().unwrap())).unwrap();
    assert_eq!(&zip[..4], b"PK\x03\x04");
}

#[test]
fn what_a_schedule_or_a_task_cannot_look_for_is_a_fault() {
    let place = place();
    let wrong = PROJECT.replace("面膜", "-面膜");
    fs::write(place.path("project.yaml"), wrong).unwrap();
    let schedule =
        "schedules: {monday: {cron: '0 8 * * mon', start: {brief: {keywords: [], max_page: 5}}}}\n";
    fs::write(place.path("settings.yaml"), format!("{SETTINGS}{schedule}")).unwrap();
    let (code, out, errors) = printed(&place, &["check", "--settings", "settings.yaml"]);
    let said = out + &errors;
    assert!(
        code != 0 && said.contains("schedules.monday.start: brief.max_page: unknown field"),
        "{said}"
    );
    fs::write(place.path("settings.yaml"), SETTINGS).unwrap();
    let check = ["check", "project.yaml", "--settings", "settings.yaml"];
    let (code, out, errors) = printed(&place, &check);
    let said = out + &errors;
    assert!(
        code != 0
            && said.contains("tasks.talk.with.keywords[1]: column 1: there are only exclusions"),
        "{said}"
    );
}
