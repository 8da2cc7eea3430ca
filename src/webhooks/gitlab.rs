//! What GitLab sends.

use http::HeaderMap;
use serde::Deserialize;

use super::commit::CommitId;
use super::delivery::{Change, Content, Delivery, Subject};
use super::header;
use super::push::{self, CommitPaths};
use super::ref_name;
use super::refused::Refused;

const EVENT: &str = "x-gitlab-event";
/// The same in each attempt to deliver it.
const DELIVERY: &str = "idempotency-key";
/// Shared by hooks that follow from each other; older versions send nothing else.
const EVENT_ID: &str = "x-gitlab-event-uuid";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    object_kind: Option<String>,
    event_name: Option<String>,
    r#ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    checkout_sha: Option<String>,
    commits: Option<Vec<CommitPaths>>,
    total_commits_count: Option<u64>,
    object_attributes: Option<Request>,
    project: Option<Project>,
    repository: Option<Project>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    action: Option<String>,
    /// There where the request has other commits than before.
    oldrev: Option<String>,
    target_branch: Option<String>,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    last_commit: Option<LastCommit>,
}

#[derive(Deserialize)]
struct LastCommit {
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Project {
    git_http_url: Option<String>,
    git_ssh_url: Option<String>,
    web_url: Option<String>,
}

/// `signed_id` is that of a delivery with a signature.
pub(super) fn read(
    headers: &HeaderMap,
    signed_id: Option<&str>,
    json: &[u8],
    digest: String,
) -> Result<Delivery, Refused> {
    let title = header::optional_text(headers, EVENT)?.ok_or(Refused::Missing(EVENT))?;
    let id = match signed_id {
        Some(id) => Some(id),
        None => match header::optional_text(headers, DELIVERY)? {
            Some(id) => Some(id),
            None => header::optional_text(headers, EVENT_ID)?,
        },
    };
    let body: Body = push::parse(json)?;
    let kind = body.object_kind.as_deref().or(body.event_name.as_deref());
    let kind = kind.map(push::word).unwrap_or_default();
    let mut events = vec![kind.to_owned(), title.to_owned()];
    if kind == "tag_push" {
        // As other forges call it.
        events.push("push".to_owned());
    }
    events.retain(|event| !event.is_empty());
    let urls = [&body.project, &body.repository]
        .into_iter()
        .flatten()
        .flat_map(|project| {
            [
                &project.git_http_url,
                &project.git_ssh_url,
                &project.web_url,
            ]
        });
    let mut urls: Vec<String> = urls.flatten().cloned().collect();
    urls.dedup();
    Ok(Delivery {
        id: id.map_or_else(|| push::id_of(&digest), str::to_owned),
        digest,
        events,
        repository_urls: urls,
        content: content(kind, &body)?,
    })
}

fn content(kind: &str, body: &Body) -> Result<Content, Refused> {
    match kind {
        "push" | "tag_push" => change(body),
        "merge_request" => Ok(merge_request(body)),
        _ => Ok(Content::Other),
    }
}

fn change(body: &Body) -> Result<Content, Refused> {
    let missing = |key| Refused::Body(format!("of a push has no {key}"));
    let written = body.r#ref.as_deref().ok_or_else(|| missing("ref"))?;
    let after = body.after.as_deref().ok_or_else(|| missing("after"))?;
    let subject = match ref_name::read_ref(written) {
        Ok(subject) => subject,
        Err(problem) => return Ok(Content::Nothing(problem)),
    };
    if push::is_none(after) {
        return Ok(Content::Nothing(push::deleted(&subject)));
    }
    // `after` of a tag with a text is the id of the tag.
    let commit = body.checkout_sha.as_deref().unwrap_or(after);
    let commit = CommitId::parse(commit).ok_or_else(push::not_a_commit)?;
    let is_new = body.before.as_deref().is_none_or(push::is_none);
    let commits = body.commits.as_deref();
    let are_all = |commits: &&[CommitPaths]| {
        let number = commits.len() as u64;
        let is_cut = body.total_commits_count.is_none_or(|total| total > number);
        // Without commits it may be a push that takes some back.
        !is_cut && !is_new && !commits.is_empty()
    };
    let paths = match subject {
        Subject::Tag(_) => None,
        Subject::Branch(_) | Subject::Request(_) => commits.filter(are_all).and_then(push::paths),
    };
    Ok(Content::Change(Change {
        subject,
        commit,
        paths,
    }))
}

fn merge_request(body: &Body) -> Content {
    let Some(request) = &body.object_attributes else {
        return Content::Other;
    };
    let action = request.action.as_deref().unwrap_or_default();
    let has_commits = match action {
        "open" | "reopen" => true,
        "update" => request.oldrev.is_some(),
        _ => false,
    };
    if !has_commits {
        let reason = format!(
            "a merge request without other commits ({})",
            push::word(action)
        );
        return Content::Nothing(reason);
    }
    let is_own = request.source_project_id.is_some()
        && request.source_project_id == request.target_project_id;
    if !is_own {
        return Content::Nothing("a merge request from another project".to_owned());
    }
    let commit = request
        .last_commit
        .as_ref()
        .and_then(|commit| commit.id.as_deref());
    push::request_content(request.target_branch.as_deref(), commit)
}
