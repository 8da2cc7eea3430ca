//! The example of the repository.

use std::process::Command;

use super::own_project::OwnProject;
use crate::support::Place;

const SETTINGS: &[&str] = &["--settings", "settings.yaml"];

fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, SETTINGS].concat()
}

#[test]
fn the_example_finds_the_figures_of_its_generator_and_makes_nothing_twice() {
    let project = OwnProject::example("2026-11-20", "2026-11-21");
    assert_eq!(
        project.succeed(&["check", "project.yaml"]),
        "project.yaml: 13 tasks, 5 triggers, good\n"
    );
    let backfill = arguments(&["backfill", "daily", "--date", "2026-11-20..2026-11-21"]);
    let ended = project.run(&backfill);
    assert_eq!(ended.code, 0, "{ended:?}");
    let first = ended.out.lines().next().unwrap();
    assert!(
        first.ends_with(": 142 to run, 98 complete, 2 groups"),
        "{first}"
    );
    assert!(
        ended.last_line().ends_with(": 142 done, 98 complete"),
        "{ended:?}"
    );
    let of = |word: &str| {
        ended
            .out
            .lines()
            .filter(|line| line.starts_with(word))
            .count()
    };
    assert_eq!((of("start "), of("done "), of("failed ")), (142, 142, 0));
    for day in ["2026-11-20", "2026-11-21"] {
        project.python(&["check_figures.py", "data", day, "--first", "2026-11-20"]);
    }
    assert!(project.temporaries().is_empty());
    let again = project.succeed(&backfill);
    assert!(
        again.lines().next().unwrap().contains(": 0 to run, "),
        "{again}"
    );
    assert!(!again.contains("\nstart "), "{again}");
    let plan = project.succeed(&arguments(&["plan", "daily", "--date", "2026-11-21"]));
    assert!(plan.contains(": 0 to run, "), "{plan}");
}

#[test]
fn a_plan_is_a_tree_and_makes_nothing() {
    let project = OwnProject::example("2026-11-21", "2026-11-21");
    let plan = project.succeed(&arguments(&["plan", "report", "--date", "2026-11-21"]));
    let expected = "\
report(date=2026-11-21)        run       no data/report/2026-11-21.json
└─ country_stats ×4            run
   └─ day_log ×2               run
      └─ filter_log ×48        run
         └─ raw_log ×48        complete
103 instances: 55 to run, 48 complete
";
    assert_eq!(plan, expected);
    assert!(!project.path("audience.db").exists() && !project.path("data/filtered").exists());
    let all = arguments(&["plan", "report", "--date", "2026-11-21", "--all"]);
    let all = project.succeed(&all);
    let wanted = "filter_log(hour=2026-11-21T05,kind=imp)";
    assert!(all.contains(wanted) && all.lines().count() > 103, "{all}");
    let json = arguments(&["plan", "report", "--date", "2026-11-21", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&project.succeed(&json)).unwrap();
    assert_eq!(json["instances"].as_array().unwrap().len(), 103);
    let dry = arguments(&["run", "report", "--date", "2026-11-21", "--dry-run"]);
    assert_eq!(project.succeed(&dry), plan);
}

#[test]
fn the_bundled_example_is_made_by_one_command() {
    let place = Place::empty();
    let program = env!("CARGO_BIN_EXE_audience");
    let mut demo = Command::new(program);
    demo.current_dir(place.path("")).args(["demo", "pipelines"]);
    let demo = demo.output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let said = String::from_utf8(demo.stdout).unwrap();
    assert!(said.contains("71 done, 49 complete"), "{said}");
    assert!(
        said.contains("2026-11-20: all figures as expected"),
        "{said}"
    );
    // What it says to go on with works.
    let mut backfill = Command::new(program);
    backfill
        .current_dir(place.path("audience-pipelines"))
        .args(["backfill", "daily", "--date", "2026-11-20..2026-11-21"])
        .args(SETTINGS);
    let backfill = backfill.output().unwrap();
    assert!(backfill.status.success(), "{backfill:?}");
    let said = String::from_utf8(backfill.stdout).unwrap();
    assert!(said.trim_end().ends_with("71 done, 53 complete"), "{said}");
}
