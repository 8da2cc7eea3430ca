//! A browser without scripts, which sends files.

use super::form;
use crate::support::{TestApp, wait_for};

/// A page, and where it was.
pub(crate) struct Shown {
    pub status: u16,
    pub path: String,
    pub html: String,
}

impl Shown {
    pub(crate) async fn of(call: reqwest::RequestBuilder) -> Self {
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        let policy = answer.headers().get("content-security-policy");
        let policy = policy.map(|policy| policy.to_str().unwrap().to_owned());
        assert!(policy.unwrap().starts_with("default-src 'self';"));
        Self {
            status,
            path: answer.url().path().to_owned(),
            html: answer.text().await.unwrap(),
        }
    }

    pub(crate) fn has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.html.contains(part), "{part}: {}", self.html);
        }
    }

    pub(crate) fn has_not(&self, parts: &[&str]) {
        for part in parts {
            assert!(!self.html.contains(part), "{part}: {}", self.html);
        }
    }

    /// What is between the bar on top, which shows what was told to whoever looks, and the foot.
    pub(crate) fn main(&self) -> &str {
        let main = self.html.split_once("<main").expect("it is a page").1;
        main.split_once("</main>").unwrap().0
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.html.split_once(&start).expect(name).1;
        let value = rest.split_once('"').unwrap().0;
        value.replace("&#34;", "\"").replace("&quot;", "\"")
    }
}

pub(crate) async fn page(app: &TestApp, path: &str) -> Shown {
    Shown::of(app.http.get(app.url(path))).await
}

/// Sends a form with a file in it.
pub(crate) async fn post(
    app: &TestApp,
    path: &str,
    file: (&str, &[u8]),
    fields: &[(&str, &str)],
) -> Shown {
    let (content_type, body) = form(file, fields);
    let call = app.http.post(app.url(path));
    Shown::of(call.header("content-type", content_type).body(body)).await
}

/// Puts a form without a file into a call.
pub(crate) fn filled_in(
    call: reqwest::RequestBuilder,
    fields: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let (content_type, body) = form(("", b""), fields);
    call.header("content-type", content_type).body(body)
}

pub(crate) async fn post_fields(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Shown {
    post(app, path, ("", b""), fields).await
}

/// Waits until a job is in a state; `path` is that of its page.
pub(crate) async fn ended(app: &TestApp, path: &str, state: &str) {
    let path = format!("/v1{path}");
    wait_for("the job ends", async || {
        let (_, job) = app.get(&path).await;
        (job["state"] == state).then_some(())
    })
    .await;
}
