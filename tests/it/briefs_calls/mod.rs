//! The calls of briefs, good and bad, as callers make them.

mod briefs_of_files;
mod documents;
mod errors;
mod full;
mod keywords;
mod pushed;
mod topics;

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Outputs, http_client, serve, wait_for};
use crate::survival::program::Program;

/// Rows of the file of the platform `notes`: every third is an advert.
const ROWS: usize = 30;

/// A server with a platform of files, one to which articles are pushed, and one that is off.
pub(super) struct Server {
    _folder: TempDir,
    pub base: String,
    pub http: reqwest::Client,
    _program: Program,
}

/// How it differs from the usual one.
#[derive(Default)]
pub(super) struct With {
    /// More lines of its settings.
    pub settings: String,
    /// A further adapter, `<platform>.yaml`.
    pub adapter: Option<(&'static str, String)>,
    pub token: Option<&'static str>,
}

impl Server {
    pub async fn start(with: With) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["adapters", "files"] {
            fs::create_dir(at(name)).unwrap();
        }
        for (name, text) in [
            (
                "adapters/notes.yaml",
                "platform: notes\nlabel: 笔记\nkind: file\npath: notes.csv\n\
                 map: {id: no, post_time: day, title: head, like: likes, user_name: who, user_fans: fans}\n",
            ),
            ("adapters/crawler.yaml", "platform: crawler\nkind: push\n"),
            (
                "adapters/paid.yaml",
                "platform: paid\nkind: http\nbase: http://127.0.0.1:9\n\
                 request: {path: /s, headers: {X-Key: '{secret:ABSENT_KEY}'}}\nitems: $.a[*]\n\
                 map: {id: $.id, post_time: $.t, title: $.x}\n",
            ),
        ] {
            fs::write(at(name), text).unwrap();
        }
        if let Some((name, text)) = &with.adapter {
            fs::write(at("adapters").join(name), text).unwrap();
        }
        let rows = (0..ROWS).map(|no| {
            let advert = if no % 3 == 0 { " 广告" } else { "" };
            let day = no % 28 + 1;
            format!(
                "{no},2026-11-{day:02} 08:00:00,防晒霜{advert} {no},{no},账号{},12000\n",
                no % 5
            )
        });
        let text = format!("no,day,head,likes,who,fans\n{}", rows.collect::<String>());
        fs::write(at("files/notes.csv"), text).unwrap();
        let root = folder.path().display();
        let settings = format!(
            "database: {{url: \"sqlite://{root}/audience.db\"}}\n\
             briefs: {{adapters: {root}/adapters, files: {root}/files, exports: {root}/exports,\n  group: \"{root}\"}}\n{}",
            with.settings
        );
        fs::write(at("settings.yaml"), settings).unwrap();
        let token = with.token.map(|token| ("AUTH_TOKEN", token));
        let outputs = Outputs {
            out: &at("out.txt"),
            log: &at("log.txt"),
        };
        let (program, base) = serve(&at("settings.yaml"), token.as_slice(), outputs).await;
        Self {
            _folder: folder,
            base,
            http: http_client().build().unwrap(),
            _program: program,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What a call of the eight answers, as text.
    pub async fn raw(&self, call: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let url = self.url(&format!("/dts-auto-brief/job/{call}"));
        let answer = self.http.post(url).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub async fn call(&self, call: &str, body: Value) -> (u16, Value) {
        let (status, text) = self.raw(call, body.to_string()).await;
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        assert_eq!(answer["code"], status, "{answer}");
        (status, answer)
    }

    /// The data of a call that succeeds.
    pub async fn data(&self, call: &str, body: Value) -> Value {
        let (status, answer) = self.call(call, body.clone()).await;
        assert_eq!(
            (status, &answer["msg"]),
            (200, &json!("success")),
            "{call} {body}: {answer}"
        );
        answer["data"].clone()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Submits what the usual brief looks for, on these platforms.
    pub async fn submit(&self, platforms: Value) -> String {
        let submitted = self
            .data(
                "submit",
                json!({
                    "keywords": ["防晒霜 -广告", "面膜"], "platforms": platforms,
                    "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 23:59:59",
                }),
            )
            .await;
        submitted["job_id"].as_str().unwrap().to_owned()
    }

    /// The view of a brief once it has ended.
    pub async fn ended(&self, id: &str) -> Value {
        self.with_status(id, &["finished", "partial", "failed", "canceled"])
            .await
    }

    pub async fn with_status(&self, id: &str, wanted: &[&str]) -> Value {
        wait_for("the brief gets on", async || {
            let view = self.data("view", json!({ "job_id": id })).await;
            wanted.contains(&view["status"].as_str()?).then_some(view)
        })
        .await
    }
}

/// The names of the members of an object, in their order.
pub(super) fn members(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}
