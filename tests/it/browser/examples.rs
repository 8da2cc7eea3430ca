//! The examples of the documents, executed in the page that shows them.

use serde_json::json;

use super::bundled_server::{MAPPING, Server, TOKEN};
use super::chromium::{Chromium, Page};
use super::ruled::RULES;
use super::scraped::SCRAPE;
use crate::support::bundled_models::BOOSTER;
use crate::support::{TestApp, corpus};

/// What ends the job or the session is executed last.
const LAST: [&str; 14] = [
    "Models-remove_model_version",
    "Scrapes-remove_scrape",
    "Imports-remove_import",
    "Imports-remove_mapping",
    "Notifications-remove_notification_rule",
    "Schedules-remove_schedule",
    "Pipelines-remove_project",
    "Tasks-abort",
    "Jobs-cancel_job",
    "Jobs-resume_job",
    "Jobs-rerun_job",
    "Jobs-retry_job",
    "Jobs-remove_job",
    "Session-end_sessions",
];

/// Files of the examples: a project, and one that a mapping reads.
const PROJECT: (&str, &str) = (
    "project.yaml",
    "project: my-logs\ntasks: {report: {run: date}}\n",
);
const REPORT: (&str, &str) = (
    "report.csv",
    "地域,売上高（千円）\n関東,\"1,200\"\n関西,x\n",
);

/// Where a page waits for an element of an operation.
const FIND: &str = r#"
    const until = Date.now() + 20_000;
    const find = async (selector) => {
        for (;;) {
            const element = document.getElementById("ID")?.querySelector(selector);
            if (element) return element;
            if (Date.now() > until) return null;
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    };
"#;

/// Opens an operation; how many examples of its body there are.
const OPEN: &str = r#"
    // A page with few operations reacts much faster than one with all of them.
    ui.layoutActions.updateFilter("TAG");
    (await find(".opblock-summary-control")).click();
    await find(".execute");
    const block = document.getElementById("ID");
    // The page shows an operation before it has read all of it, and can only execute it afterwards.
    const path = block.querySelector("[data-path]").dataset.path;
    const method = block.querySelector(".opblock-summary-method").innerText.toLowerCase();
    const read = () => ui.specSelectors.specResolvedSubtree(["paths", path, method]);
    while (!read() && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10));
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const examples = block.querySelectorAll(".opblock-section-request-body select.examples-select-element option");
    return examples.length;
"#;

/// Chooses an example of a body, puts ids of this server in it, and executes the operation; the status
/// and the text of the answer.
const EXECUTE: &str = r#"
    const block = document.getElementById("ID");
    const set = (element, value, event) => {
        const prototype = Object.getPrototypeOf(element);
        Object.getOwnPropertyDescriptor(prototype, "value").set.call(element, value);
        element.dispatchEvent(new Event(event, { bubbles: true }));
    };
    const choice = block.querySelector(".opblock-section-request-body select.examples-select-element");
    if (NUMBER > 0) set(choice, choice.options[NUMBER].value, "change");
    const ids = IDS;
    const body = block.querySelector("textarea.body-param__text");
    const inputs = [...block.querySelectorAll(".parameters input[type=text]")];
    if (body && ids.length) {
        let text = body.value;
        for (const [example, own] of ids) text = text.replaceAll(example, own);
        if (text !== body.value) set(body, text, "input");
    }
    const path = block.querySelector("[data-path]").dataset.path;
    const method = block.querySelector(".opblock-summary-method").innerText.toLowerCase();
    for (const [example, own] of ids) for (const input of inputs) {
        // A later example of the body finds what an earlier one has put here.
        input.dataset.example ??= input.value;
        if (input.dataset.example !== example) continue;
        set(input, own, "input");
        // The page takes what is typed a moment later.
        const taken = () => JSON.stringify(ui.specSelectors.parameterValues([path, method])).includes(own);
        while (!taken() && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10));
    }
    // What is not shown as a text is a file.
    const picker = block.querySelector(".opblock-section-request-body input[type=file]");
    if (picker) {
        const files = new DataTransfer();
        const [name, text] = FILE;
        files.items.add(new File([text], name, { type: "application/octet-stream" }));
        picker.files = files.files;
        picker.dispatchEvent(new Event("change", { bubbles: true }));
    }
    block.querySelector(".btn-clear")?.click();
    while (block.querySelector(".live-responses-table")) await new Promise(resolve => setTimeout(resolve, 5));
    const answered = ".live-responses-table tr.response .response-col_status";
    let status = null;
    // The page may show the button before it knows the examples of parameters, and refuses to call.
    while (!status && Date.now() < until) {
        (await find(".execute")).click();
        status = await find(answered + ", .invalid");
        if (status?.matches(".invalid")) {
            status = null;
            await new Promise(resolve => setTimeout(resolve, 300));
            status = block.querySelector(answered);
        }
    }
    status = status?.innerText || "was not executed";
    const text = block.querySelector(".live-responses-table tr.response .response-col_description");
    return [status.trim(), text?.innerText ?? block.innerText.slice(0, 2000)];
