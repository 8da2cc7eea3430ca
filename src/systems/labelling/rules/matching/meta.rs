//! `match_meta`: what is stored beside a label of a row. It is written by hand, since there may be
//! dozens of them a row.

use super::names::RuleName;
use super::verdict::{Reason, Span};

/// What everything but the texts of a rule takes.
const LEN: usize = 192;

/// `{"rule","match_type","span","id","field","parts":[[field,start,end],…]}`
pub(super) fn meta(rule: RuleName<'_>, reason: &Reason) -> String {
    let mut json = String::with_capacity(LEN + rule.text.len() + rule.id.len());
    json.push_str(r#"{"rule":"#);
    push_text(&mut json, rule.text);
    json.push_str(r#","match_type":""#);
    json.push_str(rule.match_type);
    json.push_str(r#"","span":["#);
    push_places(&mut json, reason.hit);
    json.push_str(r#"],"id":"#);
    push_text(&mut json, rule.id);
    json.push_str(r#","field":""#);
    json.push_str(reason.hit.field.as_str());
    json.push_str(r#"","parts":["#);
    for (number, part) in reason.parts.iter().enumerate() {
        json.push_str(if number == 0 { "[\"" } else { ",[\"" });
        json.push_str(part.field.as_str());
        json.push_str("\",");
        push_places(&mut json, *part);
        json.push(']');
    }
    json.push_str("]}");
    json
}

fn push_text(json: &mut String, text: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::Value::from(text).to_string());
    }
}

fn push_places(json: &mut String, span: Span) {
    push_number(json, span.start);
    json.push(',');
    push_number(json, span.end);
}

fn push_number(json: &mut String, number: usize) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    json.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::labelling::rules::set::Field;

    #[test]
    fn meta_is_the_json_of_its_parts() {
        let span = |field, start, end| Span { field, start, end };
        let rule = RuleName {
            id: "ai-1",
            text: "a\"\\\n\u{1}麵/",
            match_type: "expression",
        };
        let reason = Reason {
            hit: span(Field::Content, 0, 10),
            parts: vec![
                span(Field::Content, 0, 10),
                span(Field::Title, 1_234_567, usize::MAX),
            ],
        };
        assert_eq!(
            meta(rule, &reason),
            r#"{"rule":"a\"\\\n\u0001麵/","match_type":"expression","span":[0,10],"id":"ai-1","field":"content","parts":[["content",0,10],["title",1234567,18446744073709551615]]}"#
        );
    }
}
