//! Bodies as the forges document them, without the parts about people.

use serde_json::{Value, json};

pub(super) const AFTER: &str = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";
pub(super) const BEFORE: &str = "95790bf891e76fee5e1747ab589903a6a1f80f22";
pub(super) const TAG: &str = "82b3d5ae55f7080f1e6022629cdb57bfae7cccc7";
pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000";

pub(super) fn github_push() -> Value {
    json!({
        "ref": "refs/heads/main", "before": BEFORE, "after": AFTER,
        "repository": {
            "id": 186853002, "full_name": "Codertocat/Hello-World", "private": false,
            "html_url": "https://github.com/Codertocat/Hello-World",
            "clone_url": "https://github.com/Codertocat/Hello-World.git",
            "ssh_url": "git@github.com:Codertocat/Hello-World.git",
        },
        "pusher": {"name": "Codertocat", "email": "x@users.noreply.github.com"},
        "created": false, "deleted": false, "forced": false, "base_ref": null,
        "compare": "https://github.com/Codertocat/Hello-World/compare/95790bf891e7...da1560886d4f",
        "commits": [
            {"id": BEFORE, "distinct": true, "added": ["docs/a.md"], "removed": [], "modified": ["src/x.rs"]},
            {"id": AFTER, "distinct": true, "added": [], "removed": [".github/old.yml"], "modified": []},
        ],
        "head_commit": {"id": AFTER, "added": [], "removed": [], "modified": []},
    })
}

pub(super) fn github_tag() -> Value {
    let mut body = github_push();
    body["ref"] = json!("refs/tags/v1.2");
    body["before"] = json!(ZEROS);
    body["after"] = json!(TAG);
    body["created"] = json!(true);
    body["base_ref"] = json!("refs/heads/main");
    body["commits"] = json!([]);
    body
}

pub(super) fn github_deleted(name: &str) -> Value {
    let mut body = github_push();
    body["ref"] = json!(name);
    body["after"] = json!(ZEROS);
    body["deleted"] = json!(true);
    body["commits"] = json!([]);
    body["head_commit"] = Value::Null;
    body
}

pub(super) fn github_request(action: &str, from: &str) -> Value {
    json!({
        "action": action, "number": 2,
        "pull_request": {
            "url": "https://api.github.com/repos/Codertocat/Hello-World/pulls/2", "state": "open",
            "head": {"label": "Codertocat:changes", "ref": "changes", "sha": AFTER, "repo": {"full_name": from}},
            "base": {"label": "Codertocat:main", "ref": "main", "sha": BEFORE,
                "repo": {"full_name": "Codertocat/Hello-World"}},
        },
        "repository": {"full_name": "Codertocat/Hello-World"},
    })
}

pub(super) fn gitlab_push() -> Value {
    json!({
        "object_kind": "push", "event_name": "push", "before": BEFORE, "after": AFTER,
        "ref": "refs/heads/main", "ref_protected": true, "checkout_sha": AFTER,
        "user_id": 4, "user_name": "John Smith", "project_id": 15,
        "project": {
            "id": 15, "name": "Diaspora", "web_url": "http://example.com/mike/diaspora",
            "git_ssh_url": "git@example.com:mike/diaspora.git",
            "git_http_url": "http://example.com/mike/diaspora.git",
            "path_with_namespace": "mike/diaspora", "default_branch": "main",
        },
        "repository": {"name": "Diaspora", "url": "git@example.com:mike/diaspora.git"},
        "commits": [
            {"id": BEFORE, "message": "Update Catalan translation to e38cb41.",
                "added": ["CHANGELOG"], "modified": ["app/controller/application.rb"], "removed": []},
            {"id": AFTER, "message": "fixed readme", "added": [], "modified": ["README.md"], "removed": []},
        ],
        "total_commits_count": 2, "push_options": {"ci": {"skip": true}},
    })
}

pub(super) fn gitlab_tag() -> Value {
    json!({
        "object_kind": "tag_push", "event_name": "tag_push", "before": ZEROS, "after": TAG,
        "ref": "refs/tags/v1.0.0", "checkout_sha": AFTER, "message": "Tag message", "project_id": 1,
        "project": {"git_http_url": "http://example.com/jsmith/example.git"},
        "commits": [], "total_commits_count": 0,
    })
}

pub(super) fn gitlab_request(action: &str, oldrev: Option<&str>, source: u64) -> Value {
    json!({
        "object_kind": "merge_request", "event_type": "merge_request",
        "project": {"id": 1, "web_url": "http://example.com/gitlabhq/gitlab-test"},
        "object_attributes": {
            "id": 93, "iid": 16, "target_branch": "main", "source_branch": "ms-viewport",
            "source_project_id": source, "target_project_id": 1, "state": "opened",
            "action": action, "oldrev": oldrev,
            "last_commit": {"id": AFTER, "title": "Update file README.md"},
        },
    })
}

pub(super) fn gitea_push() -> Value {
    json!({
        "ref": "refs/heads/develop", "before": BEFORE, "after": AFTER,
        "compare_url": "http://localhost:3000/gitea/webhooks/compare/95790...da156",
        "commits": [{"id": AFTER, "message": "Webhooks Yay!", "timestamp": "2017-03-13T13:52:11-04:00",
            "added": ["a.txt"], "removed": [], "modified": null}],
        "total_commits": 1,
        "head_commit": {"id": AFTER},
        "repository": {"id": 140, "full_name": "gitea/webhooks",
            "html_url": "http://localhost:3000/gitea/webhooks",
            "ssh_url": "ssh://gitea@localhost:2222/gitea/webhooks.git",
            "clone_url": "http://localhost:3000/gitea/webhooks.git"},
    })
}
