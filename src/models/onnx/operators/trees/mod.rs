//! TreeEnsembleClassifier and TreeEnsembleRegressor, by the evaluator that all formats of trees share.

mod classifier;
mod regressor;
mod table;

pub use classifier::TreeClassifier;
pub use regressor::TreeRegressor;
