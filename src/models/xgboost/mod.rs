//! Reads and scores the files of XGBoost (JSON and UBJSON) in single precision, as the library does.
//!
//! ```text
//! learner
//! ├── attributes              where training stopped early
//! ├── feature_names, feature_types
//! ├── gradient_booster        the trees, and the values of categories        `tree`, `categories`
//! ├── learner_model_param     what each sum begins with
//! └── objective               how sums become answers                        `objective`
//! ```

mod categories;
mod document;
mod file;
mod load;
mod objective;
mod parameters;
mod scorer;
mod tree;

#[cfg(test)]
mod tests;

pub use load::load;
