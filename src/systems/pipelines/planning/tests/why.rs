//! What keeps an instance of a plan.

use super::*;

#[test]
fn the_input_at_the_end_of_a_chain_is_named() {
    let build = Build::new([
        task("input").input(true),
        task("low").needs("input", &[]),
        task("group").group().needs("low", &[]),
        task("first"),
        task("mid").needs("first", &[]).needs("group", &[]),
        task("top").needs("mid", &[]),
        task("many").needs("first", &[]).needs("other", &[]),
        task("other"),
    ]);
    let waiting = plan(&build, "top", &[], &World::default());
    let sentence = "top needs input, which waits for out/input, which others make";
    assert_eq!(waiting.why_sentence(waiting.targets[0]), sentence);
    let below = waiting.why(waiting.targets[0]);
    assert!(
        matches!(&below[..], [Because::Upstream { missing, .. }, Because::Requirement { .. }]
            if missing == "out/input"),
        "{below:?}"
    );
    // What others make is not missing where nobody waits for it.
    let made = plan(&build, "top", &[], &world(&["input"]));
    assert_eq!(
        made.why_sentence(made.targets[0]),
        "top waits for mid, which is not made yet"
    );
    let many = plan(&build, "many", &[], &World::default());
    assert_eq!(
        many.why_sentence(many.targets[0]),
        "many waits for first, which is not made yet, and 1 more"
    );
}
