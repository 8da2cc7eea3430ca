//! Examples for the document.

use serde_json::{Value, json};

use crate::http::document::EXAMPLE_JOB;

const NAME: &str = "report";
const MAPPING: &str = "import: report\ntables:\n  - into: sales\n    start: 地域\n    columns:\n      \
    region: {from: 地域}\n      sales: {from: 売上高, type: number, unit: 千円}\n    key: [region]\n";
const FILE: &str = "地域,売上高（千円）\n関東,\"1,200\"\n関西,x\n";
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ETAG: &str = "\"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9\"";
const NO_MAPPING: &str = "there is no mapping report";
const NO_IMPORT: &str = "there is no import 019ab3c4d5e67f8091a2b3c4d5e6f708";
const CHANGED: &str = "mapping report was changed meanwhile";
const FAULTY: &str = "the mapping has a fault: 4:5: tables[0].strat: unknown field `strat`, expected one of \
    `into`, `start`";
const UNREADABLE: &str =
    "file: the workbook is protected by a password; remove it and save the workbook again";

pub(crate) fn examples() -> Value {
    json!({
        "list_mappings": {
            "200": { "one": { "mappings": [mapping()] } },
            "503": { "failure": "failed to list mappings" },
        },
        "get_mapping": {
            "parameters": { "name": NAME, "If-None-Match": ETAG },
            "200": { "one": mapping() },
            "404": { "unknown": NO_MAPPING },
            "503": { "failure": "failed to read a mapping" },
        },
        "list_mapping_versions": {
            "parameters": { "name": NAME },
            "200": { "one": { "versions": [version()], "next": null } },
            "404": { "unknown": NO_MAPPING },
            "503": { "failure": "failed to list the versions of a mapping" },
        },
        "put_mapping": {
            "parameters": { "name": NAME },
            "request": { "one": MAPPING },
            "200": { "replaced": mapping() },
            "201": { "new": mapping() },
            "412": { "changed": CHANGED },
            "422": { "faulty": FAULTY },
            "503": { "failure": "failed to store a mapping" },
        },
        "remove_mapping": {
            "parameters": { "name": NAME },
            "404": { "unknown": NO_MAPPING },
            "412": { "changed": CHANGED },
            "503": { "failure": "failed to store a mapping" },
        },
        "preview_import": {
            "request": { "named": { "file": FILE, "mapping": NAME },
                "written": { "file": FILE, "mapping": MAPPING } },
            "200": { "one": preview() },
            "422": { "faulty": FAULTY, "unreadable": UNREADABLE },
        },
        "read_cells": {
            "request": { "csv": { "file": FILE } },
            "200": { "one": cells() },
            "422": { "sheet": "file: there is no sheet `sales`; known: report",
                "unreadable": UNREADABLE },
        },
        "suggest_mapping": {
            "request": { "csv": { "file": FILE } },
            "200": { "draft": { "mapping": MAPPING } },
            "422": { "unreadable": UNREADABLE },
        },
        "lint_file": {
            "request": { "csv": { "file": FILE } },
            "200": { "one": lint() },
            "422": { "unreadable": UNREADABLE },
        },
        "start_import": {
            "parameters": { "Idempotency-Key": "report 2026-11" },
            "request": { "named": { "file": FILE, "mapping": NAME },
                "strict": { "file": FILE, "mapping": MAPPING, "strict": true } },
            "202": { "queued": queued() },
            "409": { "key_used": "the Idempotency-Key was used with another request" },
            "422": { "faulty": FAULTY, "unknown": "there is no mapping reports; known: report" },
            "429": { "full": "as many jobs wait as may" },
            "503": { "failure": "failed to store jobs" },
        },
        "list_imports": {
            "200": { "one": { "imports": [imported()], "next": null } },
            "503": { "failure": "failed to list imports" },
        },
        "get_import": {
            "parameters": { "import_id": EXAMPLE_JOB },
            "200": { "imported": imported(), "queued": queued() },
            "404": { "unknown": NO_IMPORT },
            "503": { "failure": "failed to look for an import" },
        },
        "list_import_problems": {
            "parameters": { "import_id": EXAMPLE_JOB },
            "200": { "one": { "problems": [problem(true)], "next": null,
                "counts": [{ "code": "not_a_number", "column": "sales", "problems": 1 }] } },
            "404": { "unknown": NO_IMPORT },
            "503": { "failure": "failed to list the problems of an import" },
        },
        "remove_import": {
            "parameters": { "import_id": EXAMPLE_JOB },
            "404": { "unknown": NO_IMPORT },
            "409": { "running":
                "import 019ab3c4d5e67f8091a2b3c4d5e6f708 has not ended; cancel its job first" },
            "503": { "failure": "the output database cannot be opened: it is locked by another process" },
        },
    })
}

