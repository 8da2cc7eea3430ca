//! The page on which a file is imported: what is typed shows what would come out.

use serde_json::json;

use super::chromium::Chromium;
use crate::support::TestApp;

const FILE: &str = "品名,数量\n机,1\n椅子,x\n";

const MAPPING: &str = "import: stock\ntables:\n  - into: goods\n    start: 品名\n    columns:\n      \
                       item: {from: 品名}\n      amount: {from: 数量, type: integer}\n";

/// Chooses a file.
fn choose(text: &str) -> String {
    format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], '在庫.csv')); \
         const picker = document.querySelector('#file'); picker.files = files.files; \
         picker.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
        json!(text)
    )
}

/// Types a mapping.
fn enter(text: &str) -> String {
    format!(
        "(() => {{ const text = document.querySelector('#text'); text.value = {}; \
         text.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()",
        json!(text)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_shows_the_rows_that_would_be_stored() {
    let app = TestApp::with().start(&[]).await;
    let mut browser = Chromium::start(&[]);
    let page = browser.open(&app.url("/imports/new"));
    browser.evaluate(&page, &choose(FILE));
    // The sheet, a draft, and what that makes.
    browser.wait_for(
        &page,
        "document.querySelector('#c-A2')?.innerText.includes('机')",
    );
    browser.wait_for(
        &page,
        "document.querySelector('#text').value.startsWith('import:')",
    );
    browser.evaluate(&page, &enter(MAPPING));
    let preview = "document.querySelector('[data-part=preview]').innerText";
    browser.wait_for(&page, &format!("{preview}.includes('goods')"));
    browser.wait_for(
        &page,
        "document.querySelector('#c-B3')?.dataset.s === 'failed'",
    );
    browser.evaluate(&page, "document.querySelector('#c-B3 a').click()");
    browser.wait_for(&page, "location.hash === '#p0'");

    // A text with faults: they are said, and what the last good text made stays.
    browser.evaluate(&page, &enter(&MAPPING.replace("start:", "strat:")));
    browser.wait_for(
        &page,
        "document.querySelector('[data-line=\"4\"]') !== null",
    );
    let kept = browser.evaluate(&page, preview);
    assert!(kept.as_str().unwrap().contains("goods"), "{kept}");
    browser.evaluate(&page, "document.querySelector('[data-line=\"4\"]').click()");
    let caret = "document.activeElement.value.slice(0, document.activeElement.selectionStart)";
    let before = browser.evaluate(&page, caret);
    assert_eq!(before, "import: stock\ntables:\n  - into: goods\n    ");

    // Another file under the same text.
    browser.evaluate(&page, &enter(MAPPING));
    browser.evaluate(&page, &choose("品名,数量\n棚,3\n"));
    browser.wait_for(&page, &format!("{preview}.includes('棚')"));
    let text = browser.evaluate(&page, "document.querySelector('#text').value");
    assert_eq!(text, MAPPING);
    let violations = browser.evaluate(&page, "window.violations");
    assert_eq!(violations, json!([]));
    browser.evaluate(&page, "document.querySelector('[value=run]').click()");
    app.wait_for_rows("SELECT count(*) FROM audience_import WHERE rows_inserted = 1")
        .await;
    app.stop().await;
}
