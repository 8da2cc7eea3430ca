//! Examples of calls about scrapes, for the document.

use serde_json::{Value, json};

use crate::http::document::EXAMPLE_JOB;

const NAME: &str = "weather";
const SCRAPE: &str = "scrape: weather\nschedule: {cron: \"30 6 * * *\", timezone: Asia/Tokyo}\nrequest: {url: \
    \"https://example.com/obs?day={day-1:%Y-%m-%d}\"}\nextract:\n  html:\n    rows: \"table#obs tbody tr\"\n    \
    fields: {station: {css: td.s}, temp: {css: td.t, type: number}}\nexpect: {min_rows: 1}\ninto: {table: weather, \
    key: [day, station]}\nstale_after_h: 30\n";
const NO_SCRAPE: &str = "there is no scrape weather";
const NO_RUN: &str = "there is no run 019ab3c4d5e67f8091a2b3c4d5e6f708 of the scrape weather";
const NO_PAGE: &str = "run 019ab3c4d5e67f8091a2b3c4d5e6f708 has no page 1 that is kept";
const CHANGED: &str = "scrape weather was changed meanwhile";
const FAULTY: &str = "the scrape has a fault: 2:12: schedule.cron: in `0 0 30 2 *`: this day does not \
    exist in any of these months";
const NO_DAY: &str = "day: expected a day such as 2026-11-30";
const FULL: &str = "as many jobs wait as may";

pub(crate) fn examples() -> Value {
    json!({
        "list_scrapes": {
            "200": { "one": { "scrapes": [scrape()] } },
            "503": { "failure": "failed to list scrapes" },
        },
        "get_scrape": {
            "parameters": { "name": NAME },
            "200": { "one": scrape() },
            "404": { "unknown": NO_SCRAPE },
            "503": { "failure": "failed to list scrapes" },
        },
        "list_scrape_versions": {
            "parameters": { "name": NAME },
            "200": { "two": { "versions": [
                { "version": 3, "text": SCRAPE, "changed_by": "anna", "changed_at": "2026-11-29T19:00:00.000Z" },
                { "version": 2, "text": null, "changed_by": "anna", "changed_at": "2026-11-29T18:00:00.000Z" },
            ], "next": 2 } },
            "404": { "unknown": NO_SCRAPE },
            "503": { "failure": "failed to read a scrape" },
        },
        "put_scrape": {
            "parameters": { "name": NAME },
            "request": { "one": SCRAPE },
            "200": { "replaced": scrape() },
            "201": { "new": scrape() },
            "412": { "changed": CHANGED },
            "422": { "faulty": FAULTY },
            "503": { "failure": "failed to store a scrape" },
        },
        "remove_scrape": {
            "parameters": { "name": NAME },
            "404": { "unknown": NO_SCRAPE },
            "412": { "changed": CHANGED },
            "503": { "failure": "failed to store a scrape" },
        },
        "run_scrape": {
            "parameters": { "name": NAME, "Idempotency-Key": "weather 2026-11-30" },
            "request": { "day": { "day": "2026-11-30" } },
            "202": { "queued": queued() },
            "404": { "unknown": NO_SCRAPE },
            "409": { "key_used": "the Idempotency-Key was used with another request" },
            "422": { "no_day": NO_DAY },
            "429": { "full": FULL },
            "503": { "failure": "failed to store jobs" },
        },
        "test_scrape": {
            "parameters": { "name": NAME },
            "request": { "stored": {}, "written": { "day": "2026-11-30", "scrape": SCRAPE } },
            "200": { "one": trial() },
            "404": { "unknown": NO_SCRAPE },
            "422": { "faulty": FAULTY },
            "503": { "failure": "failed to read a scrape" },
        },
        "replay_scrape": {
            "parameters": { "name": NAME },
            "request": { "days": { "from": "2026-11-01", "to": "2026-11-30" } },
            "202": { "queued": queued() },
            "404": { "unknown": NO_SCRAPE },
            "422": { "nothing": "no pages of the scrape weather are kept from 2026-11-01 to 2026-11-30" },
            "429": { "full": FULL },
            "503": { "failure": "failed to store jobs" },
        },
        "list_scrape_runs": {
            "parameters": { "name": NAME },
            "200": { "one": { "runs": [ended()], "next": null } },
            "404": { "unknown": NO_SCRAPE },
            "503": { "failure": "failed to list runs of a scrape" },
        },
        "get_scrape_run": {
            "parameters": { "name": NAME, "run_id": EXAMPLE_JOB },
            "200": { "ended": { "run": ended(), "pages": [page()], "problems": [problem()] } },
            "404": { "unknown": NO_RUN },
            "503": { "failure": "failed to look for a run of a scrape" },
        },
        "get_scrape_page": {
            "parameters": { "name": NAME, "run_id": EXAMPLE_JOB, "number": 1 },
            "200": { "page": "the bytes of the page" },
            "404": { "unknown": NO_PAGE },
            "503": { "failure": "failed to reach the pages that are kept" },
        },
    })
}

