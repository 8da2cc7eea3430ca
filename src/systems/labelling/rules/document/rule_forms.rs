//! The forms of a rule in YAML and JSON: an expression, a pair, a mapping.

use super::at::At;
use super::draft::{DraftRule, ModelKind, Written};
use super::nearest::{did_you_mean, shown};
use super::types::{RuleType, TYPES_MAX};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::{Field, Fields, MatchType};

const KEYS: [&str; 8] = [
    "text",
    "match_type",
    "raw",
    "pattern",
    "when",
    "in",
    "id",
    "note",
];

/// What a rule stands in, and so what it may be.
#[derive(Clone, Copy)]
pub(super) struct RuleReader {
    pub kind: ModelKind,
    /// Only rules of labels have ids.
    pub with_id: bool,
}

impl RuleReader {
    /// Several if it has several match types.
    pub fn read(self, at: &At<'_>, findings: &mut Findings) -> Vec<DraftRule> {
        if let Some(text) = at.string() {
            return self.text(at, text, findings);
        }
        if let Some(elements) = at.elements() {
            let elements: Vec<At<'_>> = elements.collect();
            return self.pair(at, &elements, findings);
        }
        if at.node.is_mapping() {
            return self.mapping(at, findings).unwrap_or_default();
        }
        at.expected(findings, self.expected());
        Vec::new()
    }

    fn expected(self) -> &'static str {
        match self.kind {
            ModelKind::KeywordModel => "[text, match_type]",
            ModelKind::RuleModel => "a pattern as a string",
            ModelKind::MixedModel => {
                "an expression as a string, [text, match_type] or a mapping with text, pattern or when"
            }
        }
    }

    fn text(self, at: &At<'_>, text: &str, findings: &mut Findings) -> Vec<DraftRule> {
        let written = match self.kind {
            ModelKind::MixedModel => Written::Expression(text.to_owned()),
            ModelKind::RuleModel => Written::Pattern(text.to_owned()),
            ModelKind::KeywordModel => {
                findings.add(Code::E02, || {
                    let problem = format!(
                        "{}: expected {}, found a string",
                        at.name(),
                        self.expected()
                    );
                    Finding::new(Code::E02, at.place(), problem)
                        .advise("expressions need `model_type: mixed_model`")
                });
                return Vec::new();
            }
        };
        vec![DraftRule::new(written, at.line())]
    }

    fn pair(self, at: &At<'_>, pair: &[At<'_>], findings: &mut Findings) -> Vec<DraftRule> {
        let [text, types] = pair else {
            let found = format!("expected [text, match_type], found {} elements", pair.len());
            at.fault(findings, &found, "put a text that has a comma in quotes");
            return Vec::new();
        };
        let Some(text) = string_of(text, findings) else {
            return Vec::new();
        };
        let types = types_of(types, findings);
        let rules = types.into_iter().map(|rule_type| rule_type.written(text));
        let rules = rules.map(|written| DraftRule::new(written, at.line()));
        let rules: Vec<DraftRule> = rules.collect();
        match rules.iter().all(|rule| self.allows(&rule.written)) {
            true => rules,
            false => {
                at.expected(findings, self.expected());
                Vec::new()
            }
        }
    }

    /// The models that were there before have keywords alone, or patterns alone.
    fn allows(self, written: &Written) -> bool {
        match (self.kind, written) {
            (ModelKind::MixedModel, _) | (ModelKind::RuleModel, Written::Pattern(_)) => true,
            (
                ModelKind::KeywordModel,
                Written::Keyword {
                    match_type, raw, ..
                },
            ) => !raw && *match_type != MatchType::Word,
            _ => false,
        }
    }

    fn mapping(self, at: &At<'_>, findings: &mut Findings) -> Option<Vec<DraftRule>> {
        let known: &[&str] = match self.kind {
            ModelKind::KeywordModel => &["text", "match_type"],
            ModelKind::RuleModel => &["pattern"],
            ModelKind::MixedModel => &KEYS,
        };
        let before = findings.count(crate::systems::labelling::rules::finding::Level::Error);
        check_keys(at, known, findings);
        let fields = at.get("in").and_then(|fields| fields_of(&fields, findings));
        let note = at
            .get("note")
            .and_then(|note| string_of(&note, findings))
            .map(str::to_owned);
        let id = at.get("id").and_then(|id| self.id(&id, findings));
        let written = self.written(at, findings);
        let after = findings.count(crate::systems::labelling::rules::finding::Level::Error);
        if after > before {
            return None;
        }
        let rules = written.into_iter().map(|written| DraftRule {
            written,
            fields,
            id: id.clone(),
            note: note.clone(),
            place: at.line(),
        });
        Some(rules.collect())
    }

    fn id(self, id: &At<'_>, findings: &mut Findings) -> Option<String> {
        if !self.with_id {
            id.fault(findings, "only a rule of a label has an id", "remove it");
            return None;
        }
        let id_text = string_of(id, findings)?;
        match id_fault(id_text) {
            None => Some(id_text.to_owned()),
            Some(problem) => {
                id.fault(findings, problem, "use letters, digits, `-`, `_` and `.`");
                None
            }
        }
    }

    fn written(self, at: &At<'_>, findings: &mut Findings) -> Vec<Written> {
        let kinds = ["text", "pattern", "when"];
        let given: Vec<&str> = kinds
            .into_iter()
            .filter(|kind| at.node.get(kind).is_some())
            .collect();
        let [kind] = given[..] else {
            let problem = match given.as_slice() {
                [] => "a rule without text, pattern and when".to_owned(),
                several => format!("a rule with {}", several.join(" and ")),
            };
            at.fault(findings, &problem, "expected one of text, pattern, when");
            return Vec::new();
        };
        let text = at.get(kind).and_then(|text| string_of(&text, findings));
        if kind != "text" {
            for key in ["match_type", "raw"] {
                if let Some(other) = at.get(key) {
                    let problem = format!("only a rule with text has {key}");
                    other.fault(findings, &problem, "remove it");
                }
            }
        }
        let Some(text) = text else {
            return Vec::new();
        };
        match kind {
            "pattern" => vec![Written::Pattern(text.to_owned())],
            "when" => vec![Written::Expression(text.to_owned())],
            _ => self.keywords(at, text, findings),
        }
    }

    fn keywords(self, at: &At<'_>, text: &str, findings: &mut Findings) -> Vec<Written> {
        let is_raw = match at.get("raw") {
            None => false,
            Some(raw) => boolean(&raw, findings).unwrap_or(false),
        };
        let types = match at.get("match_type") {
            Some(types) => types_of(&types, findings),
            None if self.kind == ModelKind::MixedModel => vec![RuleType::Keyword {
                match_type: MatchType::Partially,
                raw: false,
            }],
            None => {
                at.fault(findings, "a rule without match_type", "add it");
                Vec::new()
            }
        };
        let mut keywords = Vec::new();
        for rule_type in types {
            match rule_type {
                RuleType::Keyword { match_type, raw } => keywords.push(Written::Keyword {
                    text: text.to_owned(),
                    match_type,
                    raw: raw || is_raw,
                }),
                RuleType::Pattern | RuleType::Expression => {
                    let advice = "write {pattern: …} or {when: …}";
                    at.fault(findings, "match_type of a text that is no keyword", advice);
                }
            }
        }
        if !keywords.iter().all(|keyword| self.allows(keyword)) {
            at.expected(findings, self.expected());
            keywords.clear();
        }
        keywords
    }
}

