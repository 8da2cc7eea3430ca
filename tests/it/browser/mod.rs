//! What pages can do to a server, in a real browser.

mod briefed;
mod bundled_server;
pub(crate) mod chromium;
mod examples;
mod foreign;
mod imports;
mod ruled;
mod scraped;

use serde_json::{Value, json};

use crate::support::{TestApp, corpus, usual_pattern};
use chromium::Chromium;
use foreign::Foreign;

const EVIL: &str = "evil.example";

/// Sends what a page may send to any server without asking: each is a promise of how it ended.
const ATTACKS: &str = r#"
    const body = JSON.stringify(BODY);
    const post = (path, body, headers) =>
        fetch(SERVER + path, { method: "POST", mode: "no-cors", body, headers })
            .then(answer => answer.type, error => "failed");
    const form = (path) => new Promise(resolve => {
        const frame = document.createElement("iframe");
        frame.name = "frame" + Math.random();
        document.body.append(frame);
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action: SERVER + path, target: frame.name });
        frame.onload = () => resolve("sent");
        document.body.append(form);
        form.submit();
    });
    Promise.all([
        post("/v1/jobs", new Blob([body])),
        post("/v1/jobs", body, { "content-type": "text/plain" }),
        post("/api/tasks/", new Blob([body])),
        post("/api/tasks/", new URLSearchParams(body)),
        post("/api/tasks/", body, { "content-type": "text/plain" }),
        post("/v1/jobs/JOB/cancel"),
        post("/v1/jobs/JOB/rerun", new Blob([])),
        form("/v1/jobs/JOB/cancel"),
        form("/v1/jobs/JOB/rerun"),
        fetch(SERVER + "/v1/jobs", {
            method: "POST", body, headers: { "content-type": "application/json" },
        }).then(answer => answer.status, error => "failed"),
        fetch(SERVER + "/v1/jobs").then(answer => answer.text(), error => "failed"),
    ])
"#;

fn attacks(server: &str, job: &str) -> String {
    let body = json!({ "labelling": { "rules": usual_pattern() }, "pattern": usual_pattern() });
    let script = ATTACKS.replace("SERVER", &format!("{server:?}"));
    let script = script.replace("BODY", &body.to_string());
    format!(
        "(() => {{ {} }})()",
        script
            .replace("JOB", job)
            .replace("Promise.all", "return Promise.all")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_starts_and_stops_and_reads_nothing() {
    let app = TestApp::with().start(&corpus(10)).await;
    let job = app.submit().await;
    app.wait_until_ended(&job).await;
    let before = app.job(&job).await;
    let foreign = Foreign::start().await;
    let mut browser = Chromium::start(&[EVIL]);
    // Of the same site, and of another.
    for host in ["127.0.0.1", "localhost", EVIL] {
        let page = browser.open(&foreign.url(host));
        let ended = browser.evaluate(&page, &attacks(&app.url(""), job.as_str()));
        let ended = ended.as_array().unwrap();
        assert_eq!(ended.len(), 11, "{ended:?}");
        for answered in [&ended[9], &ended[10]] {
            assert_eq!(*answered, "failed", "{host}: {ended:?}");
        }
    }
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
    assert_eq!(app.job(&job).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_name_leads_here_starts_and_reads_nothing() {
    let app = TestApp::with().start(&corpus(10)).await;
    let job = app.submit().await;
    app.wait_until_ended(&job).await;
    let before = app.job(&job).await;
    let foreign = Foreign::start().await;
    let mut browser = Chromium::start(&[EVIL]);
    let page = browser.open(&foreign.url(EVIL));
    // From now on the name server of the page says that the page is here.
    foreign.becomes(&app.url(""));
    let script = "fetch('/v1/jobs').then(answer => answer.status)";
    assert_eq!(browser.evaluate(&page, script), 421);
    let ended = browser.evaluate(&page, &attacks(&foreign.url(EVIL), job.as_str()));
    assert_eq!(ended[9], 421, "{ended}");
    assert!(
        !ended[10].as_str().unwrap().contains(job.as_str()),
        "{ended}"
    );
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
    assert_eq!(app.job(&job).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_documents_can_call() {
    let app = TestApp::with().start(&corpus(10)).await;
    let mut browser = Chromium::start(&[]);
    let url = app.url("/docs#/Jobs/submit_job");
    let page = browser.open(&url);
    let operation = "document.querySelector('#operations-Jobs-submit_job')";
    browser.wait_for(&page, &format!("{operation}?.querySelector('.execute')"));
    browser.evaluate(
        &page,
        &format!("{operation}.querySelector('.execute').click()"),
    );
    browser.wait_for(
        &page,
        &format!("{operation}.querySelector('.live-responses-table .response-col_status')"),
    );
    let status = format!("{operation}.querySelector('tr.response .response-col_status').innerText");
    let status = browser.evaluate(&page, &status);
    // What the example names is not in the settings of this program; the call was let in.
    assert!(status.as_str().unwrap().starts_with("422"), "{status}");
    let script = format!(
        "fetch('/v1/jobs', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, \
         body: JSON.stringify({}) }}).then(answer => answer.status)",
        json!({ "labelling": { "rules": usual_pattern() } })
    );
    assert_eq!(browser.evaluate(&page, &script), 202);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
    assert_eq!(
        browser.evaluate(&page, "window.violations"),
        Value::Array(Vec::new())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_allowed_origin_can_call() {
    let foreign = Foreign::start().await;
    let origin = foreign.url("127.0.0.1");
    let allowed = origin.clone();
    let app = TestApp::with()
        .settings(move |settings| settings.access.origins = vec![allowed])
        .start(&corpus(10))
        .await;
    let mut browser = Chromium::start(&[EVIL]);
    let call = format!(
        "fetch('{}', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, \
         body: JSON.stringify({}) }}).then(answer => answer.headers.get('location'), () => 'failed')",
        app.url("/v1/jobs"),
        json!({ "labelling": { "rules": usual_pattern() } })
    );
    let page = browser.open(&origin);
    let location = browser.evaluate(&page, &call);
    assert!(
        location.as_str().unwrap().starts_with("/v1/jobs/"),
        "{location}"
    );
    let page = browser.open(&foreign.url(EVIL));
    assert_eq!(browser.evaluate(&page, &call), "failed");
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
}