fn scrape() -> Value {
    json!({
        "name": NAME, "version": 3, "text": SCRAPE, "changed_by": "anna",
        "changed_at": "2026-11-29T19:00:00.000Z", "paused": false,
        "next": [
            "2026-11-30T21:30:00.000Z", "2026-12-01T21:30:00.000Z", "2026-12-02T21:30:00.000Z",
            "2026-12-03T21:30:00.000Z", "2026-12-04T21:30:00.000Z",
        ],
        "freshness": {
            "state": "fresh", "fresh_at": "2026-11-29T21:30:04.000Z", "stale_after_h": 30.0,
        },
        "current": null,
        "last_run": ended(),
    })
}

fn ended() -> Value {
    json!({
        "id": EXAMPLE_JOB, "job_id": EXAMPLE_JOB, "scrape": NAME, "version": 3, "day": "2026-11-30",
        "state": "succeeded", "reason": null, "replay_of": null, "started_by": "scrapes/weather",
        "began_at": "2026-11-29T21:30:01.000Z", "ended_at": "2026-11-29T21:30:04.000Z",
        "pages": 1, "unchanged_pages": 0, "bytes": 4_711, "ended": "one_page",
        "rows": { "found": 2, "left_out": 0, "inserted": 2, "updated": 0, "unchanged": 0 },
        "problems": 1,
        "tables": [{
            "into": "weather",
            "rows": { "inserted": 2, "updated": 0, "unchanged": 0, "replaced": 0 },
        }],
        "pages_kept_until": "2026-12-29T21:30:04.000Z",
    })
}

fn queued() -> Value {
    json!({
        "id": EXAMPLE_JOB, "job_id": EXAMPLE_JOB, "scrape": NAME, "version": 3, "day": "2026-11-30",
        "state": "queued", "reason": null, "replay_of": null, "started_by": "anna",
        "began_at": null, "ended_at": null, "pages": 0, "unchanged_pages": 0, "bytes": 0,
        "ended": null,
        "rows": { "found": 0, "left_out": 0, "inserted": 0, "updated": 0, "unchanged": 0 },
        "problems": 0, "tables": [], "pages_kept_until": null,
    })
}

fn page() -> Value {
    json!({
        "number": 1, "url": "https://example.com/obs?day=2026-11-29",
        "content_type": "text/html; charset=Shift_JIS", "bytes": 4_711,
        "fetched_at": "2026-11-29T21:30:02.000Z",
    })
}

fn problem() -> Value {
    json!({
        "cell": "page 1, row 2", "table": "weather", "column": "temp", "code": "not_a_number",
        "text": "x", "message": "`x` is not a number",
    })
}

fn trial() -> Value {
    json!({
        "scrape": NAME, "day": "2026-11-30", "outcome": "succeeded", "reason": null,
        "pages": [page()],
        "tables": [{ "into": "weather", "rows": [
            { "station": "東京", "temp": 12.5, "day": "2026-11-30",
              "fetched_at": "2026-11-29T21:30:02",
              "_url": "https://example.com/obs?day=2026-11-29", "_place": "page 1, row 1" },
        ] }],
        "problems": [problem()], "problem_count": 1,
    })
}
