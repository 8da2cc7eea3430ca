//! The secrets of one run: they go to the host of its request, and into no text that anybody sees.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::systems::prediction::scrape::definition::{ESCAPED, FillError};

/// Values by name.
#[derive(Clone, Default)]
pub(crate) struct RunSecrets {
    values: Vec<(String, String)>,
    /// All forms that a value may have in a URL, the longest first.
    forms: Vec<String>,
}

/// What is shown instead of a secret.
const HIDDEN: &str = "***";

/// A URL within a URL within a URL: deeper it is not looked into.
const LAYERS: usize = 4;

impl RunSecrets {
    /// Looks all of them up, so that a missing one is noticed before anything is fetched.
    pub fn resolve<'n>(
        names: impl Iterator<Item = &'n str>,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, FillError> {
        let mut secrets = Self::default();
        for name in names {
            let value = secret(name).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| FillError::NoSecret {
                name: name.to_owned(),
            })?;
            secrets.forms.extend(escapes(&value));
            secrets.values.push((name.to_owned(), value));
        }
        secrets
            .forms
            .sort_by_key(|form| std::cmp::Reverse(form.len()));
        secrets.forms.dedup();
        Ok(secrets)
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// Whether a text holds one of them, escaped or not.
    pub fn are_in(&self, text: &str) -> bool {
        let mut layer = Cow::Borrowed(text);
        for _ in 0..LAYERS {
            let is_here = |text: &str| self.values.iter().any(|(_, value)| text.contains(value));
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            // Forms write a space as `+`.
            if is_here(&layer) || is_here(&decoded(&layer.replace('+', " "))) {
                return true;
            }
            let decoded = decoded(&layer);
            if decoded == layer {
                return false;
            }
            layer = Cow::Owned(decoded);
        }
        false
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The same as `hidden`, for texts of others, in which only secrets of so many bytes are looked for.
    pub fn hidden_from(&self, text: &str, least: usize) -> String {
        match self.at_least(least) {
            Some(long) => long.hidden(text),
            None => text.to_owned(),
        }
    }

    /// Bytes of others with stars where a secret of so many bytes stood.
    pub fn hidden_in(&self, bytes: &Arc<[u8]>, least: usize) -> Arc<[u8]> {
        let forms = self.forms.iter().filter(|form| form.len() >= least);
        let mut hidden: Option<Vec<u8>> = None;
        for form in forms {
            let current = hidden.as_deref().unwrap_or(bytes);
            let mut found = memmem::find_iter(current, form.as_bytes()).peekable();
            if found.peek().is_none() {
                continue;
            }
            let (mut replaced, mut from) = (Vec::with_capacity(current.len()), 0);
            for at in found {
                replaced.extend_from_slice(&current[from..at]);
                replaced.extend_from_slice(HIDDEN.as_bytes());
                from = at + form.len();
            }
            replaced.extend_from_slice(&current[from..]);
            hidden = Some(replaced);
        }
        hidden.map_or_else(|| bytes.clone(), Arc::from)
    }

    /// Those that are long enough; `None` if there are none.
    fn at_least(&self, bytes: usize) -> Option<Cow<'_, Self>> {
        let is_long = |(_, value): &&(String, String)| value.len() >= bytes;
        match self.values.iter().filter(is_long).count() {
            0 => None,
            count if count == self.values.len() => Some(Cow::Borrowed(self)),
            _ => {
                let values: Vec<_> = self.values.iter().filter(is_long).cloned().collect();
                let forms = self.forms.iter();
                let forms = forms.filter(|form| {
                    values
                        .iter()
                        .any(|(_, value)| escapes(value).contains(form))
                });
                Some(Cow::Owned(Self {
                    forms: forms.cloned().collect(),
                    values,
                }))
            }
        }
    }

    /// A text with stars where a secret stood.
    pub fn hidden(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for form in &self.forms {
            if hidden.contains(form.as_str()) {
                hidden = hidden.replace(form.as_str(), HIDDEN);
            }
        }
        match self.are_in(&hidden) {
            // It is there in a form that nobody expects.
            true => HIDDEN.to_owned(),
            false => hidden,
        }
    }
}

/// A value as it may stand in a URL.
fn escapes(value: &str) -> [String; 5] {
    let own = utf8_percent_encode(value, ESCAPED).to_string();
    let all = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let (own_small, all_small) = (with_small_escapes(&own), with_small_escapes(&all));
    [value.to_owned(), own, all, own_small, all_small]
}

/// `%2F` as `%2f`.
fn with_small_escapes(escaped: &str) -> String {
    let mut left_of_escape = 0;
    let letters = escaped.chars().map(|letter| {
        left_of_escape = match letter {
            '%' => 3,
            _ => left_of_escape,
        };
        let is_escape = left_of_escape > 0;
        left_of_escape = i32::max(left_of_escape - 1, 0);
        match is_escape {
            true => letter.to_ascii_lowercase(),
            false => letter,
        }
    });
    letters.collect()
}

impl fmt::Debug for RunSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.values.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}