fn mapping() -> Value {
    json!({
        "name": NAME, "version": 3, "text": MAPPING, "changed_by": "anna",
        "changed_at": "2026-11-29T19:00:00.000Z",
    })
}

fn version() -> Value {
    json!({
        "version": 3, "text": MAPPING, "changed_by": "anna", "changed_at": "2026-11-29T19:00:00.000Z",
    })
}

fn cells() -> Value {
    let cell = |name: &str, row: u32, column: u32, text: &str| {
        json!({
            "cell": name, "row": row, "column": column, "text": text, "kind": "text", "rows": 1, "columns": 1,
        })
    };
    json!({
        "file": "report.csv", "sha256": SHA256, "format": "csv",
        "sheets": [{ "name": "report", "hidden": false }], "sheet": "report", "height": 3, "width": 2,
        "cells": [cell("A1", 1, 1, "地域"), cell("B1", 1, 2, "売上高（千円）"), cell("A2", 2, 1, "関東")],
    })
}

fn counts(inserted: u64, updated: u64, unchanged: u64) -> Value {
    json!({ "inserted": inserted, "updated": updated, "unchanged": unchanged, "replaced": 0 })
}

fn imported() -> Value {
    json!({
        "id": EXAMPLE_JOB, "job_id": EXAMPLE_JOB, "state": "imported", "reason": null,
        "file": "report.csv", "sha256": SHA256, "format": "csv", "mapping": NAME,
        "mapping_version": 3, "output": null, "strict": false, "started_by": "anna",
        "at": "2026-11-29T19:00:01.000Z", "rows": counts(1, 0, 1), "problems": 1,
        "tables": [{ "into": "sales", "rows": counts(1, 0, 1) }],
    })
}

fn queued() -> Value {
    json!({
        "id": EXAMPLE_JOB, "job_id": EXAMPLE_JOB, "state": "queued", "reason": null,
        "file": "report.csv", "sha256": SHA256, "format": null, "mapping": NAME,
        "mapping_version": 3, "output": null, "strict": false, "started_by": "anna",
        "at": "2026-11-29T19:00:00.000Z", "rows": counts(0, 0, 0), "problems": 0, "tables": [],
    })
}

fn problem(is_stored: bool) -> Value {
    let mut problem = json!({
        "cell": "report!B3", "table": "sales", "column": "sales", "code": "not_a_number",
        "text": "x", "message": "`x` is not a number",
    });
    if is_stored {
        problem["no"] = 1.into();
    }
    problem
}

fn preview() -> Value {
    json!({
        "import": NAME,
        "file": { "name": "report.csv", "sha256": SHA256, "format": "csv", "sheets": ["report"] },
        "tables": [{
            "into": "sales", "sheet": "report", "range": "A1:B3", "columns": ["region", "sales"],
            "rows": [
                { "region": "関東", "sales": 1_200_000.0, "_cell": "report!A2" },
                { "region": "関西", "sales": null, "_cell": "report!A3" },
            ],
            "skipped": [],
        }],
        "problems": [problem(false)], "unused": [],
        "counts": { "rows": 2, "problems": 1, "skipped": 0, "unused": 0 },
    })
}

fn lint() -> Value {
    json!({
        "format": "csv", "sheets": ["report"], "not_judged": ["1-12"],
        "findings": [{
            "rule": "1-3", "sheet": "report", "cells": ["B2"], "count": 1,
            "message":
                "a number is stored as a text, or with its unit, its commas or a sign such as ▲",
            "advice": "Enter the bare number, with - for negative ones, and leave commas and signs \
                to the format of the cell; state the unit in the heading.",
        }],
    })
}
