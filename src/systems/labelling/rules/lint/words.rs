//! Keywords that say something else than their authors think: too broad, with characters that are not seen, or the
//! same as others once they are folded.

use std::collections::HashMap;

use encoding_rs::BIG5;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

use super::about;
use crate::systems::labelling::label::rules::{is_invisible, nfkc};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::folding::{Folding, first_lower, han, pairs};
use crate::systems::labelling::rules::language::shown;
use crate::systems::labelling::rules::set::{
    Keyword, Label, MatchType, Node, NodeKind, Rule, RuleSet,
};

const CATEGORIES: CodePointMapDataBorrowed<'static, GeneralCategory> =
    CodePointMapData::<GeneralCategory>::new();

pub(super) fn find(set: &RuleSet, findings: &mut Findings) {
    let folding = Folding::of(set);
    let mut scripts = Scripts::new();
    let mut words = Words::default();
    for label in &set.labels {
        for rule in &label.rules {
            if let NodeKind::Keyword(keyword) = &rule.tree.kind {
                broad(label, rule, keyword, folding, findings);
                words.look(label, rule, keyword, folding, findings);
            }
            for keyword in keywords(&rule.tree) {
                untidy(label, rule, keyword, findings);
                unfolded(label, rule, keyword, folding, &mut scripts, findings);
            }
        }
    }
}

/// Tells characters that are only written in Simplified texts.
struct Scripts {
    /// What others are folded to; whether it is such a character, once that was asked.
    folded: HashMap<char, Option<bool>>,
}

impl Scripts {
    fn new() -> Self {
        Self {
            folded: pairs().map(|(_, to)| (to, None)).collect(),
        }
    }

    /// Most of what Traditional characters are folded to is written in Traditional texts too, such as 家, which 傢
    /// becomes. Big5 has what is written there.
    fn is_only_simplified(&mut self, c: char) -> bool {
        let Some(known) = self.folded.get_mut(&c) else {
            return false;
        };
        *known.get_or_insert_with(|| BIG5.encode(c.encode_utf8(&mut [0; 4])).2)
    }
}

fn keywords(node: &Node) -> Vec<&Keyword> {
    let mut found = Vec::new();
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::Keyword(keyword) => found.push(keyword),
            NodeKind::Pattern(_) | NodeKind::List(_) => {}
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::AtLeast { operands, .. } => waiting.extend(operands),
            NodeKind::Not(inner) | NodeKind::Group(inner) => waiting.push(inner),
            NodeKind::Near(near) => waiting.extend([&near.left, &near.right]),
        }
    }
    found
}

/// `partially` of one character, or of two of ASCII.
fn broad(label: &Label, rule: &Rule, keyword: &Keyword, folding: Folding, findings: &mut Findings) {
    if keyword.match_type != MatchType::Partially || keyword.text.chars().nth(40).is_some() {
        return;
    }
    let text = folding.keyword(&keyword.text);
    let count = text.chars().count();
    if count == 1 || (count == 2 && text.is_ascii()) {
        findings.add(Code::W06, || {
            let message = format!("{} partially is too broad", keyword.text);
            let finding = Finding::new(Code::W06, Default::default(), message);
            about(finding, label, rule).advise("use word, or a longer text")
        });
    }
}

fn untidy(label: &Label, rule: &Rule, keyword: &Keyword, findings: &mut Findings) {
    let text = keyword.text.as_str();
    let (problem, advice) = if text.trim() != text {
        ("has blanks at its edges", "remove them")
    } else if let Some(hidden) = hidden(text) {
        findings.add(Code::W08, || {
            let code = u32::from(hidden);
            let message = format!("{} has an invisible character, U+{code:04X}", shown(text));
            let finding = Finding::new(Code::W08, Default::default(), message);
            about(finding, label, rule).advise("write it again without that")
        });
        return;
    } else if !text.is_empty() && text.chars().all(is_punctuation) {
        ("is only punctuation", "add a word, or remove it")
    } else {
        return;
    };
    findings.add(Code::W08, || {
        let message = format!("{:?} {problem}", shown(text));
        let finding = Finding::new(Code::W08, Default::default(), message);
        about(finding, label, rule).advise(advice)
    });
}

