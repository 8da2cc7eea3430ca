//! The message that a worker gets.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "Task")]
    task: Task<'a>,
}

#[derive(Serialize)]
struct Task<'a> {
    task_id: &'a str,
    service: &'a str,
    source_name: &'a str,
    condition: &'a Value,
}

/// As JSON.
pub fn envelope(
    task_id: &str,
    service: &str,
    source_name: &str,
    condition: &Value,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope {
        task: Task {
            task_id,
            service,
            source_name,
            condition,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_workers_know() {
        let condition = serde_json::json!({ "xx": "xx", "a": 1.0 });
        assert_eq!(
            envelope("ts_aaa_1", "aaa", "mongo", &condition).unwrap(),
            "{\"Task\":{\"task_id\":\"ts_aaa_1\",\"service\":\"aaa\",\"source_name\":\"mongo\",\
             \"condition\":{\"xx\":\"xx\",\"a\":1.0}}}"
        );
    }
}
