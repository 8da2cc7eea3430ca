//! What was made by something else than the file says now.

use super::planning::with_options;
use super::*;

#[test]
fn what_is_stale_is_told_and_made_on_request() {
    let build = Build::new([task("low"), task("top").needs("low", &[])]);
    let mut world = world(&["low", "top"]);
    world.stale.extend(["low".to_owned(), "top".to_owned()]);
    assert_eq!(
        with_options(&build, "top", Options::default(), &world),
        ["top: complete stale"]
    );
    let stale = Options {
        stale: true,
        ..Options::default()
    };
    assert_eq!(
        with_options(&build, "top", stale, &world),
        ["low: run stale", "top: run stale low"]
    );
}

#[test]
fn what_is_stale_is_found_below_what_is_complete() {
    let build = Build::new([
        task("raw").input(false),
        task("low").needs("raw", &[]),
        task("beside"),
        task("kinds").group().needs("low", &[]),
        task("mid").needs("kinds", &[]).needs("beside", &[]),
        task("extra"),
        task("top").needs("mid", &[]).optional("extra", &[]),
        task("other").needs("beside", &[]),
        task("all").group().needs("top", &[]).needs("other", &[]),
    ]);
    let stale = Options {
        stale: true,
        ..Options::default()
    };
    // What is missing below something complete is not needed.
    let mut world = world(&["low", "mid", "top", "other", "extra"]);
    assert_eq!(
        with_options(&build, "all", stale, &world),
        [
            "top: complete",
            "other: complete",
            "all: complete top other"
        ]
    );
    world.stale.extend(["extra".to_owned(), "raw".to_owned()]);
    assert_eq!(
        with_options(&build, "top", stale, &world),
        ["top: complete"]
    );
    world.stale.insert("low".to_owned());
    world.complete.insert("raw".to_owned());
    // What needs it is made again, with all that this needs.
    assert_eq!(
        with_options(&build, "all", stale, &world),
        [
            "raw: complete stale",
            "low: run stale raw",
            "beside: run",
            "kinds: group low",
            "mid: run stale kinds beside",
            "extra: complete stale",
            "top: run stale mid (extra)",
            "other: complete",
            "all: group top other",
        ]
    );
    assert_eq!(
        with_options(&build, "top", Options::default(), &world),
        ["top: complete"]
    );
    world.unfinished.insert("mid".to_owned());
    assert_eq!(
        with_options(&build, "top", stale, &world),
        ["top: complete"]
    );
}
