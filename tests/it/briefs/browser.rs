//! The page of a brief in a browser with scripts: it changes while the brief runs.

use serde_json::json;

use super::fixture::Platforms;
use crate::browser::chromium::Chromium;

/// Fills the form, and sends it.
const SUBMIT: &str = "(() => { const set = (id, value) => { document.querySelector(id).value = value; }; \
     set('#keywords', '防晒霜\\n口红'); set('#start_time', '2026-11-01T00:00:00'); \
     set('#end_time', '2026-11-27T23:59:59'); document.querySelector('main form button.primary').click(); })()";

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_is_watched_until_its_zip_is_there() {
    let platforms = Platforms::usual(&["--latency", "0.1"]);
    let app = platforms.app().await;
    let mut browser = Chromium::start(&[]);
    let page = browser.open(&app.url("/briefs/new"));
    browser.evaluate(&page, SUBMIT);
    browser.wait_for(
        &page,
        "/^\\/briefs\\/[0-9a-f]{32}$/u.test(location.pathname)",
    );
    browser.wait_for(
        &page,
        "document.querySelectorAll('#platforms tbody tr').length === 5",
    );
    // Nobody has loaded it again.
    browser.wait_for(
        &page,
        "document.querySelector('h1 .state').dataset.s === 'succeeded'",
    );
    browser.wait_for(&page, "document.querySelector('#files a') !== null");
    browser.wait_for(
        &page,
        "document.querySelectorAll('#articles tbody tr').length === 10",
    );
    let is_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.evaluate(&page, is_wide), false);
    let violations = browser.evaluate(&page, "window.violations");
    assert_eq!(violations, json!([]));
    app.stop().await;
}
