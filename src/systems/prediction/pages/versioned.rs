//! Texts that have versions, mappings and scrapes: each is changed only by somebody who has seen what is there.

use askama::Template;
use http::{Method, StatusCode, header};
use serde_json::Value;

use super::data::{Definition, VersionPage, read};
use super::faults::{FaultRow, faults_of};
use super::shown::moment;
use super::upload_page::{accepted, tag_of};
use crate::http::{V1Answer, V1Call};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, find};

/// What is defined by such texts. Messages are named by their ids.
pub(super) struct Kind {
    /// The path of its calls.
    pub calls: &'static str,
    /// That of its pages.
    pub pages: &'static str,
    /// The key of a text that holds its name.
    pub key: &'static str,
    pub word: &'static str,
    pub save: &'static str,
    pub name_help: &'static str,
    pub name_needed: &'static str,
    pub name_taken: &'static str,
}

/// What is in the form, and what was said to it.
#[derive(Default)]
pub(super) struct TextForm {
    pub text: String,
    /// Of the version that was seen.
    pub tag: String,
    pub status: Option<StatusCode>,
    pub fault: Option<String>,
    pub faults: Vec<FaultRow>,
    /// Somebody else has changed it: what is there now.
    pub others: Option<String>,
    /// An earlier version is shown.
    pub earlier: Option<i32>,
}

/// The text that is there, as it was answered, and its tag.
pub(super) type Seen = (Value, String);

/// What stands above the text.
#[derive(Template)]
#[template(path = "systems/prediction/pages/text_said.html")]
struct Said<'s> {
    frame: &'s Frame,
    form: &'s TextForm,
    newest: String,
}

/// The text in its form.
#[derive(Template)]
#[template(path = "systems/prediction/pages/text.html")]
struct Card<'c> {
    frame: &'c Frame,
    kind: &'c Kind,
    form: &'c TextForm,
    faults: &'c [FaultRow],
    action: String,
    is_new: bool,
    /// What else can be done with the text.
    more: Markup,
}

#[derive(Template)]
#[template(path = "systems/prediction/pages/versions.html")]
struct Versions<'v> {
    frame: &'v Frame,
    others: Option<&'v str>,
    rows: Vec<VersionRow>,
    older: Option<String>,
}

struct VersionRow {
    version: i32,
    /// `None`: it was removed then.
    href: Option<String>,
    by: String,
    ago: Markup,
    is_shown: bool,
}

/// The form that was sent, and all of its fields.
pub(super) async fn entered(
    asked: &Asked<'_>,
) -> Result<(TextForm, Vec<(String, String)>), PageError> {
    let fields = asked.file_form().await?.fields;
    let field = |name: &str| find(&fields, name).unwrap_or_default();
    let form = TextForm {
        text: field("text").replace("\r\n", "\n"),
        tag: field("tag").to_owned(),
        ..TextForm::default()
    };
    Ok((form, fields))
}

