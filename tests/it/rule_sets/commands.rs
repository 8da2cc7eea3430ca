//! Rule sets by commands, in the database of the settings and by a server.

use std::fs;
use std::process::Output;

use tokio::task::block_in_place;

use super::{Caller, food};
use crate::support::{Place, TestApp};

fn run(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command();
    block_in_place(|| command.args(arguments).output().unwrap())
}

fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_pushed_activated_compared_and_pulled_by_a_server() {
    let app = TestApp::with().start(&[]).await;
    let place = Place::with_rows(1);
    fs::write(place.path("a.yaml"), food(&["ramen", "tea"])).unwrap();
    fs::write(place.path("b.yaml"), food(&["ramen", "rice"])).unwrap();
    fs::write(place.path("bad.yaml"), food(&["ramen tea"])).unwrap();
    let url = app.url("");
    let server = ["--server", url.trim_end_matches('/')];
    let with = |arguments: &[&str]| {
        let arguments = [&["rules"], arguments, &server].concat();
        run(&place, &arguments)
    };
    let pushed = printed(&with(&[
        "push",
        "tastes",
        "a.yaml",
        "--why",
        "the first one",
    ]));
    assert!(pushed.starts_with("tastes@1, digest "), "{pushed}");
    printed(&with(&["push", "tastes", "b.yaml", "--why", "rice & more"]));
    let active = printed(&with(&["activate", "tastes@2", "--why", "as wanted"]));
    assert_eq!(active, "tastes@2 is active\n");
    let set = Caller::of(&app).get("tastes").await.body;
    assert_eq!(set["newest"]["why"], "rice & more", "{set}");
    let faulty = with(&["push", "tastes", "bad.yaml", "--why", "x"]);
    assert_eq!(faulty.status.code(), Some(1));
    let diff = printed(&with(&["diff", "tastes@1", "tastes"]));
    assert!(
        diff.contains("food + rice") && diff.contains("food - tea"),
        "{diff}"
    );
    let diff = printed(&with(&["diff", "tastes", "b.yaml", "--json"]));
    assert!(diff.contains("\"added\":[]"), "{diff}");
    let lint = printed(&with(&["lint", "tastes@1"]));
    assert!(lint.contains("2 rules in 1 label"), "{lint}");
    printed(&with(&["pull", "tastes@1", "-o", "pulled.yaml"]));
    let pulled = fs::read_to_string(place.path("pulled.yaml")).unwrap();
    assert_eq!(pulled, food(&["ramen", "tea"]), "byte for byte");
    printed(&with(&["pull", "tastes", "-o", "tree"]));
    assert!(place.path("tree/set.yaml").is_file());
    assert!(place.path("tree/labels/food.tsv").is_file());
    let missing = with(&["pull", "tastes@9", "-o", "none.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    app.stop().await;
}