/// Keys that are not known, or given twice.
pub(super) fn check_keys(at: &At<'_>, known: &[&str], findings: &mut Findings) {
    // Only known ones: of unknown keys there may be millions.
    let mut seen: Vec<&str> = Vec::with_capacity(known.len());
    for (key, value) in at.entries() {
        if !known.contains(&key) {
            findings.add(Code::E02, || {
                let message = format!("{}: unknown key", shown(key));
                Finding::new(Code::E02, value.place(), message).advise(did_you_mean(key, known))
            });
        } else if seen.contains(&key) {
            value.fault(findings, "the key is given twice", "keep one");
        } else {
            seen.push(key);
        }
    }
}

/// What is wrong with the id of a rule.
pub(in crate::systems::labelling::rules) fn id_fault(id: &str) -> Option<&'static str> {
    const MOST: usize = 100;
    if id.is_empty() {
        return Some("an empty id");
    }
    if id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("an id with a blank");
    }
    (id.chars().count() > MOST).then_some("an id of more than 100 characters")
}

pub(super) fn string_of<'a>(at: &At<'a>, findings: &mut Findings) -> Option<&'a str> {
    let string = at.string();
    if string.is_none() {
        at.expected(findings, "a string");
    }
    string
}

pub(super) fn boolean(at: &At<'_>, findings: &mut Findings) -> Option<bool> {
    let text = at.node.text().filter(|_| !at.node.is_null());
    match text.map(str::to_ascii_lowercase).as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => {
            at.expected(findings, "true or false");
            None
        }
    }
}

/// One string that names one or several types, or a list of such strings.
fn types_of(at: &At<'_>, findings: &mut Findings) -> Vec<RuleType> {
    let Some(elements) = at.elements() else {
        let names = string_of(at, findings).unwrap_or_default();
        return match names.is_empty() && at.string().is_none() {
            true => Vec::new(),
            false => types_named(at, names, findings),
        };
    };
    let mut types = Vec::new();
    if elements.len() == 0 {
        at.fault(findings, "an empty list of match types", "name one");
    }
    for element in elements {
        if let Some(names) = string_of(&element, findings) {
            types.extend(types_named(&element, names, findings));
        }
        if types.len() > TYPES_MAX {
            at.fault(findings, "too many match types", "name each of them once");
            return Vec::new();
        }
    }
    types
}

fn types_named(at: &At<'_>, names: &str, findings: &mut Findings) -> Vec<RuleType> {
    RuleType::read_all(names).unwrap_or_else(|fault| {
        at.fault(findings, &fault.problem, &fault.advice);
        Vec::new()
    })
}

/// `content`, `title,content` or a list of such names.
pub(super) fn fields_of(at: &At<'_>, findings: &mut Findings) -> Option<Fields> {
    let names: Vec<(At<'_>, &str)> = match at.elements() {
        Some(elements) => elements
            .filter_map(|element| Some((element, string_of(&element, findings)?)))
            .collect(),
        None => vec![(*at, string_of(at, findings)?)],
    };
    let mut fields = Fields::default();
    for (at, names) in names {
        match fields_named(names) {
            Ok(named) => fields = fields.union(named),
            Err((problem, advice)) => at.fault(findings, &problem, &advice),
        }
    }
    if fields.is_empty() {
        if at.node.text().is_none() {
            at.fault(findings, "no field", "name one or leave `in` out");
        }
        return None;
    }
    Some(fields)
}

/// Names of fields with commas between them; else what is wrong, and advice.
pub fn fields_named(names: &str) -> Result<Fields, (String, String)> {
    const KNOWN: [&str; Field::COUNT] = ["author", "title", "content", "s_area_id"];
    let fields = names.split(',').map(|name| {
        let name = name.trim();
        Field::of_name(name).ok_or_else(|| {
            let shown = shown(name);
            let problem = format!("unknown field `{shown}`");
            (problem, did_you_mean(name, &KNOWN))
        })
    });
    fields.collect()
}
