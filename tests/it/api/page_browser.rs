//! A browser without scripts.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;

use crate::support::{TestApp, http_client};

/// A browser that keeps no cookies but these, and is led nowhere by itself.
pub(super) struct Browser<'a> {
    app: &'a TestApp,
    pub cookies: Vec<String>,
}

pub(super) struct Shown {
    pub status: u16,
    pub html: String,
    pub location: String,
    pub cookies: Vec<String>,
}

impl<'a> Browser<'a> {
    pub fn of(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: Vec::new(),
        }
    }

    pub async fn send(&self, call: reqwest::RequestBuilder) -> Shown {
        let call = call.header(COOKIE, self.cookies.join("; "));
        let answer = call.send().await.unwrap();
        let headers = answer.headers().clone();
        let set = headers.get_all(SET_COOKIE).iter();
        let set = set.filter_map(|value| value.to_str().unwrap().split(';').next());
        Shown {
            status: answer.status().as_u16(),
            location: headers
                .get(LOCATION)
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            cookies: set.map(str::to_owned).collect(),
            html: answer.text().await.unwrap(),
        }
    }

    pub fn call(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let http = http_client().redirect(Policy::none()).build().unwrap();
        http.request(method.parse().unwrap(), self.app.url(path))
    }

    pub async fn get(&self, path: &str) -> Shown {
        self.send(self.call("GET", path)).await
    }

    pub async fn post(&self, path: &str, form: &str) -> Shown {
        let call = self.call("POST", path);
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        self.send(call.body(form.to_owned())).await
    }

    pub async fn signed_in(app: &'a TestApp, name: &str) -> Self {
        let mut browser = Self::of(app);
        let form = format!("token=token-of-{name}");
        let shown = browser.post("/sign-in", &form).await;
        browser.cookies = shown.cookies;
        assert_eq!(browser.cookies.len(), 1, "{name}");
        browser
    }
}
