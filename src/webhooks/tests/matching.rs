use serde_json::json;

use super::bodies::*;
use super::*;

/// `events`, `branches`, `tags`, `paths`, separated by blanks.
fn decide(delivery: &Delivery, lists: [&str; 4]) -> Result<Option<String>, String> {
    let lists = lists.map(|list| {
        list.split_whitespace()
            .map(|pattern| Pattern::parse(pattern).unwrap())
            .collect()
    });
    let [events, branches, tags, paths] = lists;
    let filter = Filter {
        events,
        branches,
        tags,
        paths,
    };
    match filter.decide(delivery) {
        Decision::Counts(commit) => Ok(commit.map(|commit| commit.to_string())),
        Decision::Ignored(reason) => Err(reason),
    }
}

#[test]
fn what_a_trigger_names_counts() {
    let push = read_github("push", &github_push());
    let tag = read_github("push", &github_tag());
    let request = github_request("opened", "Codertocat/Hello-World");
    let request = read_github("pull_request", &request);
    let gitlab_tag = read_gitlab("Tag Push Hook", &gitlab_tag());
    let other = read_github("release", &json!({"action": "published"}));
    let gone = read_github("push", &github_deleted("refs/heads/main"));
    let yes = Ok(Some(AFTER.to_owned()));
    for (delivery, lists) in [
        (&push, ["", "", "", ""]),
        (&push, ["push", "main", "", ""]),
        (&push, ["pu* x", "release/* ma*", "", ""]),
        (&push, ["", "main", "v*", ""]),
        (&push, ["", "", "", "src/**"]),
        (&push, ["", "", "", ".github/* x"]),
        (&tag, ["", "", "v*", ""]),
        (&tag, ["push", "main", "v1.?", "src/**"]),
        (&request, ["", "", "", ""]),
        (&request, ["pull_request", "main", "", "src/**"]),
        (&gitlab_tag, ["push", "", "v*", ""]),
        (&gitlab_tag, ["tag_push", "", "v*", ""]),
    ] {
        assert_eq!(decide(delivery, lists), yes, "{lists:?}");
    }
    assert_eq!(decide(&other, ["release", "", "", ""]), Ok(None));
    for (delivery, lists, expected) in [
        (
            &push,
            ["pull_request", "", "", ""],
            "does not count the event push",
        ),
        (
            &push,
            ["", "release/*", "", ""],
            "does not count branch main",
        ),
        (&push, ["", "", "v*", ""], "does not count branch main"),
        (
            &push,
            ["", "", "", "tests/** *.md"],
            "none of the changed paths",
        ),
        (&tag, ["", "", "", ""], "does not count tag v1.2"),
        (&tag, ["", "**", "w*", ""], "does not count tag v1.2"),
        (
            &request,
            ["", "release/*", "", ""],
            "does not count branch main",
        ),
        (&other, ["", "", "", ""], "names no commit"),
        (&gone, ["push", "main", "", ""], "branch main was deleted"),
    ] {
        let reason = decide(delivery, lists).unwrap_err();
        assert!(reason.contains(expected), "{lists:?}: {reason}");
    }
}

#[test]
fn paths_that_are_not_known_may_be_meant() {
    let mut body = github_push();
    body["forced"] = json!(true);
    let forced = read_github("push", &body);
    assert!(decide(&forced, ["", "", "", "tests/**"]).is_ok());
}

#[test]
fn patterns_that_are_wrong_are_named() {
    let error = Pattern::parse("a**").unwrap_err();
    assert!(error.starts_with("invalid pattern"), "{error}");
}