"#;

const CLOSE: &str = r#"(await find(".opblock-summary-control")).click();"#;

fn script(steps: &str, operation: &str) -> String {
    let script = format!("(async () => {{ {FIND} {steps} }})()");
    let tag = operation.split('-').nth(1).unwrap_or_default();
    let script = script.replace("TAG", &tag.replace('_', " "));
    script.replace("ID\"", &format!("{operation}\""))
}

/// The name and the text of the file that an operation takes, as JSON.
fn file(operation: &str) -> String {
    json!(match operation {
        "Imports-put_mapping" => MAPPING,
        "Scrapes-put_scrape" => SCRAPE,
        operation if operation.starts_with("Imports-") => REPORT,
        "Models-add_model_version" => BOOSTER,
        "Rules-store_rule_set_version" => RULES,
        _ => PROJECT,
    })
    .to_string()
}

/// The operations of a page by their names, those that leave nothing to the others last.
fn operations(browser: &mut Chromium, page: &Page) -> Vec<String> {
    browser.wait_for(page, "document.querySelector('.opblock')");
    let ids = "[...document.querySelectorAll('.opblock')].map(operation => operation.id)";
    let ids = browser.evaluate(page, ids);
    let ids = ids.as_array().unwrap().iter();
    let names = ids.map(|id| id.as_str().unwrap().strip_prefix("operations-").unwrap());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_by_key(|name| LAST.iter().position(|last| last == name));
    names
}

/// Executes all examples of an operation.
async fn execute(server: &Server, browser: &mut Chromium, page: &Page, operation: &str) {
    let id = format!("operations-{operation}");
    let examples = browser.evaluate(page, &script(OPEN, &id));
    for number in 0..examples.as_u64().unwrap().max(1) {
        server.prepare_job(operation).await;
        let ids = json!(server.ids(operation).await).to_string();
        let steps = EXECUTE
            .replace("NUMBER", &number.to_string())
            .replace("IDS", &ids)
            .replace("FILE", &file(operation));
        let answer = browser.evaluate(page, &script(&steps, &id));
        let status = answer[0].as_str().unwrap();
        // The page says "Undocumented" behind a status that the document does not have.
        let succeeded = match operation {
            // Only a forge can sign what it delivers.
            "Pipelines-receive_hook" | "Schedules-receive_schedule_hook" => status == "401",
            _ => status.len() == 3 && status.starts_with('2'),
        };
        assert!(succeeded, "{operation}, example {number}: {answer}");
        // Where a failure has the status 200, too.
        let refused = answer[1].as_str().unwrap().contains("\"error_code\": 4");
        assert!(!refused, "{operation}, example {number}: {answer}");
    }
    browser.evaluate(page, &script(CLOSE, &id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_work_on_the_bundled_sample() {
    // Small slices: the job still runs when it is to be cancelled.
    let variables = [
        ("AUTH_TOKEN", TOKEN),
        ("AUDIENCE__LABELLING__ROWS_PER_SLICE", "1"),
        // Nobody is told: the name leads nowhere.
        ("AUDIENCE__HOOKS__SLACK__URL", "https://hooks.invalid/x"),
        ("AUDIENCE__HOOKS__SLACK__FORMAT", "slack"),
    ];
    let server = Server::start(&variables).await;
    let mut browser = Chromium::start(&[]);
    let page_of = |document| format!("{}/docs?document={document}", server.bundled.base);
    let page = browser.open(&page_of("v1"));
    operations(&mut browser, &page);
    // All other calls show the session that this one begins.
    execute(&server, &mut browser, &page, "Session-create_session").await;
    for (document, least) in [("briefs", 13), ("compat", 5), ("dispatch", 8), ("v1", 32)] {
        let page = browser.open(&page_of(document));
        let operations = operations(&mut browser, &page);
        assert!(operations.len() >= least, "{document}: {operations:?}");
        // Its answer has no end.
        let ending = |operation: &String| operation != "Notifications-watch_notifications";
        for operation in operations.into_iter().filter(ending) {
            execute(&server, &mut browser, &page, &operation).await;
        }
        let violations = browser.evaluate(&page, "window.violations");
        assert_eq!(violations, json!([]), "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_calls_the_server_that_it_comes_from() {
    let app = TestApp::with()
        .settings(|settings| {
            settings.server.public_url = Some("https://box.example/audience".to_owned());
        })
        .start(&corpus(10))
        .await;
    let mut browser = Chromium::start(&[]);
    for page in ["/audience/docs", "/audience/docs/"] {
        let page = browser.open(&app.url(page));
        browser.wait_for(
            &page,
            "document.querySelector('.servers select')?.value === '/audience'",
        );
        let id = "operations-Jobs-list_jobs";
        browser.evaluate(&page, &script(OPEN, id));
        let steps = EXECUTE.replace("NUMBER", "0").replace("IDS", "[]");
        let answer = browser.evaluate(&page, &script(&steps, id));
        assert_eq!(answer[0], "200", "{answer}");
    }
}
