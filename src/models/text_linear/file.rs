//! The file as it is written, and what must hold in it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use crate::models::json_rows::{found, label_from_json};
use crate::models::refusal::Refusal;
use crate::models::signature::Label;

/// The members of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    version: u32,
    analyzer: AnalyzerName,
    #[serde(default)]
    token_pattern: Option<String>,
    ngram_range: (u32, u32),
    lowercase: bool,
    sublinear_tf: bool,
    norm: Option<Norm>,
    vocabulary: Vec<String>,
    idf: Option<Vec<f64>>,
    coefficients: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    labels: Vec<Value>,
    link: Option<Link>,
}

/// How a text is cut into terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnalyzerName {
    Word,
    Char,
    CharWb,
    Jieba,
}

/// What the terms of a text are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Norm {
    L1,
    L2,
    None,
}

/// How the sums of the classes become scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Link {
    /// One sum for two labels, as a probability of the second.
    Logistic,
    Softmax,
    /// A probability for each class, which are then made to add up to one.
    Ovr,
    /// The sums themselves: of one sum for two labels the first has the opposite.
    None,
}

/// The file, checked.
pub(super) struct File {
    pub analyzer: AnalyzerName,
    pub token_pattern: Option<String>,
    pub ngrams: (usize, usize),
    pub lowercase: bool,
    pub sublinear_tf: bool,
    pub norm: Norm,
    pub vocabulary: Vec<String>,
    pub idf: Option<Vec<f64>>,
    /// One list for each sum.
    pub coefficients: Vec<Vec<f64>>,
    pub intercepts: Vec<f64>,
    pub labels: Vec<Label>,
    pub link: Link,
}

/// Longer n-grams are no use, and windows of any length would take any time.
const NGRAM_MAX: u32 = 50;

pub(super) fn read(bytes: &[u8]) -> Result<File, Refusal> {
    let written: Written = serde_json::from_slice(bytes)
        .map_err(|error| Refusal::new(format!("the text-linear file: {error}")))?;
    check(written).map_err(Refusal::new)
}

fn check(written: Written) -> Result<File, String> {
    if written.format != "text-linear" || written.version != 1 {
        return Err(format!(
            "the text-linear file: expected the format \"text-linear\" in version 1, found {:?} in version {}",
            written.format, written.version
        ));
    }
    let (shortest, longest) = written.ngram_range;
    if shortest == 0 || shortest > longest || longest > NGRAM_MAX {
        return Err(format!(
            "ngram_range: expected two numbers from 1 to {NGRAM_MAX}, the smaller first, found [{shortest}, {longest}]"
        ));
    }
    if written.token_pattern.is_some() && written.analyzer != AnalyzerName::Word {
        return Err("token_pattern: is only for the analyzer `word`; expected null".to_owned());
    }
    check_vocabulary(&written.vocabulary)?;
    let terms = written.vocabulary.len();
    if let Some(idf) = &written.idf {
        check_numbers("idf", idf, terms)?;
    }
    let labels = labels(&written.labels)?;
    let link = written.link.unwrap_or(Link::None);
    check_sums(written.coefficients.len(), labels.len(), link)?;
    for (index, coefficients) in written.coefficients.iter().enumerate() {
        check_numbers(&format!("coefficients[{index}]"), coefficients, terms)?;
    }
    check_numbers(
        "intercepts",
        &written.intercepts,
        written.coefficients.len(),
    )?;
    Ok(File {
        analyzer: written.analyzer,
        token_pattern: written.token_pattern,
        ngrams: (shortest as usize, longest as usize),
        lowercase: written.lowercase,
        sublinear_tf: written.sublinear_tf,
        norm: written.norm.unwrap_or(Norm::None),
        vocabulary: written.vocabulary,
        idf: written.idf,
        coefficients: written.coefficients,
        intercepts: written.intercepts,
        labels,
        link,
    })
}

fn check_vocabulary(vocabulary: &[String]) -> Result<(), String> {
    if u32::try_from(vocabulary.len()).is_err() {
        return Err("vocabulary: has too many terms".to_owned());
    }
    let mut seen = HashSet::with_capacity(vocabulary.len());
    match vocabulary
        .iter()
        .enumerate()
        .find(|(_, term)| !seen.insert(term.as_str()))
    {
        Some((index, term)) => Err(format!("vocabulary[{index}]: {term:?} is there twice")),
        None => Ok(()),
    }
}

fn check_numbers(path: &str, numbers: &[f64], expected: usize) -> Result<(), String> {
    if numbers.len() != expected {
        return Err(format!(
            "{path}: expected {expected} numbers, found {}",
            numbers.len()
        ));
    }
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(index) => Err(format!("{path}[{index}]: expected a finite number")),
        None => Ok(()),
    }
}

fn labels(written: &[Value]) -> Result<Vec<Label>, String> {
    if written.len() < 2 {
        return Err(format!(
            "labels: expected at least two, found {}",
            written.len()
        ));
    }
    let labels = written.iter().enumerate().map(|(index, value)| {
        label_from_json(value).ok_or_else(|| {
            format!(
                "labels[{index}]: expected a text, a number or a boolean, found {}",
                found(value)
            )
        })
    });
    labels.collect()
}

fn check_sums(sums: usize, labels: usize, link: Link) -> Result<(), String> {
    let is_binary = sums == 1 && labels == 2;
    let fits = match link {
        Link::Logistic => is_binary,
        Link::Softmax | Link::Ovr | Link::None => is_binary || sums == labels,
    };
    if fits {
        return Ok(());
    }
    let expected = match link {
        Link::Logistic => "one list and two labels".to_owned(),
        _ => format!("one list for each of {labels} labels"),
    };
    Err(format!(
        "coefficients: expected {expected}, found {sums} lists and {labels} labels"
    ))
}
