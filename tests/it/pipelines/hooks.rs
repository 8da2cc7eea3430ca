//! Deliveries of forges, signed by Python's `hmac`, to the ends of the runs that they start.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::git::Upstream;
use super::own_project::OwnProject;
use super::served::Server;
use crate::support::signed;

const SECRET: &str = "It's a Secret to Everybody";
const BEFORE: &str = "95790bf891e76fee5e1747ab589903a6a1f80f22";

fn push(name: &str, commit: &str) -> Value {
    json!({
        "ref": name, "before": BEFORE, "after": commit, "created": false, "deleted": false,
        "forced": false, "head_commit": {"id": commit},
        "repository": {"full_name": "o/r", "clone_url": "https://example.com/o/r.git"},
        "commits": [{"id": commit, "added": [], "modified": ["src/x.rs"], "removed": []}],
    })
}

struct Hook<'s> {
    server: &'s Server,
    path: &'static str,
}

impl Hook<'_> {
    async fn send(&self, id: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string().into_bytes();
        let signature = signed("github", SECRET, &body);
        self.send_signed(id, &signature, body).await
    }

    async fn send_signed(&self, id: &str, signature: &str, body: Vec<u8>) -> (u16, Value) {
        let headers = [
            ("X-GitHub-Event", "push"),
            ("X-GitHub-Delivery", id),
            ("X-Hub-Signature-256", signature),
            ("Content-Type", "application/json"),
        ];
        self.server.deliver(self.path, &headers, body).await
    }
}

async fn serve(project: &OwnProject, more: Value) -> Server {
    let secrets = project.path("secrets.yaml");
    fs::write(&secrets, format!("HOOK: \"{SECRET}\"\nTOKEN: x\n")).unwrap();
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    let mut settings = more;
    settings["git_file"] = json!(true);
    settings["secrets_file"] = json!(secrets.display().to_string());
    Server::start(project, "settings", settings).await
}

const FILE: &str = "
project: small
secrets: [HOOK]
tasks:
  test:
    params: [commit]
    outputs: ['out/{commit}.txt']
    run: cat ci/version > $OUT
  slow:
    params: []
    run: while [ ! -e go ]; do sleep 0.02; done
  nightly:
    params: {date: {type: date}}
    run: echo $date
triggers:
  push: {webhook: github, secret: HOOK, branches: [main, 'release/*'], run: test}
  code: {webhook: github, secret: HOOK, paths: ['docs/**'], run: test}
  still: {webhook: github, secret: HOOK, run: test, paused: true}
  line: {webhook: github, secret: HOOK, run: slow, overlap: queue}
  day: {webhook: gitea, secret: HOOK, events: [release], run: nightly, with: {date: '{fire-1d}'}}
  other: {cron: '0 3 * * *', run: nightly, with: {date: '{fire-1d}'}}
";

#[tokio::test]
async fn a_push_runs_the_tests_of_its_commit_once() {
    let project = OwnProject::with("");
    let upstream = Upstream::new(&project);
    let first = upstream.commit("first", FILE);
    let bare = project.path("bare.git").display().to_string();
    upstream.git(&["clone", "-q", "--bare", ".", &bare]);
    project.write(
        "project.yaml",
        &format!("project: small\nsecrets: [TOKEN]\nsource: {{git: 'file://{bare}'}}\n"),
    );
    let server = serve(&project, json!({})).await;
    let hook = Hook {
        server: &server,
        path: "/v1/hooks/small/push",
    };
    // The triggers are known once the repository was fetched.
    crate::support::wait_for("the commit is known", async || {
        let (_, view) = server.get("/v1/projects/small").await;
        (view["commit"] == first).then_some(())
    })
    .await;
    let pushed = upstream.commit("second", FILE);
    upstream.git(&["push", "-q", &bare, "main"]);
    upstream.commit("third", FILE);
    upstream.git(&["push", "-q", &bare, "main"]);
    let body = push("refs/heads/main", &pushed);
    let (status, answer) = hook.send("d1", &body).await;
    assert_eq!(status, 202, "{answer}");
    let run = answer["run"].as_str().unwrap().to_owned();
    let ended = server.wait_until_run_ended(&run).await;
    assert_eq!(
        (&ended["state"], &ended["commit"]),
        (&json!("succeeded"), &json!(pushed))
    );
    assert_eq!(
        (&ended["trigger"], &ended["started_by"]),
        (&json!("push"), &json!("github"))
    );
    assert_eq!(project.read(&format!("out/{pushed}.txt")), "second\n");
    let renamed = FILE
        .replace("  test:", "  check:")
        .replace("run: test}", "run: check}");
    let renamed = renamed.replace("run: test,", "run: check,");
    let renaming = upstream.commit("renamed", &renamed);
    upstream.git(&["push", "-q", &bare, "main"]);
    let (status, answer) = hook.send("d9", &push("refs/heads/main", &renaming)).await;
    assert_eq!(status, 202, "{answer}");
    let ended = server
        .wait_until_run_ended(answer["run"].as_str().unwrap())
        .await;
    assert_eq!(ended["request"]["targets"][0]["task"], "check", "{ended}");
    // What was pushed later is known, too.
    crate::support::wait_for("the newest commit is known", async || {
        let (_, view) = server.get("/v1/projects/small").await;
        (view["commit"] == renaming).then_some(())
    })
    .await;

    // Again: the same run, also at the same moment. With another commit it is refused.
    for _ in 0..3 {
        assert_eq!(hook.send("d1", &body).await, (200, json!({"run": run})));
    }
    let both = tokio::join!(hook.send("d2", &body), hook.send("d2", &body));
    assert_eq!(both.0.1["run"], both.1.1["run"], "{both:?}");
    let (status, answer) = hook.send("d1", &push("refs/heads/main", &first)).await;
    assert_eq!(status, 422, "{answer}");

    for (name, commit, reason) in [
        (
            "refs/heads/feature",
            pushed.as_str(),
            "does not count branch feature",
        ),
        ("refs/tags/v1", &pushed, "does not count tag v1"),
        (
            "refs/heads/main",
            "0000000000000000000000000000000000000000",
            "branch main was deleted",
        ),
        (
            "refs/heads/--upload-pack=touch x",
            &pushed,
            "is not used as the name of a branch",
        ),
        (
            "refs/heads/$(id)",
            &pushed,
            "is not used as the name of a branch",
        ),
        (
            "refs/heads/../x",
            &pushed,
            "is not used as the name of a branch",
        ),
    ] {
        let (status, answer) = hook.send(name, &push(name, commit)).await;
        let ignored = answer["ignored"].as_str().unwrap_or_default();
        assert!(
            status == 200 && ignored.contains(reason),
            "{status} {answer}"
        );
    }
    let (status, answer) = hook
        .send("d3", &push("refs/heads/main", &"1".repeat(40)))
        .await;
    assert_eq!(status, 422, "{answer}");
    for (path, expected) in [
        ("/v1/hooks/small/code", "changed paths"),
        ("/v1/hooks/small/still", "paused"),
    ] {
        let hook = Hook {
            server: &server,
            path,
        };
        let (status, answer) = hook.send("d4", &body).await;
        assert_eq!(status, 200);
        assert!(
            answer["ignored"].as_str().unwrap().contains(expected),
            "{answer}"
        );
    }
    for path in [
        "/v1/hooks/small/other",
        "/v1/hooks/small/none",
        "/v1/hooks/none/push",
    ] {
        let hook = Hook {
            server: &server,
            path,
        };
        assert_eq!(hook.send("d5", &body).await.0, 404);
    }
    let (_, runs) = server.get("/v1/runs?project=small&trigger=push").await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 3, "{runs}");
}