/// An invisible character that is not part of an emoji.
fn hidden(text: &str) -> Option<char> {
    let mut before = ' ';
    text.chars().find(|c| {
        let of_emoji = matches!(c, '\u{200d}' | '\u{fe0f}') && !before.is_alphanumeric();
        before = *c;
        (is_invisible(*c) && !of_emoji) || (c.is_control() && !matches!(c, '\n' | '\t'))
    })
}

fn is_punctuation(c: char) -> bool {
    let category = CATEGORIES.get(c);
    GeneralCategoryGroup::Punctuation.contains(category)
        || GeneralCategoryGroup::Separator.contains(category)
        || (c.is_ascii() && !c.is_ascii_alphanumeric())
}

/// Full width, or characters of both scripts, which the set does not fold.
fn unfolded(
    label: &Label,
    rule: &Rule,
    keyword: &Keyword,
    folding: Folding,
    scripts: &mut Scripts,
    findings: &mut Findings,
) {
    let text = &keyword.text;
    if keyword.raw || text.is_ascii() {
        return;
    }
    let is_wide = |c: char| matches!(c, '\u{ff01}'..='\u{ff9f}' | '\u{ffe0}'..='\u{ffe6}');
    let (problem, advice) = if !folding.nfkc && text.chars().any(is_wide) {
        (
            "has full-width or half-width forms, which are not folded",
            "set normalize: nfkc",
        )
    } else if !folding.han
        && text.chars().any(|c| han(c) != c)
        && text.chars().any(|c| scripts.is_only_simplified(c))
    {
        (
            "has Traditional and Simplified characters, which are not folded",
            "set variants: han",
        )
    } else {
        return;
    };
    findings.add(Code::W09, || {
        let message = format!("{} {problem}", shown(text));
        let finding = Finding::new(Code::W09, Default::default(), message);
        about(finding, label, rule).advise(advice)
    });
}

/// Keywords that variants make the same.
#[derive(Default)]
struct Words<'s> {
    by_folded: HashMap<String, Vec<Word<'s>>>,
}

struct Word<'s> {
    rule: &'s Rule,
    /// Folded in all ways but that of variants.
    text: String,
}

/// Texts of one folded form that are compared with each other.
const COMPARED_MAX: usize = 16;

impl<'s> Words<'s> {
    fn look(
        &mut self,
        label: &'s Label,
        rule: &'s Rule,
        keyword: &Keyword,
        folding: Folding,
        findings: &mut Findings,
    ) {
        if !folding.han || keyword.raw || keyword.text.is_ascii() {
            return;
        }
        let text: String = match folding.nfkc {
            true => nfkc(&keyword.text).collect(),
            false => keyword.text.clone(),
        };
        let text: String = match folding.lower {
            true => text.chars().map(first_lower).collect(),
            false => text,
        };
        let folded: String = text.chars().map(han).collect();
        if folded == text && !self.by_folded.contains_key(&folded) {
            // Nothing of it is folded; only others may become it, which are the same word then.
            return;
        }
        let same = self.by_folded.entry(folded).or_default();
        if same.iter().any(|word| word.text == text) || same.len() == COMPARED_MAX {
            return;
        }
        if let Some(other) = same.iter().find(|word| are_different(&word.text, &text)) {
            findings.add(Code::W10, || {
                let (text, other_text) = (shown(&rule.text), shown(&other.rule.text));
                let message = format!("{text} and {other_text} are the same once they are folded");
                let finding = Finding::new(Code::W10, Default::default(), message);
                about(finding, label, rule)
                    .advise("use raw: to tell them apart")
                    .beside(&other.rule.id, &other.rule.place)
            });
        }
        same.push(Word { rule, text });
    }
}

/// Whether two texts that fold to one differ in Traditional characters: 乾 and 幹, but not 麵 and its Simplified 面.
fn are_different(one: &str, other: &str) -> bool {
    let pairs = one.chars().zip(other.chars());
    pairs
        .filter(|(one, other)| one != other)
        .any(|(one, other)| han(one) != one && han(other) != other)
}
