//! What is set, and where it comes from.

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::forms::find;
use super::frame::Frame;
use super::rooms::Room;
use crate::access::Role;

pub(super) struct SettingsRoom;

const LOG_LEVEL: &str = "/v1/runtime/log-level";

#[derive(Template)]
#[template(path = "ui/templates/settings.html")]
struct SettingsPage<'a> {
    frame: &'a Frame,
    version: &'a str,
    /// What is logged now, or what was filled in.
    level: String,
    fault: Option<String>,
    q: String,
    /// By their first key.
    sections: Vec<(String, Vec<&'a Setting>)>,
}

/// What the program is made of.
#[derive(Template)]
#[template(path = "ui/templates/licences.html")]
struct LicencesPage<'a> {
    frame: &'a Frame,
    licence: &'a str,
    parts: &'a [Part],
    count: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LicenceList {
    licence: String,
    parts: Vec<Part>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    name: String,
    version: String,
    licence: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SettingList {
    version: String,
    settings: Vec<Setting>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Setting {
    key: String,
    value: String,
    place: String,
    built_in: bool,
}

#[async_trait]
impl Room for SettingsRoom {
    fn root(&self) -> &'static str {
        "/settings"
    }

    fn name(&self) -> &'static str {
        "nav-settings"
    }

    fn key(&self) -> char {
        't'
    }

    fn role(&self) -> Role {
        Role::Admin
    }

    fn shows_everything(&self) -> bool {
        true
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => page(asked, None).await,
            ["licences"] => licences(asked).await,
            // The address of a refusal that stands on the page.
            ["log-level"] => Ok(asked.elsewhere("/settings")),
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        if parts != ["log-level"] {
            return Err(PageError::nothing_here());
        }
        let form = asked.form();
        let level = find(&form, "level").unwrap_or_default().trim().to_owned();
        match asked.put(LOG_LEVEL, &json!({ "level": level })).await {
            Ok(_) => Ok(asked.elsewhere("/settings")),
            Err(error) if error.is_of_request() => page(asked, Some((level, error))).await,
            Err(error) => Err(error),
        }
    }
}

/// `refused`: a level, and what is wrong with it.
async fn page(
    asked: &Asked<'_>,
    refused: Option<(String, PageError)>,
) -> Result<Answer, PageError> {
    let data = "/v1/settings";
    let list = SettingList::deserialize(asked.get(data).await?).unwrap_or_default();
    let frame = &asked.frame.clone().with_data(data);
    let q = asked.parameter("q").to_lowercase();
    let fits = |setting: &&Setting| {
        let texts = [&setting.key, &setting.value, &setting.place];
        texts.iter().any(|text| text.to_lowercase().contains(&q))
    };
    let mut sections: Vec<(String, Vec<&Setting>)> = Vec::new();
    for setting in list.settings.iter().filter(fits) {
        let section = setting.key.split('.').next().unwrap_or_default();
        match sections.last_mut() {
            Some((last, settings)) if last == section => settings.push(setting),
            _ => sections.push((section.to_owned(), vec![setting])),
        }
    }
    let now = asked.get_part(LOG_LEVEL).await;
    let now = now["level"].as_str().unwrap_or_default().to_owned();
    let (level, fault) = refused.map_or((now, None), |(level, error)| (level, Some(error)));
    let page = SettingsPage {
        frame,
        version: &list.version,
        level,
        fault: fault.as_ref().map(|fault| fault.detail.clone()),
        q,
        sections,
    };
    Answer::page_or_fault(&page, fault.as_ref())
}

async fn licences(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/licences";
    let list = LicenceList::deserialize(asked.get(data).await?).unwrap_or_default();
    let frame = &asked.frame.clone().with_data(data);
    Answer::page(&LicencesPage {
        frame,
        licence: &list.licence,
        count: frame.words.count("settings-parts", list.parts.len() as u64),
        parts: &list.parts,
    })
}
