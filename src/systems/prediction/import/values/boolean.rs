//! Marks and words for yes and no.

use super::fold::fold;

const YES: &[&str] = &[
    "○", "◯", "〇", "✓", "✔", "☑", "レ", "有", "はい", "可", "TRUE", "true", "True",
];

const NO: &[&str] = &[
    "×",
    "✗",
    "✘",
    "✕",
    "✖",
    "☓",
    "無",
    "いいえ",
    "否",
    "FALSE",
    "false",
    "False",
];

/// `None` of anything else.
pub(crate) fn parse(text: &str) -> Option<bool> {
    let folded = fold(text);
    let is_one = |words: &[&str]| words.contains(&folded.as_str());
    if is_one(YES) {
        return Some(true);
    }
    is_one(NO).then_some(false)
}
