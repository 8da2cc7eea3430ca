//! What is wrong with a form, at its field; of a keyword also where in it.

use crate::ui::PageError;

/// What `/v1` says of a member of the request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The field, without a number; `None`: it is about none.
    pub field: Option<String>,
    /// In the words of the API.
    pub text: String,
    pub keyword: Option<FaultyKeyword>,
}

/// A keyword with a fault: what stands before the character, that character, and what stands behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FaultyKeyword {
    /// Its line in the form, from 1.
    pub line: usize,
    pub before: String,
    pub at: String,
    pub behind: String,
}

impl Fault {
    /// `lines`: those of the keywords that were sent, each with its number in the form.
    pub fn of(error: &PageError, fields: &[&str], lines: &[(usize, String)]) -> Self {
        let text = error.detail.strip_prefix("brief.").unwrap_or(&error.detail);
        let place = text.split_once(':').map_or("", |(place, _)| place);
        let (field, number) = match place.split_once('[') {
            Some((field, rest)) => (field, rest.trim_end_matches(']').parse().ok()),
            None => (place, None),
        };
        let keyword = number.filter(|_| field == "keywords");
        let keyword = keyword.and_then(|number: usize| lines.get(number));
        Self {
            field: fields.contains(&field).then(|| field.to_owned()),
            keyword: keyword.map(|(line, keyword)| FaultyKeyword::of(*line, keyword, text)),
            text: text.to_owned(),
        }
    }

    pub fn is_at(&self, field: &str) -> bool {
        self.field.as_deref() == Some(field)
    }
}

impl FaultyKeyword {
    fn of(line: usize, keyword: &str, text: &str) -> Self {
        let column = text.split_once("column ").map_or("", |(_, rest)| rest);
        let column = column.split(':').next().unwrap_or_default();
        let column: usize = column.parse().unwrap_or(1);
        let characters: Vec<char> = keyword.chars().collect();
        let at = column.saturating_sub(1).min(characters.len());
        let behind = (at + 1).min(characters.len());
        let text = |characters: &[char]| characters.iter().collect::<String>();
        Self {
            line,
            before: text(&characters[..at]),
            at: text(&characters[at..behind]),
            behind: text(&characters[behind..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 3] = ["keywords", "platforms", "end_time"];

    fn fault(detail: &str) -> Fault {
        let lines = [(1, "防晒霜".to_owned()), (4, "防晒 \"敏感".to_owned())];
        Fault::of(&PageError::invalid(detail), &FIELDS, &lines)
    }

    #[test]
    fn a_keyword_is_marked_where_its_fault_is() {
        let found = fault("brief.keywords[1]: column 4: the quote is not closed");
        assert!(found.is_at("keywords"));
        let expected = FaultyKeyword {
            line: 4,
            before: "防晒 ".to_owned(),
            at: "\"".to_owned(),
            behind: "敏感".to_owned(),
        };
        assert_eq!(found.keyword, Some(expected));
        assert_eq!(found.text, "keywords[1]: column 4: the quote is not closed");
    }

    #[test]
    fn a_fault_stands_at_its_field() {
        assert!(fault("platforms[0]: the platform `x` is off").is_at("platforms"));
        assert!(fault("end_time: expected a time").is_at("end_time"));
        assert_eq!(fault("the queue is full").field, None);
        // No column, or one behind the keyword, is no reason to fail.
        let found = fault("keywords[0]: column 99: x").keyword.unwrap();
        assert_eq!((found.before.as_str(), found.at.as_str()), ("防晒霜", ""));
        assert_eq!(fault("keywords[9]: x").keyword, None);
        assert_eq!(fault("").field, None);
    }
}
