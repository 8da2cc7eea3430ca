//! A mapping: its text and its versions. It is changed only by somebody who has seen what is there.

use askama::Template;
use http::{Method, StatusCode, header};

use super::data::{Mapping, VersionPage, read};
use super::faults::{FaultRow, faults_of};
use super::room::ROOT;
use super::shown::{mapping_path, moment};
use super::upload_page::{accepted, tag_of};
use crate::http::{V1Answer, V1Call};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, find};

#[derive(Template)]
#[template(path = "systems/prediction/pages/mapping.html")]
struct MappingPage<'a> {
    frame: &'a Frame,
    /// `None`: it is new.
    known: Option<Known>,
    /// Where the form is sent.
    action: String,
    text: &'a str,
    tag: &'a str,
    fault: Option<String>,
    faults: Vec<FaultRow>,
    /// Somebody else has changed it: what is there now.
    others: Option<String>,
    /// An earlier version is shown.
    earlier: Option<i32>,
}

/// A mapping that is stored.
struct Known {
    name: String,
    version: i32,
    by: String,
    ago: Markup,
    exact: Markup,
    versions: Vec<VersionRow>,
    older: Option<String>,
    here: String,
    imports: String,
    new: String,
    remove: String,
    question: String,
    /// Of what is there, to remove it.
    tag: String,
}

struct VersionRow {
    version: i32,
    /// `None`: the mapping was removed then.
    href: Option<String>,
    by: String,
    ago: Markup,
    is_shown: bool,
}

/// What is in the form, and what was said to it.
#[derive(Default)]
struct Form {
    text: String,
    tag: String,
    status: Option<StatusCode>,
    fault: Option<String>,
    faults: Vec<FaultRow>,
    has_changed: bool,
    earlier: Option<i32>,
}

const BEGINNING: &str = "import: \ntables:\n  - into: \n    start: \n    columns:\n      \n";

pub(super) fn show_new(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = Form {
        text: BEGINNING.to_owned(),
        ..Form::default()
    };
    new_page(asked, form)
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (mapping, tag) = stored(asked, name).await?;
    let mut form = Form {
        text: mapping.text.clone(),
        tag: tag.clone(),
        ..Form::default()
    };
    if let Ok(version) = asked.parameter("version").parse::<i32>()
        && version != mapping.version
    {
        form.text = text_of(asked, name, version).await?;
        form.earlier = Some(version);
    }
    page(asked, (mapping, tag), form).await
}

/// Stores a new mapping under the name in its text.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let mut form = entered(asked).await?;
    let name = name_in(&form.text);
    if name.is_empty() {
        form.refuse(asked.frame.say("imports-name-needed"));
        return new_page(asked, form);
    }
    let uri = format!("/v1/mappings/{}", encoded(&name));
    if accepted(call(asked, Method::GET, &uri, "", "").await)?.is_ok() {
        form.refuse(asked.frame.words.with("imports-name-taken", "name", &name));
        form.status = Some(StatusCode::CONFLICT);
        return new_page(asked, form);
    }
    match accepted(call(asked, Method::PUT, &uri, "", &form.text).await)? {
        Ok(_) => Ok(asked.elsewhere(&mapping_path(&name))),
        Err(answer) => {
            form.refuse_text(&asked.frame, &answer);
            new_page(asked, form)
        }
    }
}

/// Stores another text.
pub(super) async fn change(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let mut form = entered(asked).await?;
    let uri = format!("/v1/mappings/{name}");
    let tag = form.tag.clone();
    let answer = match accepted(call(asked, Method::PUT, &uri, &tag, &form.text).await)? {
        Ok(_) => return Ok(asked.elsewhere(&format!("{ROOT}/mappings/{name}"))),
        Err(answer) => answer,
    };
    let known = stored(asked, name).await?;
    if answer.status == StatusCode::PRECONDITION_FAILED {
        form.changed(asked, &known.0);
        // Whoever sees now what is there may store another text after all.
        form.tag.clone_from(&known.1);
    } else {
        form.refuse_text(&asked.frame, &answer);
    }
    page(asked, known, form).await
}

/// Removes a mapping that has not changed since it was seen.
pub(super) async fn remove(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let tag = entered(asked).await?.tag;
    let uri = format!("/v1/mappings/{name}");
    match accepted(call(asked, Method::DELETE, &uri, &tag, "").await)? {
        Ok(_) => Ok(asked.elsewhere(&format!("{ROOT}/mappings"))),
        Err(answer) if answer.status == StatusCode::PRECONDITION_FAILED => {
            let known = stored(asked, name).await?;
            let mut form = Form {
                text: known.0.text.clone(),
                tag: known.1.clone(),
                ..Form::default()
            };
            form.changed(asked, &known.0);
            form.has_changed = false;
            page(asked, known, form).await
        }
        Err(answer) => Err(PageError::of(&answer)),
    }
}

async fn entered(asked: &Asked<'_>) -> Result<Form, PageError> {
    let sent = asked.file_form().await?;
    let field = |name: &str| find(&sent.fields, name).unwrap_or_default();
    Ok(Form {
        text: field("text").replace("\r\n", "\n"),
        tag: field("tag").to_owned(),
        ..Form::default()
    })
}

