mod faults;
mod json;
mod reading;

use super::*;
use crate::systems::labelling::rules::forms::{Form, read};

/// The document of the specification.
const INTERESTS: &str = r"name: interests
model_type: mixed_model
in: [title, content]
normalize: nfkc
variants: han
lists: {brands: [一蘭, '/u-?don/']}
filters: [{cut: '/https?:\S+/'}, {drop: 抽獎 OR 贈獎, in: content}]
labels:
  - name: food
    rules:
      - [拉麵, partially]
      - {text: AI, match_type: word, raw: true, in: title, id: ai-1, note: client X}
      - {pattern: '拉麵.{0,5}店'}
      - 拉麵 NEAR/5 (好吃 OR list:brands) AND NOT 廣告
    except: [徵才 OR 求職]
gate: {coverage_min: 0.02, drift_max: 0.25}
";

fn yaml(text: &str) -> Document {
    read(Form::Yaml, "set.yaml", text.as_bytes(), "set")
}

fn json(text: &str) -> Document {
    read(Form::Json, "set.json", text.as_bytes(), "set")
}

/// As people see them.
fn lines(document: &Document) -> Vec<String> {
    document
        .findings
        .list()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A document without findings.
fn good(document: Document) -> Document {
    assert_eq!(lines(&document), Vec::<String>::new());
    document
}
