//! Reads rule files with one rule per line: `text<TAB>match_type`, or a pattern.

use std::str::FromStr;

use super::draft::{Draft, DraftLabel, Position};
use super::set::{MatchType, Rule, RuleKind};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Draft {
    /// Adds a label whose rules are the lines of a file.
    pub(super) fn add_lines(&mut self, name: &str, file: &[u8], model_type: RuleKind) {
        let label = self.labels.len();
        let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
        let mut rules = Vec::new();
        for (index, line) in file.split(|byte| *byte == b'\n').enumerate() {
            let number = index + 1;
            match Line::read(line, model_type) {
                Ok(Line::Rules(read)) => {
                    rules.extend(read.into_iter().map(|rule| (number, rule)));
                }
                Ok(Line::Nothing) => {}
                Ok(Line::RuleInComment) => self.warnings.push((
                    Position::rule(label, number),
                    "the line is skipped as a comment but looks like a rule; \
                     a YAML rule set can hold texts that begin with `#`"
                        .to_owned(),
                )),
                Err(reason) => self.faults.push((Position::rule(label, number), reason)),
            }
        }
        self.labels.push(DraftLabel {
            name: name.to_owned(),
            rules,
        });
    }
}

enum Line {
    Rules(Vec<Rule>),
    Nothing,
    RuleInComment,
}

impl Line {
    fn read(line: &[u8], model_type: RuleKind) -> Result<Self, String> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|error| {
            let column = error.valid_up_to() + 1;
            format!("the line is not valid UTF-8 from byte {column} on")
        })?;
        if line.trim().is_empty() {
            return Ok(Self::Nothing);
        }
        if line.starts_with('#') {
            return Ok(Self::comment(line, model_type));
        }
        match model_type {
            RuleKind::KeywordModel => Ok(Self::Rules(keyword_rules(line)?)),
            // As a pattern it would rarely match, and its author would not see why.
            RuleKind::RuleModel if keyword_rules(line).is_ok() => {
                Err("the line is a rule of a keyword_model, expected a pattern".to_owned())
            }
            RuleKind::RuleModel => Ok(Self::Rules(vec![Rule::Pattern(line.to_owned())])),
        }
    }

    fn comment(line: &str, model_type: RuleKind) -> Self {
        if model_type == RuleKind::KeywordModel && keyword_rules(line).is_ok() {
            Self::RuleInComment
        } else {
            Self::Nothing
        }
    }
}

/// Reads match types that are separated by commas.
pub(super) fn match_types(names: &str) -> Result<Vec<MatchType>, String> {
    names
        .split(',')
        .map(|name| MatchType::from_str(name.trim()).map_err(|error| error.to_string()))
        .collect()
}

fn keyword_rules(line: &str) -> Result<Vec<Rule>, String> {
    let Some((text, types)) = line.split_once('\t') else {
        return Err("the line has no match type, expected `text<TAB>match_type`".to_owned());
    };
    if types.contains('\t') {
        let columns = types.split('\t').count() + 1;
        return Err(format!(
            "the line has {columns} columns, expected `text<TAB>match_type`"
        ));
    }
    let rule = |match_type| Rule::Keyword(text.to_owned(), match_type);
    Ok(match_types(types)?.into_iter().map(rule).collect())
}
