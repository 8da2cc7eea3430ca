//! What a forge is sent of a run: the state of its commit.

use std::collections::BTreeMap;

use entity::{RunState, pipeline_run};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::project::StatusCall;
use super::store::StatusSent;
use crate::fetch::Posted;
use crate::webhooks::Forge;

/// Letters of a description, of which forges keep no more.
const DESCRIPTION_MAX: usize = 140;

/// All that has a meaning in a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The call for a run. `page` is where people look at it.
pub(crate) fn call(
    call: &StatusCall,
    token: &str,
    run: &pipeline_run::Model,
    commit: &str,
    (sent, page): (StatusSent, Option<String>),
) -> Posted {
    let state = match sent {
        StatusSent::Started => None,
        StatusSent::Ended => Some(run.state),
    };
    let name = match &run.trigger_name {
        Some(trigger) => format!("audience/{}/{trigger}", run.project),
        None => format!("audience/{}", run.project),
    };
    let description = description(run, state);
    let api = call.api.trim_end_matches('/');
    let word = word(call.forge, state);
    match call.forge {
        Forge::Github | Forge::Gitea => {
            let repo: Vec<String> = call.repo.split('/').map(encoded).collect();
            let mut body = json!({"state": word, "context": name, "description": description});
            add_page(&mut body, page);
            let (accept, authorization) = match call.forge {
                Forge::Github => ("application/vnd.github+json", format!("Bearer {token}")),
                _ => ("application/json", format!("token {token}")),
            };
            Posted {
                url: format!("{api}/repos/{}/statuses/{commit}", repo.join("/")),
                headers: vec![
                    ("accept", accept.to_owned()),
                    ("authorization", authorization),
                ],
                body,
            }
        }
        Forge::Gitlab => {
            let mut body = json!({"state": word, "name": name, "description": description});
            add_page(&mut body, page);
            Posted {
                url: format!("{api}/projects/{}/statuses/{commit}", encoded(&call.repo)),
                headers: vec![("private-token", token.to_owned())],
                body,
            }
        }
    }
}

fn add_page(body: &mut Value, page: Option<String>) {
    if let Some(page) = page {
        body["target_url"] = json!(page);
    }
}

/// `None`: it has begun.
fn word(forge: Forge, state: Option<RunState>) -> &'static str {
    match (forge, state) {
        (Forge::Gitlab, None | Some(RunState::Queued | RunState::Running)) => "running",
        (_, None | Some(RunState::Queued | RunState::Running)) => "pending",
        (_, Some(RunState::Succeeded)) => "success",
        (Forge::Gitlab, Some(RunState::Failed)) => "failed",
        (_, Some(RunState::Failed)) => "failure",
        (Forge::Gitlab, Some(RunState::Cancelled)) => "canceled",
        (_, Some(RunState::Cancelled)) => "error",
    }
}

fn description(run: &pipeline_run::Model, state: Option<RunState>) -> String {
    let counts = match state {
        Some(_) => run.counts.as_deref().unwrap_or_default(),
        None => &run.planned,
    };
    let counts: BTreeMap<String, u64> = serde_json::from_str(counts).unwrap_or_default();
    let counts = counts.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let state = state.map_or("running", RunState::as_str);
    let text = format!("{state}: {}; run {}", counts.join(", "), run.id);
    text.chars().take(DESCRIPTION_MAX).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";

    fn run(state: RunState) -> pipeline_run::Model {
        pipeline_run::Model {
            id: "019ac1f0".to_owned(),
            project: "ci".to_owned(),
            version: String::new(),
            state,
            request: "{}".to_owned(),
            request_digest: String::new(),
            idempotency_key: None,
            trigger_name: Some("push".to_owned()),
            started_by: None,
            retry_of: None,
            planned: json!({"run": 3, "complete": 1}).to_string(),
            counts: Some(json!({"succeeded": 2, "failed": 1, "skipped": 0}).to_string()),
            commit_id: Some(COMMIT.to_owned()),
            status_due: None,
            status_sent: None,
            status_tries: 0,
            cancel_requested: false,
            created_at: 0,
            ended_at: None,
        }
    }

    fn of(forge: Forge, api: &str, repo: &str) -> StatusCall {
        StatusCall {
            forge,
            api: api.to_owned(),
            repo: repo.to_owned(),
            token: "TOKEN".to_owned(),
        }
    }

    #[test]
    fn each_forge_is_called_in_its_own_way() {
        let github = of(Forge::Github, "https://api.github.com/", "octo/hello");
        let page = Some("https://ci.example/v1/runs/019ac1f0".to_owned());
        let failed = run(RunState::Failed);
        let posted = call(&github, "t0ken", &failed, COMMIT, (StatusSent::Ended, page));
        let url = format!("https://api.github.com/repos/octo/hello/statuses/{COMMIT}");
        assert_eq!(posted.url, url);
        assert_eq!(
            posted.headers[1],
            ("authorization", "Bearer t0ken".to_owned())
        );
        assert_eq!(
            posted.body,
            json!({
                "state": "failure", "context": "audience/ci/push",
                "description": "failed: 1 failed, 2 succeeded; run 019ac1f0",
                "target_url": "https://ci.example/v1/runs/019ac1f0",
            })
        );

        let gitlab = of(
            Forge::Gitlab,
            "https://gitlab.example/api/v4",
            "group/sub/hello",
        );
        let started = (StatusSent::Started, None);
        let posted = call(&gitlab, "t0ken", &run(RunState::Succeeded), COMMIT, started);
        let project = "https://gitlab.example/api/v4/projects/group%2Fsub%2Fhello";
        assert_eq!(posted.url, format!("{project}/statuses/{COMMIT}"));
        assert_eq!(posted.headers, [("private-token", "t0ken".to_owned())]);
        assert_eq!(
            posted.body,
            json!({
                "state": "running", "name": "audience/ci/push",
                "description": "running: 1 complete, 3 run; run 019ac1f0",
            })
        );

        let gitea = of(Forge::Gitea, "http://git.local/api/v1", "a b/../c");
        let posted = call(
            &gitea,
            "t0ken",
            &run(RunState::Succeeded),
            COMMIT,
            (StatusSent::Ended, None),
        );
        assert_eq!(
            posted.url,
            format!("http://git.local/api/v1/repos/a%20b/../c/statuses/{COMMIT}")
        );
        assert_eq!(
            posted.headers[1],
            ("authorization", "token t0ken".to_owned())
        );
        assert_eq!(posted.body["state"], "success");
    }

    #[test]
    fn states_have_the_words_of_the_forge() {
        for (state, github, gitlab) in [
            (None, "pending", "running"),
            (Some(RunState::Succeeded), "success", "success"),
            (Some(RunState::Failed), "failure", "failed"),
            (Some(RunState::Cancelled), "error", "canceled"),
        ] {
            assert_eq!(word(Forge::Github, state), github);
            assert_eq!(word(Forge::Gitea, state), github);
            assert_eq!(word(Forge::Gitlab, state), gitlab);
        }
    }
}