impl Kind {
    /// Where a text of this name is shown.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{}", self.pages, encoded(name))
    }

    /// What is there, and the form with its text or that of the version in the address. `name` as it
    /// stands in the address, here and below.
    pub(super) async fn look(
        &self,
        asked: &Asked<'_>,
        name: &str,
    ) -> Result<(Seen, TextForm), PageError> {
        let seen = self.stored(asked, name).await?;
        let definition: Definition = read(seen.0.clone());
        let mut form = TextForm::of(&definition, &seen.1);
        if let Ok(version) = asked.parameter("version").parse::<i32>()
            && version != definition.version
        {
            form.text = self.text_of(asked, name, version).await?;
            form.earlier = Some(version);
        }
        Ok((seen, form))
    }

    pub(super) async fn stored(&self, asked: &Asked<'_>, name: &str) -> Result<Seen, PageError> {
        let answer = call(asked, Method::GET, &self.call(name), "", "").await;
        match answer.status {
            StatusCode::OK => {
                let tag = tag_of(&answer);
                Ok((answer.body, tag))
            }
            _ => Err(PageError::of(&answer)),
        }
    }

    /// Stores a new text under the name in it, unless there is one; the form says why it was not done.
    pub(super) async fn add(
        &self,
        asked: &Asked<'_>,
        form: &mut TextForm,
    ) -> Result<Option<Answer>, PageError> {
        let name = self.name_in(&form.text);
        if name.is_empty() {
            let why = asked.frame.say(self.name_needed);
            form.refuse(StatusCode::UNPROCESSABLE_ENTITY, why);
            return Ok(None);
        }
        let uri = self.call(&encoded(&name));
        // Who may not store one is told so by the call that stores it.
        let may_store = asked.frame.may_operate();
        if may_store && accepted(call(asked, Method::GET, &uri, "", "").await)?.is_ok() {
            let why = asked.frame.words.with(self.name_taken, "name", &name);
            form.refuse(StatusCode::CONFLICT, why);
            return Ok(None);
        }
        match accepted(call(asked, Method::PUT, &uri, "", &form.text).await)? {
            Ok(_) => Ok(Some(asked.elsewhere(&self.path(&name)))),
            Err(answer) => {
                form.refuse_text(&asked.frame, &answer);
                Ok(None)
            }
        }
    }

    /// Stores another text; the form says why it was not done.
    pub(super) async fn change(
        &self,
        asked: &Asked<'_>,
        name: &str,
        form: &mut TextForm,
    ) -> Result<Option<Answer>, PageError> {
        let uri = self.call(name);
        let answer = call(asked, Method::PUT, &uri, &form.tag, &form.text).await;
        let answer = match accepted(answer)? {
            Ok(_) => {
                let path = format!("{}/{name}", self.pages);
                return Ok(Some(asked.elsewhere(&path)));
            }
            Err(answer) => answer,
        };
        if answer.status == StatusCode::PRECONDITION_FAILED {
            let (now, tag) = self.stored(asked, name).await?;
            let now: Definition = read(now);
            form.refuse(answer.status, changed(&asked.frame, &now));
            form.others = Some(now.text);
            // Whoever sees now what is there may store another text after all.
            form.tag = tag;
        } else {
            form.refuse_text(&asked.frame, &answer);
        }
        Ok(None)
    }

    /// Removes a text that has not changed since it was seen; otherwise the form says so.
    pub(super) async fn remove(
        &self,
        asked: &Asked<'_>,
        name: &str,
        form: &mut TextForm,
    ) -> Result<Option<Answer>, PageError> {
        let answer = call(asked, Method::DELETE, &self.call(name), &form.tag, "").await;
        match accepted(answer)? {
            Ok(_) => Ok(Some(asked.elsewhere(self.pages))),
            Err(answer) if answer.status == StatusCode::PRECONDITION_FAILED => {
                let (now, tag) = self.stored(asked, name).await?;
                let now: Definition = read(now);
                *form = TextForm::of(&now, &tag);
                form.refuse(answer.status, changed(&asked.frame, &now));
                Ok(None)
            }
            Err(answer) => Err(PageError::of(&answer)),
        }
    }

    /// What a text says that it is called.
    pub(super) fn name_in(&self, text: &str) -> String {
        let name = text.lines().find_map(|line| line.strip_prefix(self.key));
        let name = name.and_then(|rest| rest.strip_prefix(':'));
        let name = name.unwrap_or_default();
        let name = name.split(" #").next().unwrap_or_default().trim();
        name.trim_matches(['"', '\'']).to_owned()
    }

    /// What was said, above the text.
    pub(super) fn said(&self, frame: &Frame, name: &str, form: &TextForm) -> Markup {
        Markup::rendered(&Said {
            frame,
            form,
            newest: frame.path(&self.path(name)),
        })
    }

    /// The text in its form; `name` is `None`: it is new, and the form is sent to `action`.
    pub(super) fn card(
        &self,
        frame: &Frame,
        action: &str,
        form: &TextForm,
        more: Markup,
    ) -> Markup {
        Markup::rendered(&Card {
            frame,
            kind: self,
            form,
            faults: &form.faults,
            action: frame.path(action),
            is_new: !action.starts_with(self.pages),
            more,
        })
    }

    /// What somebody else has stored, and the versions.
    pub(super) async fn versions(
        &self,
        asked: &Asked<'_>,
        definition: &Definition,
        form: &TextForm,
    ) -> Markup {
        let frame = &asked.frame;
        let after = match asked.parameter("after").parse::<i32>() {
            Ok(after) => format!("?after={after}"),
            Err(_) => String::new(),
        };
        let calls = self.call(&encoded(&definition.name));
        let page = asked.get_part(&format!("{calls}/versions{after}")).await;
        let page: VersionPage = read(page);
        let here = frame.path(&self.path(&definition.name));
        let shown = form.earlier.unwrap_or(definition.version);
        let rows = page.versions.iter().map(|version| VersionRow {
            version: version.version,
            href: version
                .text
                .as_ref()
                .map(|_| format!("{here}?version={}", version.version)),
            by: version.changed_by.clone(),
            ago: moment(frame, &version.changed_at).0,
            is_shown: version.version == shown,
        });
        Markup::rendered(&Versions {
            frame,
            others: form.others.as_deref(),
            rows: rows.collect(),
            older: page.next.map(|next| format!("{here}?after={next}")),
        })
    }

    fn call(&self, name: &str) -> String {
        format!("{}/{name}", self.calls)
    }

    /// The text of an earlier version.
    async fn text_of(
        &self,
        asked: &Asked<'_>,
        name: &str,
        version: i32,
    ) -> Result<String, PageError> {
        let after = version.saturating_add(1);
        let path = format!("{}/versions?limit=1&after={after}", self.call(name));
        let page: VersionPage = read(asked.get(&path).await?);
        let found = page.versions.into_iter().next();
        let found = found.filter(|found| found.version == version);
        let text = found.and_then(|found| found.text);
        text.ok_or_else(PageError::nothing_here)
    }
}

impl TextForm {
    fn of(definition: &Definition, tag: &str) -> Self {
        Self {
            text: definition.text.clone(),
            tag: tag.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn refuse(&mut self, status: StatusCode, why: String) {
        self.status = Some(status);
        self.fault = Some(why);
    }

    /// Faults with a place are said at the text.
    pub(super) fn refuse_text(&mut self, frame: &Frame, answer: &V1Answer) {
        self.faults = faults_of(frame, &answer.body, &self.text);
        self.status = Some(answer.status);
        if self.faults.is_empty() {
            self.fault = Some(answer.detail().to_owned());
        }
    }
}

/// Calls `/v1` about a text; an empty tag is none.
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

/// Another version is there than the one that was seen.
fn changed(frame: &Frame, now: &Definition) -> String {
    frame.words.with_all(
        "imports-changed-by-other",
        &[("version", &now.version), ("by", &now.changed_by)],
    )
}

#[cfg(test)]
mod tests {
    use super::super::mapping_page::MAPPINGS;

    #[test]
    fn a_text_says_what_it_is_called() {
        for (text, expected) in [
            ("import: report\ntables: []\n", "report"),
            ("# a note\nimport:   \"実績\"  # yes\n", "実績"),
            ("import: \n", ""),
            ("tables:\n  import: x\n", ""),
            ("imported: x\n", ""),
        ] {
            assert_eq!(MAPPINGS.name_in(text), expected, "{text}");
        }
    }
}
