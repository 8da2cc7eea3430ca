//! Which file of a package is which.

use std::fmt::Write;

use super::files::Files;
use crate::models::refusal::Refusal;

/// Files of a package that are no models.
pub(super) const RESERVED: [&str; 3] = ["model.yaml", "golden.json", "MLmodel"];

/// Files that a sentence names.
const NAMED_MAX: usize = 10;

/// Where the files of a package stand: at its top, or inside one folder there.
pub(super) struct Layout {
    /// The names within that folder, by their positions.
    names: Vec<(usize, String)>,
}

impl Layout {
    pub fn of(names: &[String]) -> Result<Self, Refusal> {
        let names = names.iter().enumerate();
        let names = names.filter(|(_, name)| !is_of_a_desktop(name));
        let names: Vec<(usize, String)> =
            names.map(|(index, name)| (index, name.clone())).collect();
        if names.is_empty() {
            return Err(Refusal::new("the package is empty"));
        }
        Ok(Self {
            names: without_top_folder(names),
        })
    }

    /// The content of a file; `None` if there is no such file.
    pub fn read(&self, files: &mut dyn Files, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let found = self.names.iter().find(|(_, own)| own == name);
        let content = found.map(|(index, _)| files.content(*index));
        content.transpose()
    }

    /// The name of the file with the model: the one that is described, or the only one that can be it.
    pub fn model_file(&self, described: Option<&str>) -> Result<String, Refusal> {
        if let Some(name) = described {
            let name = name.strip_prefix("./").unwrap_or(name);
            if RESERVED.contains(&name) {
                return Err(Refusal::new(format!(
                    "model.yaml: file: expected the name of the model, found `{name}`"
                )));
            }
            return Ok(name.to_owned());
        }
        self.refuse_pickles()?;
        let mut candidates = self.names.iter().map(|(_, name)| name.as_str());
        let candidates: Vec<&str> = candidates
            .by_ref()
            .filter(|name| may_be_model(name))
            .collect();
        match candidates.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Refusal::new(format!(
                "the package has no model in it, only {}",
                listed(self.names.iter().map(|(_, name)| name.as_str()))
            ))),
            several => Err(Refusal::new(format!(
                "model.yaml: file: is missing; expected the name of the model, which is one of {}",
                listed(several.iter().copied())
            ))),
        }
    }

    pub fn has_no(&self, name: &str) -> Refusal {
        Refusal::new(format!(
            "the package has no file `{name}`, only {}",
            listed(self.names.iter().map(|(_, name)| name.as_str()))
        ))
    }

    /// Archives that hold Python objects instead of a package.
    fn refuse_pickles(&self) -> Result<(), Refusal> {
        let has = |wanted: &str| {
            let mut names = self.names.iter().map(|(_, name)| name.as_str());
            names.any(|name| name == wanted || name.ends_with(&format!("/{wanted}")))
        };
        if has("data.pkl") {
            return Err(Refusal::new(
                "it is a model of PyTorch, which holds pickle, and pickle is never read; export it with `torch.onnx.export`",
            ));
        }
        if has("schema.json") && !has("model.json") {
            return Err(Refusal::new(
                "it is a model saved with skops, which only Python can read; export it as ONNX with skl2onnx",
            ));
        }
        if has("model.weights.h5") || has("saved_model.pb") {
            return Err(Refusal::new(
                "it is a model of Keras or TensorFlow; export it as ONNX with tf2onnx or `model.export(format=\"onnx\")`",
            ));
        }
        Ok(())
    }
}

/// Takes the one folder off in which everything is.
fn without_top_folder(names: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let top = names[0].1.split_once('/').map(|(top, _)| format!("{top}/"));
    match top {
        Some(top) if names.iter().all(|(_, name)| name.starts_with(&top)) => {
            let names = names.into_iter();
            names
                .map(|(index, name)| (index, name[top.len()..].to_owned()))
                .collect()
        }
        _ => names,
    }
}

/// What desktops put into folders and archives.
fn is_of_a_desktop(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || last.starts_with('.') || last == "Thumbs.db"
}

fn may_be_model(name: &str) -> bool {
    const OTHERS: [&str; 4] = [
        "conda.yaml",
        "python_env.yaml",
        "requirements.txt",
        "LICENSE",
    ];
    !RESERVED.contains(&name)
        && !OTHERS.contains(&name)
        && !name.ends_with(".md")
        && !name.starts_with("README")
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text = String::new();
    for (index, name) in names.iter().take(NAMED_MAX).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let name: String = name.chars().take(100).collect();
        write!(text, "{separator}`{name}`").ok();
    }
    if names.len() > NAMED_MAX {
        write!(text, " and {} more", names.len() - NAMED_MAX).ok();
    }
    text
}