/// Calls `/v1` about a mapping; an empty tag is none.
async fn call(asked: &Asked<'_>, method: Method, uri: &str, tag: &str, text: &str) -> V1Answer {
    let mut headers = Vec::new();
    if method == Method::PUT {
        headers.push((header::CONTENT_TYPE, "application/yaml".to_owned()));
    }
    if !tag.is_empty() {
        headers.push((header::IF_MATCH, tag.to_owned()));
    }
    asked
        .send(V1Call {
            method,
            uri,
            headers,
            body: text.as_bytes().to_vec(),
        })
        .await
}

/// The mapping as it is, and its tag. `name` as it stands in the address.
async fn stored(asked: &Asked<'_>, name: &str) -> Result<(Mapping, String), PageError> {
    let answer = call(asked, Method::GET, &format!("/v1/mappings/{name}"), "", "").await;
    match answer.status {
        StatusCode::OK => {
            let tag = tag_of(&answer);
            Ok((read(answer.body), tag))
        }
        _ => Err(PageError::of(&answer)),
    }
}

/// The text of an earlier version.
async fn text_of(asked: &Asked<'_>, name: &str, version: i32) -> Result<String, PageError> {
    let after = version.saturating_add(1);
    let path = format!("/v1/mappings/{name}/versions?limit=1&after={after}");
    let page: VersionPage = read(asked.get(&path).await?);
    let found = page.versions.into_iter().next();
    let found = found.filter(|found| found.version == version);
    let text = found.and_then(|found| found.text);
    text.ok_or_else(PageError::nothing_here)
}

/// What a text says that it is called.
fn name_in(text: &str) -> String {
    let name = text.lines().find_map(|line| line.strip_prefix("import:"));
    let name = name.unwrap_or_default();
    let name = name.split(" #").next().unwrap_or_default().trim();
    name.trim_matches(['"', '\'']).to_owned()
}

impl Form {
    fn refuse(&mut self, why: String) {
        self.status = Some(StatusCode::UNPROCESSABLE_ENTITY);
        self.fault = Some(why);
    }

    fn refuse_text(&mut self, frame: &Frame, answer: &V1Answer) {
        self.faults = faults_of(frame, &answer.body, &self.text);
        self.status = Some(answer.status);
        if self.faults.is_empty() {
            self.fault = Some(answer.detail().to_owned());
        }
    }

    /// Another version is there than the one that was seen.
    fn changed(&mut self, asked: &Asked<'_>, now: &Mapping) {
        let words = &asked.frame.words;
        self.status = Some(StatusCode::PRECONDITION_FAILED);
        self.has_changed = true;
        self.fault = Some(words.with_all(
            "imports-changed-by-other",
            &[("version", &now.version), ("by", &now.changed_by)],
        ));
    }
}

fn new_page(asked: &Asked<'_>, form: Form) -> Result<Answer, PageError> {
    let frame = &asked.frame.clone().with_data("/v1/mappings");
    let template = MappingPage {
        frame,
        known: None,
        action: frame.path(&format!("{ROOT}/new-mapping")),
        text: &form.text,
        tag: "",
        fault: form.fault,
        faults: form.faults,
        others: None,
        earlier: None,
    };
    let fault = form.status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}

async fn page(
    asked: &Asked<'_>,
    (mapping, tag): (Mapping, String),
    form: Form,
) -> Result<Answer, PageError> {
    let name = encoded(&mapping.name);
    let data = format!("/v1/mappings/{name}");
    let after = asked.parameter("after");
    let after = match after.parse::<i32>() {
        Ok(after) => format!("?after={after}"),
        Err(_) => String::new(),
    };
    let versions = asked.get_part(&format!("{data}/versions{after}")).await;
    let versions: VersionPage = read(versions);
    let frame = &asked.frame.clone().with_data(data);
    let here = frame.path(&mapping_path(&mapping.name));
    let shown = form.earlier.unwrap_or(mapping.version);
    let rows = versions.versions.iter().map(|version| VersionRow {
        version: version.version,
        href: version
            .text
            .as_ref()
            .map(|_| format!("{here}?version={}", version.version)),
        by: version.changed_by.clone(),
        ago: moment(frame, &version.changed_at).0,
        is_shown: version.version == shown,
    });
    let (ago, exact) = moment(frame, &mapping.changed_at);
    let template = MappingPage {
        frame,
        action: here.clone(),
        text: &form.text,
        tag: &form.tag,
        fault: form.fault,
        faults: form.faults,
        others: form.has_changed.then(|| mapping.text.clone()),
        earlier: form.earlier,
        known: Some(Known {
            version: mapping.version,
            by: mapping.changed_by,
            ago,
            exact,
            versions: rows.collect(),
            older: versions.next.map(|next| format!("{here}?after={next}")),
            imports: frame.path(&format!("{ROOT}?mapping={name}")),
            new: frame.path(&format!("{ROOT}/new?from={name}")),
            remove: format!("{here}/remove"),
            question: frame
                .words
                .with("imports-remove-mapping-ask", "name", &mapping.name),
            name: mapping.name,
            here,
            tag,
        }),
    };
    let fault = form.status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn a_text_says_what_it_is_called() {
        for (text, expected) in [
            ("import: report\ntables: []\n", "report"),
            ("# a note\nimport:   \"実績\"  # yes\n", "実績"),
            ("import: \n", ""),
            ("tables:\n  import: x\n", ""),
        ] {
            assert_eq!(name_in(text), expected, "{text}");
        }
    }
}