#[tokio::test]
async fn deliveries_of_others_are_refused() {
    let project = OwnProject::with(&FILE.replace("project: small\n", ""));
    let server = serve(&project, json!({})).await;
    let hook = Hook {
        server: &server,
        path: "/v1/hooks/small/push",
    };
    let body = push("refs/heads/main", BEFORE).to_string().into_bytes();
    let good = signed("github", SECRET, &body);
    for bad in [
        String::new(),
        "sha256=".to_owned(),
        good[..good.len() - 1].to_owned(),
        good.to_uppercase(),
        good["sha256=".len()..].to_owned(),
        format!("sha256={}", good["sha256=".len()..].to_uppercase()),
        signed("github", "another", &body),
        signed("github", SECRET, b"another body"),
    ] {
        let (status, answer) = hook.send_signed("d1", &bad, body.clone()).await;
        assert_eq!(status, 401, "{bad}: {answer}");
    }
    let (_, audit) = server.get("/v1/audit?operation=receive_hook").await;
    let refused = audit["calls"].as_array().unwrap();
    assert!(
        refused.iter().any(|call| call["what"] == "small/push"),
        "{audit}"
    );
    let large = vec![b' '; 30 << 20];
    let (status, _) = hook.send_signed("d1", &good, large).await;
    assert_eq!(status, 413);
    let (status, answer) = hook
        .send_signed("d1", &signed("github", SECRET, b"{"), b"{".to_vec())
        .await;
    assert_eq!(status, 422, "{answer}");
    // A project that does not come from git: the commit is a value.
    let (status, answer) = hook.send_signed("d1", &good, body).await;
    assert_eq!(status, 202, "{answer}");
    let run = server
        .wait_until_run_ended(answer["run"].as_str().unwrap())
        .await;
    assert_eq!(
        run["request"]["targets"][0]["params"]["commit"], BEFORE,
        "{run}"
    );

    let body = json!({"action": "published"}).to_string().into_bytes();
    let signature = signed("gitea", SECRET, &body);
    let headers = [
        ("X-Gitea-Event", "release"),
        ("X-Gitea-Delivery", "r1"),
        ("X-Gitea-Signature", &signature),
    ];
    let (status, answer) = server.deliver("/v1/hooks/small/day", &headers, body).await;
    assert_eq!(status, 202, "{answer}");
    let run = server
        .wait_until_run_ended(answer["run"].as_str().unwrap())
        .await;
    let yesterday = chrono::Utc::now()
        .date_naive()
        .pred_opt()
        .unwrap()
        .to_string();
    assert_eq!(
        run["request"]["targets"][0]["params"]["date"], yesterday,
        "{run}"
    );
}

#[tokio::test]
async fn a_delivery_waits_for_the_run_of_an_earlier_one() {
    let project = OwnProject::with(&FILE.replace("project: small\n", ""));
    let server = serve(&project, json!({})).await;
    let hook = Hook {
        server: &server,
        path: "/v1/hooks/small/line",
    };
    let body = push("refs/heads/main", BEFORE);
    let (status, first) = hook.send("d1", &body).await;
    assert_eq!((status, first["run"].is_string()), (202, true), "{first}");
    let (status, waits) = hook.send("d2", &body).await;
    assert_eq!((status, waits["fire"].is_string()), (202, true), "{waits}");
    assert_eq!(hook.send("d2", &body).await, (202, waits));
    project.write("go", "");
    let later = crate::support::wait_for("the later run starts", async || {
        let (status, answer) = hook.send("d2", &body).await;
        (status == 200).then_some(answer)
    })
    .await;
    assert_ne!(later["run"], first["run"]);
    let run = server
        .wait_until_run_ended(later["run"].as_str().unwrap())
        .await;
    assert_eq!(run["state"], "succeeded", "{run}");
}
