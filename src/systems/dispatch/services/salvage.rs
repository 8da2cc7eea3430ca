//! What can still be read of an answer that cannot be used.
//!
//! A worker that has handed in its end does not do so again. If its answer is not JSON, names a
//! member twice or has a value of the wrong type, but still says of which task it is the end, that
//! task has failed, instead of being waited for.

use entity::DispatchStatus;

use super::task_id::TaskId;
use crate::systems::dispatch::store::{Report, Reporter};

/// The members of the object that this text begins with, whatever their values are.
pub(super) fn members(text: &[u8]) -> Vec<(String, &[u8])> {
    let mut found = Vec::new();
    let mut rest = text.trim_ascii_start();
    rest = rest.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(rest);
    let Some(mut rest) = rest.trim_ascii_start().strip_prefix(b"{") else {
        return found;
    };
    while let Some((name, behind)) = split_string(rest.trim_ascii_start()) {
        let Some(behind) = behind.trim_ascii_start().strip_prefix(b":") else {
            break;
        };
        let Some(end) = end_of_value(behind) else {
            break;
        };
        if let Some(name) = string(name) {
            found.push((name, behind[..end].trim_ascii()));
        }
        match behind[end] {
            b',' => rest = &behind[end + 1..],
            _ => break,
        }
    }
    found
}

/// The report that the task has failed whose end this answer would have been.
pub(super) fn failure(answer: &[u8], reason: &str) -> Option<(TaskId, Report)> {
    let members = members(answer);
    let values = |wanted: &str| {
        let named = members.iter().filter(move |(name, _)| name == wanted);
        named.map(|(_, value)| *value).collect::<Vec<_>>()
    };
    let ends = |value: &&[u8]| matches!(string(value).as_deref(), Some("finished" | "failed"));
    if !values("status").iter().any(ends) {
        return None;
    }
    let text = |name| only(&values(name)).and_then(string);
    let task: TaskId = text("task_id")?.parse().ok()?;
    let attempt = only(&values("attempt"));
    let report = Report {
        job: task.job.clone(),
        status: DispatchStatus::Failed,
        message: Some(format!("its worker's answer cannot be used: {reason}")),
        result: None,
        progress: None,
        attempt: attempt.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()),
        by: text("lease").map_or(Reporter::Anybody, Reporter::Holder),
    };
    Some((task, report))
}

/// The value of a member, if all of that name have the same.
fn only<'a>(values: &[&'a [u8]]) -> Option<&'a [u8]> {
    let first = values.first()?;
    values.iter().all(|value| value == first).then_some(*first)
}

fn string(value: &[u8]) -> Option<String> {
    serde_json::from_slice(value).ok()
}

/// The string that a text begins with, in its quotes, and what stands behind it.
fn split_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut escaped = false;
    let inner = text.strip_prefix(b"\"")?;
    let end = inner.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    Some(text.split_at(end + 2))
}

/// Where the comma or brace stands that ends a member.
fn end_of_value(text: &[u8]) -> Option<usize> {
    let (mut depth, mut place) = (0_usize, 0);
    while let Some(byte) = text.get(place) {
        match byte {
            b'"' => {
                let (string, _) = split_string(&text[place..])?;
                place += string.len();
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' | b'}' if depth == 0 => return Some(place),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        place += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::JobId;

    #[test]
    fn members_are_read_whatever_their_values_are() {
        let read = |text: &[u8]| -> Vec<(String, String)> {
            let members = members(text).into_iter();
            members
                .map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()))
                .collect()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        for (text, expected) in [
            (&b""[..], &[][..]),
            (b"[1]", &[]),
            (b"{}", &[]),
            (
                br#" {"a" : NaN , "b":[1,{"c":"}"}]}"#,
                &[("a", "NaN"), ("b", r#"[1,{"c":"}"}]"#)],
            ),
            (
                br#"{"a":1,"a":-Infinity} x"#,
                &[("a", "1"), ("a", "-Infinity")],
            ),
            (
                br#"{"\u0061\"":"\\","b":"\"}"}"#,
                &[("a\"", r#""\\""#), ("b", r#""\"}""#)],
            ),
            (br#"{"a":1,"b":{"c":"#, &[("a", "1")]),
            (br#"{"a":1,"b":"cut"#, &[("a", "1")]),
            (b"\xEF\xBB\xBF{\"a\":1}", &[("a", "1")]),
            (b"{\"a\":\"\xFF\"}", &[("a", "\"\u{FFFD}\"")]),
        ] {
            assert_eq!(
                read(text),
                pairs(expected),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn an_answer_that_would_have_ended_a_task_fails_it() {
        let (id, other) = (format!("ts_aaa_{}", JobId::new()), JobId::new());
        let failed = |text: String| {
            let (task, report) = failure(text.as_bytes(), "why")?;
            assert_eq!(
                (task.to_string(), report.status),
                (id.clone(), DispatchStatus::Failed)
            );
            let message = report.message.as_deref();
            assert_eq!(message, Some("its worker's answer cannot be used: why"));
            Some((report.attempt, report.by))
        };
        let anybody = |attempt| Some((attempt, Reporter::Anybody));
        for (rest, expected) in [
            (r#","status":"finished","result":{"x":NaN}}"#, anybody(None)),
            (
                r#","status":"failed","message":5,"attempt":2}"#,
                anybody(Some(2)),
            ),
            (r#","status":"finished","attempt":"2"}"#, anybody(None)),
            (
                r#","status":"finished","attempt":1,"attempt":2}"#,
                anybody(None),
            ),
            (r#","status":"finished","status":"running"}"#, anybody(None)),
            (r#","status":"finished","result":{"cut"#, anybody(None)),
            (r#","status":"running","result":[NaN]}"#, None),
            (r#","status":"done"}"#, None),
            (r#","status":5}"#, None),
            ("}", None),
        ] {
            assert_eq!(
                failed(format!(r#"{{"task_id":"{id}"{rest}"#)),
                expected,
                "{rest}"
            );
        }
        let twice = format!(r#"{{"task_id":"{id}","task_id":"ts_aaa_{other}","status":"failed"}}"#);
        assert_eq!(failed(twice), None);
        let leased = format!(r#"{{"task_id":"{id}","lease":"k","status":"finished","result":1}}"#);
        assert_eq!(
            failed(leased),
            Some((None, Reporter::Holder("k".to_owned())))
        );
    }
}
