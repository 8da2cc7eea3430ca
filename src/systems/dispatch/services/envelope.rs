//! The message that a worker gets.

use std::io;

use entity::JobId;
use serde::Serialize;
use serde_json::Value;

use super::task_id::TaskId;
use crate::kafka::batch_bytes;

/// Headers of a message.
pub(super) const ATTEMPT: &str = "attempt";
pub(super) const TRACEPARENT: &str = "traceparent";

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "Task")]
    task: Task<'a>,
    attempt: i32,
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
    attempt: i32,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope {
        task: Task {
            task_id,
            service,
            source_name,
            condition,
        },
        attempt,
    })
}

/// What the message of a task takes on the broker, whatever its attempt is.
pub fn message_bytes(service: &str, source_name: &str, condition: &Value) -> u64 {
    const TRACEPARENT_BYTES: usize = 55;
    let longest = i32::MAX;
    // All ids are of one length.
    let task_id = TaskId {
        service: service.to_owned(),
        job: JobId::new(),
    };
    let task_id = task_id.to_string();
    let mut payload = Counted(0);
    let envelope = Envelope {
        task: Task {
            task_id: &task_id,
            service,
            source_name,
            condition,
        },
        attempt: longest,
    };
    serde_json::to_writer(&mut payload, &envelope).expect("a JSON value can be written");
    let headers = [
        (ATTEMPT.len(), longest.to_string().len()),
        (TRACEPARENT.len(), TRACEPARENT_BYTES),
    ];
    batch_bytes(task_id.len(), payload.0, &headers) as u64
}

/// Counts what is written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_workers_know() {
        let condition = serde_json::json!({ "xx": "xx", "a": 1.0 });
        assert_eq!(
            envelope("ts_aaa_1", "aaa", "mongo", &condition, 2).unwrap(),
            "{\"Task\":{\"task_id\":\"ts_aaa_1\",\"service\":\"aaa\",\"source_name\":\"mongo\",\
             \"condition\":{\"xx\":\"xx\",\"a\":1.0}},\"attempt\":2}"
        );
    }
}
