//! The window over what a command has written, in a real browser.

use serde_json::json;

use super::own_project::OwnProject;
use super::served::{Server, submit_one};
use crate::browser::chromium::{Chromium, Page};
use crate::support::wait_for;

/// Writes on when the file `go` is there.
const PROJECT: &str = r"
tasks:
  write:
    run: |
      echo '::group::first'; seq 30; echo '::endgroup::'
      seq -f 'line %.0f <i>no markup</i>' 33 200000
      printf '\033[32mgreen\033[0m\n'
      while [ ! -e go ]; do sleep 0.01; done
      printf 'one\rtwo\n::error::no rows\n'
      exit 1
";

/// A row that is seen has this text.
fn is_seen(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('#log > li')].some(row => {{
            const [row_, box] = [row, row.closest('.scroll')].map(one => one.getBoundingClientRect());
            return row.textContent.includes({text:?}) && row_.bottom > box.top && row_.top < box.bottom;
        }})"
    )
}

fn press(browser: &mut Chromium, page: &Page, key: &str) {
    let script = format!(
        "document.querySelector('.console').dispatchEvent(\
         new KeyboardEvent('keydown', {{ key: {key:?}, bubbles: true, cancelable: true }}))"
    );
    browser.evaluate(page, &script);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_console_is_followed_searched_and_linked() {
    let project = OwnProject::with(PROJECT);
    let server = Server::start(&project, "server", json!({})).await;
    let job = submit_one(&project, "server", &["write"]);
    wait_for("all is written", async || {
        let path = format!("/v1/jobs/{job}/console/search?q=green");
        let (_, found) = server.get(&path).await;
        (found["total"] == 1).then_some(())
    })
    .await;
    let mut browser = Chromium::start(&[]);
    let address = format!("{}/jobs/{job}/log", server.url());
    let page = browser.open(&address);
    // It runs: the end is shown, and what comes is shown when it comes.
    browser.wait_for(&page, &is_seen("green"));
    browser.wait_for(
        &page,
        "document.querySelector('[data-a=\"32\"]')?.textContent === 'green'",
    );
    press(&mut browser, &page, "Home");
    browser.wait_for(&page, &is_seen("line 33 <i>no markup</i>"));
    browser.evaluate(&page, "document.querySelector('.fold button').click()");
    let opened = "[...document.querySelectorAll('#log p')].some(text => text.textContent === '1')";
    browser.wait_for(&page, opened);
    let search = "const field = document.querySelector('main input[type=search]'); \
                  field.value = 'line 150000 '; field.form.requestSubmit()";
    browser.evaluate(&page, search);
    browser.wait_for(&page, &is_seen("line 150000 "));
    browser.wait_for(
        &page,
        "document.querySelector('#log-status').textContent === '1 of 1'",
    );
    let number = "document.querySelector('.hit > a').textContent === '150,000'";
    browser.wait_for(&page, number);
    press(&mut browser, &page, "End");
    browser.wait_for(&page, &is_seen("green"));
    project.write("go", "");
    browser.wait_for(&page, &is_seen("two"));
    server.wait_until_ended(&job).await;
    browser.wait_for(&page, &is_seen("no rows"));
    let rows = browser.evaluate(&page, "document.querySelectorAll('#log > li').length");
    assert!(rows.as_u64().unwrap() < 500, "{rows}");
    assert_eq!(
        browser.evaluate(&page, "document.querySelectorAll('#log i').length"),
        0
    );
    assert_eq!(browser.evaluate(&page, "window.violations"), json!([]));
    let page = browser.open(&format!("{address}?line=100000#L100000"));
    browser.wait_for(&page, &is_seen("line 100000 "));
}
