//! Behind a proxy, where everything is below a path.

use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::v1_body;
use crate::support::{TestApp, corpus, http_client};

const PREFIX: &str = "/audience";

/// How a proxy passes on what is below the path.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Proxy {
    /// Without the path, which a header names.
    Strips,
    /// With the path, which a header names.
    Keeps,
    /// Without the path; the server knows it from its settings.
    StripsSilently,
    /// With the path; the server knows it from its settings.
    KeepsSilently,
}

const ALL: [Proxy; 4] = [
    Proxy::Strips,
    Proxy::Keeps,
    Proxy::StripsSilently,
    Proxy::KeepsSilently,
];

impl Proxy {
    fn public_url(self) -> Option<String> {
        let is_silent = matches!(self, Self::StripsSilently | Self::KeepsSilently);
        is_silent.then(|| format!("https://box.example{PREFIX}/"))
    }

    /// A call of this path through the proxy.
    fn call(self, app: &TestApp, method: &str, path: &str) -> reqwest::RequestBuilder {
        let inside = path.strip_prefix(PREFIX).expect("it is below the path");
        let passed_on = match self {
            Self::Strips | Self::StripsSilently => inside,
            Self::Keeps | Self::KeepsSilently => path,
        };
        let http = http_client().redirect(Policy::none()).build();
        let http = http.unwrap();
        let call = http.request(method.parse().unwrap(), app.url(passed_on));
        match self {
            Self::Strips | Self::Keeps => call.header("x-forwarded-prefix", PREFIX),
            Self::StripsSilently | Self::KeepsSilently => call,
        }
    }
}

async fn behind(proxy: Proxy) -> TestApp {
    let public_url = proxy.public_url();
    let change = move |settings: &mut crate::support::TestSettings| {
        settings.server.public_url = public_url;
    };
    TestApp::with().settings(change).start(&corpus(10)).await
}

fn location(answer: &reqwest::Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_lead_to_is_below_the_path() {
    for proxy in ALL {
        let app = behind(proxy).await;
        let answer = proxy.call(&app, "GET", "/audience/").send().await.unwrap();
        assert_eq!(location(&answer), "/audience/jobs", "{proxy:?}");
        for page in [
            "/audience/jobs",
            "/audience/docs",
            "/audience/docs/",
            "/audience/livez",
        ] {
            let answer = proxy.call(&app, "GET", page).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{proxy:?} {page}");
        }
        let submitted = proxy.call(&app, "POST", "/audience/v1/jobs");
        let answer = submitted.json(&v1_body()).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{proxy:?}");
        let job = location(&answer).to_owned();
        assert!(job.starts_with("/audience/v1/jobs/"), "{proxy:?} {job}");
        let answer = proxy.call(&app, "GET", &job).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{proxy:?} {job}");
        let unknown = "/audience/v1/jobs?staus=failed";
        let answer = proxy.call(&app, "GET", unknown).send().await.unwrap();
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["status"], 400, "{proxy:?}");
        assert_eq!(problem["instance"], "/audience/v1/jobs", "{proxy:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_name_the_server_below_the_path() {
    for proxy in ALL {
        let app = behind(proxy).await;
        for document in ["/audience/openapi.json", "/audience/openapi-compat.json"] {
            let answer = proxy.call(&app, "GET", document).send().await.unwrap();
            let document: Value = answer.json().await.unwrap();
            let expected = match proxy.public_url() {
                None => json!([{ "url": "/audience" }]),
                Some(_) => {
                    json!([{ "url": "/audience" }, { "url": "https://box.example/audience" }])
                }
            };
            assert_eq!(document["servers"], expected, "{proxy:?}");
        }
    }
    let app = TestApp::with().start(&corpus(10)).await;
    let (_, document) = app.get("/openapi.json").await;
    assert_eq!(document["servers"], json!([{ "url": "/" }]));
}

/// What the server itself has below a path of this name stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_may_be_named_like_a_path_of_the_server() {
    for prefix in ["/v1", "/docs"] {
        let app = TestApp::with().start(&corpus(10)).await;
        for path in ["/v1/jobs", "/docs"] {
            for passed_on in [path.to_owned(), format!("{prefix}{path}")] {
                let call = app.http.get(app.url(&passed_on));
                let answer = call.header("x-forwarded-prefix", prefix).send().await;
                assert_eq!(answer.unwrap().status(), 200, "{prefix} {passed_on}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_names_a_path_and_only_a_plain_one() {
    let led = async |app: &TestApp, prefix: &str| {
        let http = http_client().redirect(Policy::none()).build();
        let call = http.unwrap().get(app.url("/"));
        let answer = call.header("x-forwarded-prefix", prefix).send().await;
        location(&answer.unwrap()).to_owned()
    };
    let app = TestApp::with().start(&corpus(10)).await;
    assert_eq!(led(&app, "/a, /audience/").await, "/audience/jobs");
    for odd in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/..",
        "",
    ] {
        assert_eq!(led(&app, odd).await, "/jobs", "{odd}");
    }
    let app = TestApp::with()
        .settings(|settings| settings.server.trusted_proxies = vec!["10.0.0.0/8".to_owned()])
        .start(&corpus(10))
        .await;
    assert_eq!(led(&app, PREFIX).await, "/jobs");
}
