//! Texts with what rules found in them marked. Pure.

use std::cmp::Reverse;

use serde_json::Value;

/// Parts of a text, one behind the other, and whether they are marked.
pub(super) fn marked(text: &str, field: &str, hits: &Value) -> Vec<(String, bool)> {
    let mut spans = spans(field, hits);
    // Of those that begin together the longest holds the others.
    spans.sort_unstable_by_key(|(start, end)| (*start, Reverse(*end)));
    let (mut parts, mut done) = (Vec::new(), 0);
    for (start, end) in spans {
        let start = start.max(done);
        let (Some(before), Some(found)) = (text.get(done..start), text.get(start..end)) else {
            // It is inside of one before it, or of another text.
            continue;
        };
        if !before.is_empty() {
            parts.push((before.to_owned(), false));
        }
        if !found.is_empty() {
            parts.push((found.to_owned(), true));
        }
        done = end;
    }
    if let Some(rest) = text.get(done..).filter(|rest| !rest.is_empty()) {
        parts.push((rest.to_owned(), false));
    }
    parts
}

/// Bytes of a field in which rules found something.
fn spans(field: &str, hits: &Value) -> Vec<(usize, usize)> {
    let hits = hits.as_array().into_iter().flatten();
    let parts = hits.flat_map(|hit| hit["parts"].as_array().into_iter().flatten());
    let parts = parts.filter(|part| part[0] == field);
    let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
    parts
        .filter_map(|part| Some((number(&part[1])?, number(&part[2])?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_rules_found_is_marked_once() {
        let hits = json!([
            { "parts": [["content", 6, 12], ["title", 0, 1]] },
            { "parts": [["content", 6, 9]] },
            { "parts": [["content", 99, 120]] },
        ]);
        let part = |text: &str, is_marked| (text.to_owned(), is_marked);
        assert_eq!(
            marked("想吃拉麵了", "content", &hits),
            [part("想吃", false), part("拉麵", true), part("了", false)]
        );
        assert_eq!(
            marked("abc", "title", &hits),
            [part("a", true), part("bc", false)]
        );
        assert_eq!(marked("", "content", &hits), []);
    }
}
