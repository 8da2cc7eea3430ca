//! The format `text-linear`: scikit-learn's TfidfVectorizer with a linear classifier, in JSON.
//!
//! ```text
//! text ─lowercase─► analyzer ─terms of the vocabulary─► counts ─tf·idf, norm─► weights of classes ─link─► scores
//! ```

mod analyzer;
mod check;
mod classifier;
mod file;
mod grams;
mod pattern;
mod scorer;
mod terms;
mod tokens;

#[cfg(test)]
mod tests;

use super::model::Scorer;
use super::package::Package;
use super::refusal::Refusal;
use super::signature::Signature;

/// Reads and checks the file of a package.
pub(super) fn load(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Refusal> {
    let file = file::read(&package.file)?;
    let signature = check::signature(&package.description, &file)?;
    Ok((signature, Box::new(scorer::TextLinear::new(file)?)))
}
