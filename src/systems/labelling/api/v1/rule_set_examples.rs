//! Examples of the calls about rule sets, for the document.

use serde_json::{Value, json};

use super::rules_examples::too_large;

const DIGEST: &str = "5f2ad3b1c6e79408a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";
const UNKNOWN: &str = "there is no rule set `noodle`; known: interests, noodles";
const NO_VERSION: &str = "rule set `noodles` has no version 9; it has 1";

pub(super) fn all() -> Vec<(&'static str, Value)> {
    vec![
        (
            "get_rule_set",
            json!({
                "parameters": { "name": "noodles" },
                "200": { "set": set() },
                "404": { "unknown": UNKNOWN },
            }),
        ),
        (
            "list_rule_set_versions",
            json!({
                "parameters": { "name": "noodles", "limit": 50 },
                "200": { "page": { "versions": [version()], "next": null } },
                "404": { "unknown": UNKNOWN },
            }),
        ),
        (
            "get_rule_set_version",
            json!({
                "parameters": { "name": "noodles", "version": "newest", "format": "yaml" },
                "200": {
                    "application/json": version(), "application/yaml": YAML, "application/zip": "PK…",
                    "text/csv": CSV,
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK…",
                },
                "404": { "unknown": UNKNOWN, "no_version": NO_VERSION },
                "422": { "bad_version":
                    "rule_set: expected a number from 1, `active` or `newest`, found `latest`" },
            }),
        ),
        (
            "list_rule_set_activations",
            json!({
                "parameters": { "name": "noodles", "limit": 50 },
                "200": { "page": { "activations": [{
                    "no": 1, "from": null, "to": 1, "at": "2026-11-22T10:05:00.000Z", "by": "anna",
                    "why": "the first one",
                }], "next": null } },
                "404": { "unknown": UNKNOWN },
            }),
        ),
        (
            "store_rule_set_version",
            json!({
                "parameters": { "name": "noodles", "why": "the first one", "If-Match": "*" },
                "request": { "application/json": document(), "application/octet-stream": YAML,
                    "application/zip": "PK…", "text/csv": CSV,
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK…" },
                "200": { "same": version() },
                "201": { "stored": version() },
                "409": { "of_settings": "rule set `interests` is in the settings (`labelling.rule_sets`): its versions \
                    are made when its files change" },
                "412": { "changed": "rule set `noodles` has changed; look at it again" },
                "422": { "faulty": "document:3: E01: two terms stand side by side" },
                "428": { "required": "If-Match: expected the ETag of the set that you have seen, or `*`" },
            }),
        ),
        (
            "activate_rule_set",
            json!({
                "parameters": { "name": "noodles", "If-Match": "*" },
                "request": { "version": { "version": 1, "why": "it was compared with last week's" } },
                "200": { "set": set() },
                "404": { "unknown": UNKNOWN, "no_version": NO_VERSION },
                "409": { "of_settings": "rule set `interests` is in the settings (`labelling.rule_sets`): its versions \
                    are made when its files change" },
                "412": { "changed": "rule set `noodles` has changed; look at it again" },
                "428": { "required": "If-Match: expected the ETag of the set that you have seen, or `*`" },
            }),
        ),
        (
            "compare_rule_set_versions",
            json!({
                "parameters": { "name": "noodles", "from": "active", "to": "newest", "Accept": "application/json" },
                "200": {
                    "application/json": {
                        "from": { "name": "noodles", "version": 1, "digest": DIGEST },
                        "to": { "name": "noodles", "version": 1, "digest": DIGEST },
                        "options": [], "labels": { "added": [], "removed": [], "moved": [] },
                        "rules": { "added": [], "removed": [], "altered": [], "moved": [] },
                        "excepts": { "added": [], "removed": [] },
                    },
                    "text/plain": "the rules are the same\n",
                },
                "404": { "unknown": UNKNOWN, "no_version": NO_VERSION },
                "422": { "bad_version":
                    "rule_set: expected a number from 1, `active` or `newest`, found `latest`" },
            }),
        ),
        (
            "lint_rules",
            json!({
                "request": { "draft": { "rules": { "document": document() } } },
                "200": { "findings": { "findings": [{
                    "code": "W06", "level": "warning", "label": "noodles", "rule": "0b1f5c9b2a77",
                    "place": "/labels/noodles/1", "message": "麵 is too broad",
                    "advice": "write a longer keyword",
                }], "counts": { "W06": 1 }, "cut": false } },
                "404": { "unknown": UNKNOWN },
                "413": { "large": too_large("rules.document: expected at most 8388608 bytes, found 8388609") },
                "422": { "nothing": "rules: expected one of rule_set, document" },
            }),
        ),
    ]
}

const YAML: &str =
    "model_type: mixed_model\nin: [title, content]\nlabels:\n  noodles:\n  - 麵 AND NOT 徵才\n";

const CSV: &str =
    "part,label,text,match_type,in,id,note\r\nrule,noodles,麵 AND NOT 徵才,expression,,,\r\n";

fn document() -> Value {
    json!({
        "model_type": "mixed_model", "in": ["title", "content"],
        "labels": { "noodles": ["麵 AND NOT 徵才"] },
    })
}

fn set() -> Value {
    json!({
        "name": "noodles", "created": "2026-11-22T10:00:00.000Z", "of_settings": false, "active": 1,
        "activations": 1, "newest": version(),
    })
}

fn version() -> Value {
    json!({
        "name": "noodles", "version": 1, "digest": DIGEST, "created": "2026-11-22T10:00:00.000Z",
        "by": "anna", "why": "the first one", "format": "yaml", "active": true, "labels": 1, "rules": 1,
        "lint": { "E": 0, "W": 0 },
    })
}
