use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bodies::*;
use super::*;

fn change(delivery: &Delivery) -> &Change {
    match &delivery.content {
        Content::Change(change) => change,
        content => panic!("{content:?}"),
    }
}

fn nothing(delivery: &Delivery) -> &str {
    match &delivery.content {
        Content::Nothing(reason) => reason,
        content => panic!("{content:?}"),
    }
}

fn paths(list: &[&str]) -> Option<BTreeSet<String>> {
    Some(list.iter().map(|path| (*path).to_owned()).collect())
}

#[test]
fn a_push_names_its_branch_its_commit_and_its_paths() {
    let delivery = read_github("push", &github_push());
    assert_eq!(delivery.id, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(delivery.events, ["push"]);
    assert_eq!(delivery.digest.len(), 64);
    assert_eq!(
        delivery.repository_urls[0],
        "https://github.com/Codertocat/Hello-World.git"
    );
    assert_eq!(
        *change(&delivery),
        Change {
            subject: Subject::Branch("main".to_owned()),
            commit: CommitId::parse(AFTER).unwrap(),
            paths: paths(&["docs/a.md", "src/x.rs", ".github/old.yml"]),
        }
    );

    let delivery = read_gitlab("Push Hook", &gitlab_push());
    assert_eq!(delivery.id, "f5e5f430-f57b-4e6e-9fac-d9128cd7232f");
    assert_eq!(delivery.events, ["push", "Push Hook"]);
    assert_eq!(
        delivery.repository_urls[1],
        "git@example.com:mike/diaspora.git"
    );
    let found = change(&delivery);
    assert_eq!(found.subject, Subject::Branch("main".to_owned()));
    let expected = paths(&["CHANGELOG", "README.md", "app/controller/application.rb"]);
    assert_eq!(found.paths, expected);

    let delivery = read_gitea("push", &gitea_push());
    assert_eq!(delivery.id, "f6266f16-1bf3-46a5-9ea4-602e06ead473");
    let found = change(&delivery);
    assert_eq!(found.subject, Subject::Branch("develop".to_owned()));
    assert_eq!(found.paths, paths(&["a.txt"]));
}

#[test]
fn a_tag_is_followed_to_its_commit() {
    let delivery = read_github("push", &github_tag());
    assert_eq!(change(&delivery).subject, Subject::Tag("v1.2".to_owned()));
    assert_eq!(change(&delivery).commit.as_str(), AFTER);
    let delivery = read_gitlab("Tag Push Hook", &gitlab_tag());
    assert_eq!(change(&delivery).subject, Subject::Tag("v1.0.0".to_owned()));
    assert_eq!(change(&delivery).commit.as_str(), AFTER);
    assert_eq!(delivery.events, ["tag_push", "Tag Push Hook", "push"]);
}

#[test]
fn what_was_deleted_starts_nothing() {
    let delivery = read_github("push", &github_deleted("refs/heads/old"));
    assert_eq!(nothing(&delivery), "branch old was deleted");
    let delivery = read_github("push", &github_deleted("refs/tags/v1"));
    assert_eq!(nothing(&delivery), "tag v1 was deleted");
    let mut body = gitlab_push();
    body["after"] = json!(ZEROS);
    body["checkout_sha"] = Value::Null;
    let delivery = read_gitlab("Push Hook", &body);
    assert_eq!(nothing(&delivery), "branch main was deleted");
}

#[test]
fn lists_of_paths_that_may_be_cut_are_unknown() {
    let mut cases = Vec::new();
    for (key, value) in [
        ("forced", json!(true)),
        ("commits", Value::Null),
        ("commits", json!([{"id": AFTER}])),
        ("total_commits", json!(3)),
    ] {
        let mut body = github_push();
        body[key] = value;
        cases.push(read_github("push", &body));
    }
    let mut new = github_push();
    new["before"] = json!(ZEROS);
    new["commits"] = json!([]);
    cases.push(read_github("push", &new));
    for (key, value) in [
        ("total_commits_count", json!(21)),
        ("commits", json!([])),
        ("before", json!(ZEROS)),
    ] {
        let mut body = gitlab_push();
        body[key] = value;
        cases.push(read_gitlab("Push Hook", &body));
    }
    for case in &cases {
        assert_eq!(change(case).paths, None);
    }
}

#[test]
fn a_request_names_its_head_unless_it_comes_from_elsewhere() {
    let own = "Codertocat/Hello-World";
    for action in ["opened", "reopened", "synchronize", "synchronized"] {
        let delivery = read_github("pull_request", &github_request(action, own));
        assert_eq!(
            change(&delivery).subject,
            Subject::Request("main".to_owned())
        );
        assert_eq!(change(&delivery).commit.as_str(), AFTER);
    }
    let delivery = read_github("pull_request", &github_request("closed", own));
    assert_eq!(nothing(&delivery), "a pull request that was closed");
    let delivery = read_github(
        "pull_request",
        &github_request("opened", "else/Hello-World"),
    );
    assert_eq!(nothing(&delivery), "a pull request from another repository");
    let mut gone = github_request("opened", own);
    gone["pull_request"]["head"]["repo"] = Value::Null;
    let delivery = read_github("pull_request", &gone);
    assert_eq!(nothing(&delivery), "a pull request from another repository");

    for (action, oldrev) in [("open", None), ("reopen", None), ("update", Some(BEFORE))] {
        let delivery = read_gitlab("Merge Request Hook", &gitlab_request(action, oldrev, 1));
        assert_eq!(
            change(&delivery).subject,
            Subject::Request("main".to_owned())
        );
    }
    for (action, oldrev, source) in [("update", None, 1), ("merge", None, 1), ("open", None, 2)] {
        let body = gitlab_request(action, oldrev, source);
        nothing(&read_gitlab("Merge Request Hook", &body));
    }
}

#[test]
fn a_ping_starts_nothing() {
    let body = json!({"zen": "Design for failure.", "hook_id": 1, "hook": {"type": "Repository"}});
    assert_eq!(nothing(&read_github("ping", &body)), "a ping");
}

#[test]
fn a_form_holds_the_same_body() {
    let json = github_push().to_string();
    let payload: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
    let form = format!("payload={payload}").into_bytes();
    let mut with = github("push", &form);
    let kind = "application/x-www-form-urlencoded";
    with.insert("content-type", kind.parse().unwrap());
    let delivery = verify(Forge::Github, SECRET, &with, &form, NOW).unwrap();
    assert_eq!(
        delivery.content,
        read_github("push", &github_push()).content
    );

    // Gitea signs the payload and not the form.
    let json = gitea_push().to_string();
    let payload: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
    let form = format!("payload={payload}").into_bytes();
    let mut with = gitea("push", json.as_bytes());
    with.insert("content-type", kind.parse().unwrap());
    let delivery = verify(Forge::Gitea, SECRET, &with, &form, NOW).unwrap();
    assert_eq!(delivery.content, read_gitea("push", &gitea_push()).content);
}

#[test]
fn names_that_only_an_attack_has_start_nothing() {
    for name in ["--upload-pack=touch x", "$(id)", "../x", "a/../../b"] {
        let mut body = github_push();
        body["ref"] = json!(format!("refs/heads/{name}"));
        let delivery = read_github("push", &body);
        assert!(nothing(&delivery).starts_with('`'), "{delivery:?}");
        let mut body = gitlab_push();
        body["ref"] = json!(format!("refs/heads/{name}"));
        nothing(&read_gitlab("Push Hook", &body));
        let mut body = gitlab_request("open", None, 1);
        body["object_attributes"]["target_branch"] = json!(name);
        nothing(&read_gitlab("Merge Request Hook", &body));
    }
}

#[test]
fn what_names_no_commit_is_refused() {
    for commit in ["main", "HEAD", "--upload-pack=x", "$(id)", "da15608", ""] {
        let mut body = github_push();
        body["after"] = json!(commit);
        let body = body.to_string().into_bytes();
        let refused = verify(Forge::Github, SECRET, &github("push", &body), &body, NOW);
        let refused = refused.unwrap_err();
        assert!(!refused.is_unauthorized());
        assert!(refused.to_string().contains("names no commit"), "{refused}");
    }
}

#[test]
fn other_bodies_are_refused() {
    let mut wrong = github_push();
    wrong["ref"] = json!(5);
    let deep = "[".repeat(100_000);
    for body in [
        b"".as_slice(),
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{\"ref\": \"\xff\"}",
        b"{}",
        deep.as_bytes(),
        wrong.to_string().as_bytes(),
    ] {
        let refused = verify(Forge::Github, SECRET, &github("push", body), body, NOW);
        assert!(matches!(refused, Err(Refused::Body(_))), "{refused:?}");
        let refused = verify(Forge::Gitlab, SECRET, &gitlab("Push Hook"), body, NOW);
        let is_other = matches!(&refused, Ok(one) if one.content == Content::Other);
        assert!(
            is_other || matches!(refused, Err(Refused::Body(_))),
            "{refused:?}"
        );
    }
}
