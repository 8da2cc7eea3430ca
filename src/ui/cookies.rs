//! What a browser keeps for its viewer: language, appearance and time zone.

use chrono_tz::Tz;
use poem::http::{HeaderMap, header};

use super::words::Language;
use crate::access::Prefix;

const LANGUAGE: &str = "audience_language";
const THEME: &str = "audience_theme";
/// Written by the script that knows the zone of the browser, too.
const ZONE: &str = "audience_zone";

const YEAR_S: u32 = 365 * 86_400;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a viewer prefers.
pub(super) struct Preferences {
    pub language: Language,
    /// `None`: as the system has it.
    pub theme: Option<Theme>,
    pub zone: Tz,
    /// Nobody has chosen a zone yet.
    pub is_zone_unknown: bool,
}

impl Preferences {
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = value(headers, LANGUAGE).and_then(Language::of_code);
        let accepted = || {
            let header = headers.get(header::ACCEPT_LANGUAGE);
            Language::accepted(
                header
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default(),
            )
        };
        let zone = value(headers, ZONE).and_then(|name| name.replace("%2F", "/").parse().ok());
        Self {
            language: chosen.unwrap_or_else(accepted),
            theme: value(headers, THEME).and_then(theme),
            is_zone_unknown: zone.is_none(),
            zone: zone.unwrap_or(Tz::UTC),
        }
    }
}

fn theme(name: &str) -> Option<Theme> {
    [Theme::Light, Theme::Dark]
        .into_iter()
        .find(|theme| theme.as_str() == name)
}

/// The headers that make a browser keep what a form says. What it does not know is passed over.
pub(super) fn kept(form: &[(String, String)], prefix: &Prefix, is_by_tls: bool) -> Vec<String> {
    let kept = form.iter().filter_map(|(name, value)| {
        let (cookie, value) = match name.as_str() {
            "language" => (LANGUAGE, Language::of_code(value)?.code().to_owned()),
            "theme" if value.is_empty() => (THEME, String::new()),
            "theme" => (THEME, theme(value)?.as_str().to_owned()),
            "zone" => (ZONE, value.parse::<Tz>().ok()?.name().to_owned()),
            _ => return None,
        };
        let age = if value.is_empty() { 0 } else { YEAR_S };
        let path = if prefix.is_empty() {
            "/"
        } else {
            prefix.as_str()
        };
        let secure = if is_by_tls { "; Secure" } else { "" };
        Some(format!(
            "{cookie}={value}; Path={path}; Max-Age={age}; SameSite=Strict{secure}"
        ))
    });
    kept.collect()
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let headers = headers.get_all(header::COOKIE).iter();
    let mut pairs = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (own, value) = pair.trim().split_once('=')?;
        (own == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn preferences(cookie: &'static str) -> Preferences {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
        Preferences::of(&headers)
    }

    #[test]
    fn what_was_chosen_is_kept() {
        let form = [
            ("language", "ja"),
            ("theme", "dark"),
            ("zone", "Asia/Taipei"),
            ("x", "y"),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = kept(&form, &Prefix::default(), false);
        assert_eq!(
            kept,
            [
                "audience_language=ja; Path=/; Max-Age=31536000; SameSite=Strict",
                "audience_theme=dark; Path=/; Max-Age=31536000; SameSite=Strict",
                "audience_zone=Asia/Taipei; Path=/; Max-Age=31536000; SameSite=Strict",
            ]
        );
        let found = preferences("audience_language=ja; a=b; audience_zone=Asia/Taipei");
        assert_eq!(
            (found.language.code(), found.zone),
            ("ja", Tz::Asia__Taipei)
        );
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let found = preferences("audience_language=xx; audience_theme=pink; audience_zone=a\"b");
        assert_eq!(found.language.code(), "en");
        assert!(found.theme.is_none() && found.is_zone_unknown);
        let form = [("language".to_owned(), "x; Domain=evil.example".to_owned())];
        assert!(kept(&form, &Prefix::default(), false).is_empty());
    }
}
