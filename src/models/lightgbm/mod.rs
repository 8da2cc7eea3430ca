//! Reads and scores the text format of LightGBM (`model.txt`), bit for bit as the library does.
//!
//! ```text
//! tree                           the header: `key=value` lines                  `header`
//! num_class=1
//! …
//! Tree=0                         a section for each tree, up to an empty line    `tree`
//! num_leaves=31
//! …
//! end of trees                   what follows says how the model was trained     `trailer`
//! …
//! pandas_categorical:[["a"]]     the values behind the codes of categories
//! ```

mod fields;
mod header;
mod lines;
mod load;
mod objective;
mod scorer;
mod trailer;
mod tree;

#[cfg(test)]
mod tests;

pub use load::load;
