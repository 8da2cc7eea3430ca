//! What is set, and where it comes from.

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::frame::Frame;
use super::rooms::Room;
use crate::access::Role;

pub(super) struct SettingsRoom;

#[derive(Template)]
#[template(path = "ui/templates/settings.html")]
struct SettingsPage<'a> {
    frame: &'a Frame,
    version: &'a str,
    q: String,
    /// By their first key.
    sections: Vec<(String, Vec<&'a Setting>)>,
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
        if !parts.is_empty() {
            return Err(PageError::nothing_here());
        }
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
        Answer::page(&SettingsPage {
            frame,
            version: &list.version,
            q,
            sections,
        })
    }
}
