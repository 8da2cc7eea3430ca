//! `audience brief run` and the demo.

use std::fs;

use super::{json_of, place, printed};
use crate::support::Place;

const ID: &str = "0123456789abcdef0123456789abcdef";

const USUAL: [&str; 10] = [
    "brief",
    "run",
    "--adapters",
    "adapters",
    "--start",
    "2026-11-01",
    "--end",
    "2026-11-30",
    "--out",
    "zips",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&USUAL[..], more].concat()
}

#[test]
fn a_brief_becomes_a_zip_without_a_server() {
    let place = place();
    let (code, out, errors) = printed(
        &place,
        &with(&["--keywords", "防晒霜 -广告, 面膜", "--json"]),
    );
    assert_eq!(code, 0, "{errors}");
    let all = json_of(&out);
    assert_eq!(all["view"]["status"], "finished", "{all}");
    assert_eq!(all["view"]["article_count"], 2);
    assert_eq!(all["spider_progress"]["filtered"], 1);
    let zip = fs::read(all["zip"].as_str().unwrap()).unwrap();
    assert_eq!(&zip[..4], b"PK\x03\x04");
    assert!(
        errors.contains("notes") && errors.contains("pages"),
        "{errors}"
    );
}

#[test]
fn the_same_id_continues_and_other_keywords_are_refused() {
    let place = place();
    fs::write(place.path("words.txt"), "# sun\n防晒霜\n").unwrap();
    let run = |more: &[&str]| printed(&place, &with(&[&["--job-id", ID, "--json"], more].concat()));
    let (code, first, errors) = run(&["--keywords-file", "words.txt"]);
    assert_eq!(code, 0, "{errors}");
    let (code, again, _) = run(&["--keywords", "防晒霜"]);
    assert_eq!(
        (code, json_of(&again)["view"].clone()),
        (0, json_of(&first)["view"].clone())
    );
    let (code, out, errors) = run(&["--keywords", "面膜"]);
    assert_eq!((code, out.as_str()), (2, ""));
    let expected = format!("error: --job-id {ID}: that brief looks for other keywords: 防晒霜");
    assert!(errors.contains(&expected), "{errors}");
}

#[test]
fn bad_usage_is_told_from_failure() {
    let place = place();
    for (arguments, expected) in [
        (with(&["--keywords", "-a"]), "--keywords: keywords[0]: "),
        (
            with(&["--keywords", "a", "--platforms", "x"]),
            "--platforms: platforms[0]: unknown platform `x`",
        ),
        (
            with(&["--keywords", "a", "--match", "all"]),
            "--match: match: expected text or platform",
        ),
        (
            with(&["--keywords", "a", "--max-pages", "0"]),
            "--max-pages: max_pages: expected",
        ),
        (
            with(&["--keywords-file", "none.txt"]),
            "--keywords-file none.txt: ",
        ),
        (
            with(&["--keywords", "a", "--allow-host", "http://x"]),
            "--allow-host ",
        ),
        (with(&[]), "--keywords"),
        (
            vec![
                "brief",
                "run",
                "--keywords",
                "a",
                "--adapters",
                "none",
                "--out",
                "z",
            ],
            "none",
        ),
    ] {
        let (code, _, errors) = printed(&place, &arguments);
        assert_eq!(code, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
    fs::write(
        place.path("adapters/bad.yaml"),
        "platform: bad\nkind: push\nlable: x\n",
    )
    .unwrap();
    let (code, _, errors) = printed(&place, &with(&["--keywords", "a"]));
    assert_eq!(code, 2);
    assert!(errors.contains("bad.yaml:3:"), "{errors}");
    fs::remove_file(place.path("adapters/bad.yaml")).unwrap();
    fs::remove_file(place.path("adapters/notes.csv")).unwrap();
    let (code, out, errors) = printed(&place, &with(&["--keywords", "a", "--json"]));
    assert_eq!(code, 1, "{errors}");
    let all = json_of(&out);
    assert_eq!(
        (&all["view"]["status"], &all["zip"]),
        (&"failed".into(), &serde_json::Value::Null)
    );
    let shown = all.to_string();
    assert!(
        !shown.contains(place.path("adapters").to_str().unwrap()),
        "{shown}"
    );
}

#[test]
fn the_demo_makes_a_zip_of_its_articles() {
    let place = Place::empty();
    let (code, out, errors) = printed(&place, &["demo", "brief"]);
    assert_eq!(code, 0, "{errors}");
    assert!(place.path("audience-brief/settings.yaml").exists());
    let exports = fs::read_dir(place.path("audience-brief/exports")).unwrap();
    let zips = exports.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".zip")
    });
    assert_eq!(zips.count(), 1);
    assert!(
        out.contains("status        finished") && out.contains(".zip"),
        "{out}"
    );
    assert!(out.contains("videos") && out.contains("notes"), "{out}");
}
