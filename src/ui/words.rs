//! What the pages say, in four languages.
//!
//! The messages stand in `.ftl` files, those of a system in its own folder. A message that is missing
//! in a language is said in English; a test sees to it that none is.

use std::fmt::Display;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use strum::VariantArray;
use unic_langid::LanguageIdentifier;

use super::figures;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Language {
    English,
    TraditionalChinese,
    SimplifiedChinese,
    Japanese,
}

impl Language {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// As it stands in addresses and cookies.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh-TW",
            Self::SimplifiedChinese => "zh-CN",
            Self::Japanese => "ja",
        }
    }

    /// As a page names the language that it is in; fonts go by it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh-Hant-TW",
            Self::SimplifiedChinese => "zh-Hans-CN",
            Self::Japanese => "ja",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::TraditionalChinese => "繁體中文",
            Self::SimplifiedChinese => "简体中文",
            Self::Japanese => "日本語",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|language| language.code() == code)
    }

    /// The first that is spoken here, of what the header `Accept-Language` lists.
    pub fn accepted(header: &str) -> Self {
        let mut ranges: Vec<(f32, &str)> = header
            .split(',')
            .filter_map(|range| {
                let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
                let weight = weight.trim().strip_prefix("q=")?.parse().ok()?;
                Some((weight, tag.trim()))
            })
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        ranges.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut spoken = ranges.into_iter().filter_map(|(_, tag)| Self::of_tag(tag));
        spoken.next().unwrap_or(Self::English)
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::English),
            "ja" => Some(Self::Japanese),
            "zh" => {
                let is_traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
                Some(match is_traditional {
                    true => Self::TraditionalChinese,
                    false => Self::SimplifiedChinese,
                })
            }
            _ => None,
        }
    }
}

/// The messages of one part of the program, a text for each language in the order of `Language::ALL`.
pub type Sources = [&'static str; 4];

/// Those of the pages that know no system.
pub(super) const OWN: Sources = [
    include_str!("words/en.ftl"),
    include_str!("words/zh-TW.ftl"),
    include_str!("words/zh-CN.ftl"),
    include_str!("words/ja.ftl"),
];

/// All messages in all languages.
pub struct Catalogue(Vec<FluentBundle<FluentResource>>);

impl Catalogue {
    /// Panics if a source cannot be read or two have the same message: they are part of the program.
    pub fn of(sources: &[Sources]) -> Self {
        let bundle = |(at, language): (usize, &Language)| {
            let identifier: LanguageIdentifier = language.tag().parse().expect("a language");
            let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
            // Where a text of others stands in a sentence, its direction is kept apart by the page.
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(grouped));
            for source in sources {
                let resource = FluentResource::try_new(source[at].to_owned());
                let resource = resource.expect("messages can be read");
                bundle.add_resource(resource).expect("a message is new");
            }
            bundle
        };
        Self(Language::ALL.iter().enumerate().map(bundle).collect())
    }

    fn bundle(&self, language: Language) -> &FluentBundle<FluentResource> {
        &self.0[language as usize]
    }
}

/// Numbers in sentences look like those in tables.
fn grouped<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(FluentNumber { value, .. }) => Some(figures::number(*value as u64)),
        _ => None,
    }
}

/// What is said to one visitor; clones share it.
#[derive(Clone)]
pub struct Words {
    catalogue: Arc<Catalogue>,
    pub language: Language,
}

impl Words {
    pub fn new(catalogue: &Arc<Catalogue>, language: Language) -> Self {
        Self {
            catalogue: Arc::clone(catalogue),
            language,
        }
    }

    /// A message.
    pub fn say(&self, id: &str) -> String {
        self.said(id, None)
    }

    /// A message about a number.
    pub fn count(&self, id: &str, count: impl Into<u64>) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", count.into() as f64);
        self.said(id, Some(&arguments))
    }

    /// A message with a text in it.
    pub fn with(&self, id: &str, name: &str, text: impl Display) -> String {
        self.with_all(id, &[(name, &text)])
    }

    /// A message with several texts in it.
    pub fn with_all(&self, id: &str, texts: &[(&str, &dyn Display)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, text) in texts {
            arguments.set((*name).to_owned(), text.to_string());
        }
        self.said(id, Some(&arguments))
    }

    /// Whether there is such a message.
    pub fn has(&self, id: &str) -> bool {
        self.catalogue.bundle(self.language).has_message(id)
    }

    /// An unknown message is shown by its id: it is a mistake that shall be seen.
    fn said(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        for language in [self.language, Language::English] {
            let bundle = self.catalogue.bundle(language);
            let message = bundle.get_message(id);
            if let Some(pattern) = message.and_then(|message| message.value()) {
                let mut errors = Vec::new();
                let said = bundle.format_pattern(pattern, arguments, &mut errors);
                return said.into_owned();
            }
        }
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_wanted_most_is_spoken() {
        for (header, expected) in [
            ("", "en"),
            ("fr", "en"),
            ("ja", "ja"),
            ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
            ("zh-Hant-HK", "zh-TW"),
            ("zh", "zh-CN"),
            ("zh-Hans-TW;q=0.1, en;q=0.2", "en"),
            ("fr, ja;q=0.5, en;q=0.4", "ja"),
            ("en;q=0, zh-CN;q=0.1", "zh-CN"),
            (";;;,q=,=;q=x", "en"),
        ] {
            assert_eq!(Language::accepted(header).code(), expected, "{header}");
        }
    }

    #[test]
    fn numbers_in_sentences_are_grouped() {
        let sources = ["x = { $count ->\n [one] one\n *[other] { $count } of them\n }"; 4];
        let catalogue = Arc::new(Catalogue::of(&[sources]));
        let words = Words::new(&catalogue, Language::English);
        assert_eq!(words.count("x", 1_u64), "one");
        assert_eq!(words.count("x", 12_345_u64), "12,345 of them");
        assert_eq!(words.say("y"), "y");
    }
}
