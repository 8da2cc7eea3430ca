//! How a caller says which set it has seen: tags of answers, `If-Match` and `If-None-Match`.
//!
//! Each tag of a set or of a version begins with a number and the first digits of a digest. That of a set goes on with
//! the number of its last activation, that of a document with its form.

use crate::systems::labelling::store::{SetCondition, SetState};

/// Digits of a digest that a tag has.
const DIGITS: usize = 16;

/// What has to be so for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Whatever is there.
    Any,
    /// There is no set of this name yet.
    Nothing,
    /// The newest version is one of these, as `number-digits`.
    Newest(Vec<String>),
    /// The set, or its active version, is one of these.
    Active(Vec<String>),
}

/// The tag of a set: changes with each version and each activation.
pub(crate) fn tag_of_set(state: &SetState) -> String {
    let (number, digits) = (state.newest.version, digits(&state.newest.digest));
    format!("\"{number}-{digits}-{}\"", state.set.activations)
}

/// The tag of a version in a form.
pub(crate) fn tag_of_document(version: i32, digest: &str, form: &str) -> String {
    format!("\"{version}-{}-{form}\"", digits(digest))
}

impl Condition {
    /// Of a new version; `None`: the caller has to say what it has seen.
    pub fn of_version(if_match: Option<&str>, if_none_match: Option<&str>) -> Option<Self> {
        match (if_match, if_none_match) {
            (Some(tags), _) if has_any(tags) => Some(Self::Any),
            (Some(tags), _) => Some(Self::Newest(bare(tags))),
            (None, Some(tags)) if has_any(tags) => Some(Self::Nothing),
            (None, _) => None,
        }
    }

    /// Of an activation; `None`: the caller has to say what it has seen.
    pub fn of_activation(if_match: Option<&str>) -> Option<Self> {
        let tags = if_match?;
        Some(match has_any(tags) {
            true => Self::Any,
            false => Self::Active(bare(tags)),
        })
    }
}

impl SetCondition for Condition {
    fn is_met(&self, state: Option<&SetState>) -> bool {
        match (self, state) {
            (Self::Any, _) | (Self::Nothing, None) => true,
            (Self::Nothing, Some(_)) | (Self::Newest(_) | Self::Active(_), None) => false,
            (Self::Newest(tags), Some(state)) => {
                let newest = begin(state.newest.version, &state.newest.digest);
                tags.iter().any(|tag| tag.starts_with(&newest))
            }
            (Self::Active(tags), Some(state)) => {
                let whole = tag_of_set(state);
                let active = state.set.active.zip(state.active_digest.as_deref());
                let active = active.map(|(version, digest)| begin(version, digest));
                tags.iter().any(|tag| {
                    let is_set = tag == whole.trim_matches('"');
                    let is_document = !tag.ends_with(|end: char| end.is_ascii_digit());
                    let is_active = active.as_ref().is_some_and(|begin| tag.starts_with(begin));
                    is_set || (is_document && is_active)
                })
            }
        }
    }
}

fn begin(version: i32, digest: &str) -> String {
    format!("{version}-{}-", digits(digest))
}

fn digits(digest: &str) -> &str {
    digest.get(..DIGITS).unwrap_or(digest)
}

fn has_any(tags: &str) -> bool {
    tags.split(',').any(|tag| tag.trim() == "*")
}

/// Tags without what stands around them.
fn bare(tags: &str) -> Vec<String> {
    let tags = tags.split(',').map(str::trim);
    let tags = tags.map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
    tags.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use entity::{rule_set, rule_set_version};

    use super::*;

    fn state(newest: i32, active: Option<i32>, activations: i32) -> SetState {
        let digest = |version: i32| format!("{version:064x}");
        SetState {
            set: rule_set::Model {
                name: "food".to_owned(),
                created_at: 0,
                newest,
                active,
                activations,
            },
            newest: rule_set_version::Model {
                name: "food".to_owned(),
                version: newest,
                digest: digest(newest).chars().rev().collect(),
                form: "yaml".to_owned(),
                document: String::new(),
                bytes: 0,
                canonical: String::new(),
                labels: 0,
                rules: 0,
                warnings: 0,
                created_at: 0,
                created_by: String::new(),
                why: None,
            },
            active_digest: active.map(|active| digest(active).chars().rev().collect()),
        }
    }

    #[test]
    fn a_version_is_stored_upon_the_one_that_its_author_has_seen() {
        let (before, after) = (state(1, Some(1), 1), state(2, Some(1), 1));
        let document = tag_of_document(1, &before.newest.digest, "csv");
        for tags in [
            tag_of_set(&before),
            document,
            "\"x\", W/".to_owned() + &tag_of_set(&before),
        ] {
            let condition = Condition::of_version(Some(&tags), None).unwrap();
            assert!(condition.is_met(Some(&before)), "{tags}");
            assert!(!condition.is_met(Some(&after)), "{tags}");
            assert!(!condition.is_met(None), "{tags}");
        }
        let nothing = Condition::of_version(None, Some("*")).unwrap();
        assert!(nothing.is_met(None) && !nothing.is_met(Some(&before)));
        let any = Condition::of_version(Some("*"), None).unwrap();
        assert!(any.is_met(None) && any.is_met(Some(&before)));
        assert_eq!(Condition::of_version(None, None), None);
    }

    #[test]
    fn a_version_is_activated_upon_what_was_active() {
        let (before, after) = (state(2, Some(1), 1), state(2, Some(2), 2));
        let of_set = Condition::of_activation(Some(&tag_of_set(&before))).unwrap();
        assert!(of_set.is_met(Some(&before)) && !of_set.is_met(Some(&after)));
        let digest = before.active_digest.clone().unwrap();
        let tag = tag_of_document(1, &digest, "yaml");
        let of_document = Condition::of_activation(Some(&tag)).unwrap();
        assert!(of_document.is_met(Some(&before)) && !of_document.is_met(Some(&after)));
        assert_eq!(Condition::of_activation(None), None);
    }
}
