//! The grammar of keywords: `防晒 敏感肌|油皮 -广告` is 防晒 and (敏感肌 or 油皮), and not 广告.

/// The most characters of a keyword.
pub(crate) const CHARACTERS_MAX: usize = 100;

/// The most queries that one keyword may become.
pub(crate) const QUERIES_MAX: usize = 16;

/// A keyword, read. Terms are as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyword {
    pub text: String,
    /// Each has to be found by one of its alternatives.
    pub groups: Vec<Vec<String>>,
    /// None of them may be found.
    pub excluded: Vec<String>,
}

/// What is wrong with a keyword, and at which character, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub(crate) struct KeywordFault {
    pub column: usize,
    pub problem: String,
}

impl Keyword {
    pub fn parse(text: &str) -> Result<Self, KeywordFault> {
        let characters: Vec<char> = text.chars().collect();
        if characters.len() > CHARACTERS_MAX {
            let problem = format!(
                "expected at most {CHARACTERS_MAX} characters, found {}",
                characters.len()
            );
            return Err(fault(CHARACTERS_MAX, problem));
        }
        if let Some(at) = characters.iter().position(|found| found.is_control()) {
            return Err(fault(at, "a control character cannot be looked for"));
        }
        let mut reader = Reader {
            characters: &characters,
            at: 0,
        };
        let mut keyword = Self {
            text: text.to_owned(),
            groups: Vec::new(),
            excluded: Vec::new(),
        };
        while reader.skip_blanks() {
            let is_excluded = reader.take('-');
            let group = reader.group()?;
            if is_excluded {
                keyword.excluded.extend(group);
            } else {
                keyword.groups.push(group);
            }
        }
        if keyword.groups.is_empty() {
            let problem = match keyword.excluded.is_empty() {
                true => "expected a term to look for",
                false => "there are only exclusions; expected a term to look for, too",
            };
            return Err(fault(0, problem));
        }
        let queries = keyword
            .groups
            .iter()
            .try_fold(1_usize, |queries, group| queries.checked_mul(group.len()));
        if queries.is_none_or(|queries| queries > QUERIES_MAX) {
            let problem = format!(
                "its alternatives make more than {QUERIES_MAX} combinations; write them as several keywords"
            );
            return Err(fault(0, problem));
        }
        Ok(keyword)
    }

    /// What platforms are asked for: each combination of alternatives, each once.
    pub fn queries(&self) -> Vec<String> {
        let mut queries = vec![String::new()];
        for group in &self.groups {
            let longer = queries.iter().flat_map(|query| {
                group.iter().map(move |term| match query.is_empty() {
                    true => term.clone(),
                    false => format!("{query} {term}"),
                })
            });
            queries = longer.collect();
        }
        let mut distinct: Vec<String> = Vec::with_capacity(queries.len());
        for query in queries {
            if !distinct.contains(&query) {
                distinct.push(query);
            }
        }
        distinct
    }
}

struct Reader<'c> {
    characters: &'c [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Whether anything comes behind the blanks.
    fn skip_blanks(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    /// Terms with `|` between them.
    fn group(&mut self) -> Result<Vec<String>, KeywordFault> {
        let mut terms = vec![self.term()?];
        while self.take('|') {
            terms.push(self.term()?);
        }
        Ok(terms)
    }

    fn term(&mut self) -> Result<String, KeywordFault> {
        let begin = self.at;
        let term: String = match self.take('"') {
            true => {
                let rest = &self.characters[self.at..];
                let Some(length) = rest.iter().position(|found| *found == '"') else {
                    return Err(fault(begin, "a quotation mark is opened and not closed"));
                };
                self.at += length + 1;
                rest[..length].iter().collect()
            }
            false => {
                let rest = self.characters[self.at..].iter();
                let term: String = rest.take_while(|found| is_of_a_term(**found)).collect();
                self.at += term.chars().count();
                term
            }
        };
        if term.chars().all(is_invisible) {
            let problem = match self.peek() {
                Some('|') => "an alternative is empty; expected a term before `|`",
                _ if begin > 0 && self.characters[begin - 1] == '|' => {
                    "an alternative is empty; expected a term behind `|`"
                }
                _ if begin > 0 && self.characters[begin - 1] == '-' => "expected a term behind `-`",
                _ => "expected a term with something to look for",
            };
            return Err(fault(begin, problem));
        }
        Ok(term.trim().to_owned())
    }
}

fn is_of_a_term(character: char) -> bool {
    !character.is_whitespace() && character != '"' && character != '|'
}

/// Characters that nobody sees: a term of nothing else would be found everywhere or nowhere.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// `at` counts from 0.
fn fault(at: usize, problem: impl Into<String>) -> KeywordFault {
    KeywordFault {
        column: at + 1,
        problem: problem.into(),
    }
}
