//! An example of a timeline.

use serde_json::{Value, json};

pub(super) fn timeline() -> Value {
    let part = |part: u32, at_work: f64, completed: u64, failed: u64| {
        json!({
            "part": part, "at_work": at_work, "completed": completed, "failed": failed,
            "interrupted": 0,
        })
    };
    json!({
        "from": "2026-11-22T10:00:00.000Z",
        "until": "2026-11-22T10:02:00.000Z",
        "part_s": 1.000_001,
        "one_in": 1,
        "steps": [
            {
                "name": "first", "kind": "noop", "state": "running",
                "from": "2026-11-22T10:00:00.250Z", "until": null, "attempts": 412, "failed": 1,
                "density": [part(0, 1.5, 3, 0), part(1, 2.0, 4, 1), part(2, 2.0, 4, 0)],
            },
            {
                "name": "second", "kind": "noop", "state": "pending", "from": null,
                "until": null, "attempts": 0, "failed": 0, "density": [],
            },
        ],
        "attempts": null,
        "marks": [
            { "at": "2026-11-22T10:00:00.000Z", "kind": "started" },
            {
                "at": "2026-11-22T10:00:40.000Z", "kind": "rescued",
                "reason": "its process is gone",
            },
            { "at": "2026-11-22T10:00:41.000Z", "kind": "adopted" },
        ],
        "waits": [{
            "from": "2026-11-22T10:01:10.000Z", "until": "2026-11-22T10:01:15.000Z",
            "reason": "the output database cannot be reached", "parked": false,
        }],
    })
}
