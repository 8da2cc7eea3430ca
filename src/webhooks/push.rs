//! What GitHub and Gitea send: bodies of the same form, below headers of different names.

use std::collections::BTreeSet;

use http::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::commit::CommitId;
use super::delivery::{Change, Content, Delivery, Subject};
use super::header;
use super::ref_name;
use super::refused::Refused;

/// Commits in a delivery of GitHub, which does not say that there are more.
const GITHUB_COMMITS_MAX: usize = 2_048;

/// In what two forges differ.
pub(super) struct Names {
    event: &'static str,
    /// Another header with a name of the event.
    event_type: Option<&'static str>,
    delivery: &'static str,
}

pub(super) const GITHUB: Names = Names {
    event: "x-github-event",
    event_type: None,
    delivery: "x-github-delivery",
};

pub(super) const GITEA: Names = Names {
    event: "x-gitea-event",
    event_type: Some("x-gitea-event-type"),
    delivery: "x-gitea-delivery",
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    r#ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    deleted: Option<bool>,
    forced: Option<bool>,
    commits: Option<Vec<CommitPaths>>,
    total_commits: Option<u64>,
    head_commit: Option<Head>,
    action: Option<String>,
    pull_request: Option<PullRequest>,
    repository: Option<Repository>,
}

/// The paths of a commit; forges that do not say them leave them out.
#[derive(Deserialize)]
pub(super) struct CommitPaths {
    added: Option<Vec<String>>,
    modified: Option<Vec<String>>,
    removed: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Head {
    id: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    r#ref: Option<String>,
    sha: Option<String>,
    repo: Option<Repository>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: Option<String>,
    clone_url: Option<String>,
    ssh_url: Option<String>,
    html_url: Option<String>,
}

pub(super) fn read(
    names: &Names,
    headers: &HeaderMap,
    json: &[u8],
    digest: String,
) -> Result<Delivery, Refused> {
    let event = header::optional_text(headers, names.event)?;
    let event = event.ok_or(Refused::Missing(names.event))?;
    let mut events = vec![event.to_owned()];
    if let Some(name) = names.event_type
        && let Some(name) = header::optional_text(headers, name)?
        && name != event
    {
        events.push(name.to_owned());
    }
    let id = header::optional_text(headers, names.delivery)?;
    let body: Body = parse(json)?;
    let repository = body.repository.as_ref();
    let urls = repository.map(|repository| {
        let urls = [
            &repository.clone_url,
            &repository.ssh_url,
            &repository.html_url,
        ];
        urls.into_iter().flatten().cloned().collect()
    });
    Ok(Delivery {
        id: id.map_or_else(|| id_of(&digest), str::to_owned),
        digest,
        events,
        repository_urls: urls.unwrap_or_default(),
        content: content(event, &body)?,
    })
}

/// Of a delivery without an id: the same body counts once.
pub(super) fn id_of(digest: &str) -> String {
    format!("sha256:{digest}")
}

/// Unknown keys are left alone: forges add some with each version.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(json)
        // The message could quote what was sent.
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let problem = match error.is_data() {
                true => "is not what this forge sends",
                false => "is not JSON",
            };
            Refused::Body(format!("{problem}: line {line}, column {column}"))
        })
}

fn content(event: &str, body: &Body) -> Result<Content, Refused> {
    match event {
        "ping" => Ok(Content::Nothing("a ping".to_owned())),
        "push" => push(body),
        "pull_request" => Ok(pull_request(body)),
        _ => Ok(Content::Other),
    }
}

fn push(body: &Body) -> Result<Content, Refused> {
    let missing = |key| Refused::Body(format!("of a push has no {key}"));
    let written = body.r#ref.as_deref().ok_or_else(|| missing("ref"))?;
    let after = body.after.as_deref().ok_or_else(|| missing("after"))?;
    let subject = match ref_name::read_ref(written) {
        Ok(subject) => subject,
        Err(problem) => return Ok(Content::Nothing(problem)),
    };
    if body.deleted == Some(true) || is_none(after) {
        return Ok(Content::Nothing(deleted(&subject)));
    }
    // `after` of a tag with a text is the id of the tag.
    let head = body
        .head_commit
        .as_ref()
        .and_then(|head| head.id.as_deref());
    let commit = match subject {
        Subject::Tag(_) => head.unwrap_or(after),
        Subject::Branch(_) | Subject::Request(_) => after,
    };
    let commit = CommitId::parse(commit).ok_or_else(not_a_commit)?;
    let is_new = body.before.as_deref().is_none_or(is_none);
    let commits = body.commits.as_deref();
    let are_all = |commits: &&[CommitPaths]| {
        let number = commits.len() as u64;
        let is_cut = commits.len() >= GITHUB_COMMITS_MAX
            || body.total_commits.is_some_and(|total| total > number);
        // What a forced push takes back is in no commit of it; one without commits may be one.
        !is_cut && body.forced != Some(true) && !(is_new && commits.is_empty())
    };
    let paths = commits.filter(are_all).and_then(paths);
    Ok(Content::Change(Change {
        subject,
        commit,
        paths,
    }))
}

fn pull_request(body: &Body) -> Content {
    let Some(request) = &body.pull_request else {
        return Content::Other;
    };
    let action = body.action.as_deref().unwrap_or_default();
    // Those after which there is another commit to look at.
    if !["opened", "reopened", "synchronize", "synchronized"].contains(&action) {
        return Content::Nothing(format!("a pull request that was {}", word(action)));
    }
    let name = |side: &Side| side.repo.as_ref().and_then(|repo| repo.full_name.clone());
    let (head, base) = (name(&request.head), name(&request.base));
    if head.is_none() || head != base {
        return Content::Nothing("a pull request from another repository".to_owned());
    }
    request_content(request.base.r#ref.as_deref(), request.head.sha.as_deref())
}

/// A request to merge a commit into a branch.
pub(super) fn request_content(base: Option<&str>, commit: Option<&str>) -> Content {
    let branch = match ref_name::read_branch(base.unwrap_or_default()) {
        Ok(branch) => branch,
        Err(problem) => return Content::Nothing(problem),
    };
    match commit.and_then(CommitId::parse) {
        Some(commit) => Content::Change(Change {
            subject: Subject::Request(branch),
            commit,
            paths: None,
        }),
        None => Content::Nothing("a request without a commit".to_owned()),
    }
}

/// `None`: a commit does not say its paths.
pub(super) fn paths(commits: &[CommitPaths]) -> Option<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    for commit in commits {
        let lists = [&commit.added, &commit.modified, &commit.removed];
        if lists.iter().all(|list| list.is_none()) {
            return None;
        }
        paths.extend(lists.into_iter().flatten().flatten().cloned());
    }
    Some(paths)
}

pub(super) fn deleted(subject: &Subject) -> String {
    match subject {
        Subject::Tag(name) => format!("tag {name} was deleted"),
        Subject::Branch(name) | Subject::Request(name) => format!("branch {name} was deleted"),
    }
}

pub(super) fn not_a_commit() -> Refused {
    Refused::Body("names no commit; expected 40 or 64 hexadecimal digits".to_owned())
}

/// Whether a text is the number that stands for no commit.
pub(super) fn is_none(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte == b'0')
}

/// A word of a forge, as far as it can be shown.
pub(super) fn word(text: &str) -> &str {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    match text.len() <= 40 && text.bytes().all(is_word) && !text.is_empty() {
        true => text,
        false => "changed",
    }
}
