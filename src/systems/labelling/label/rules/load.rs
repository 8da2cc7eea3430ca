//! Finds and reads the files of a rule set.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::allowance::Allowance;
use super::draft::{Draft, Loaded, Locate, Position};
use super::finding::{Finding, Place, RuleSetError};
use super::set::{RuleKind, RuleSet};
use super::yaml;
use crate::small_file;

const FORMS: &str = "a directory of rules, or a .yaml, .yml, .tsv or .txt file";

/// Files of a label in the tree. A label for other columns is left out silently; one that has none
/// of these files is probably misspelt.
const MATCHED: [&str; 4] = [
    "author_name.txt",
    "content.txt",
    "title.txt",
    "s_area_id.txt",
];

impl RuleSet {
    /// Reads the rules at `path`, which is one of
    ///
    /// - a directory of `<label>.tsv` files,
    /// - a directory with the tree `<model_type>/<label>/<predict_type>.txt`,
    /// - a `.yaml` or `.yml` file with a whole rule set,
    /// - a `.tsv` or `.txt` file: one label, named like the file.
    ///
    /// Without a model type, that of a YAML file is the one in the file, and anything else is a
    /// `keyword_model`.
    pub fn load_path(
        path: &Path,
        model_type: impl Into<Option<RuleKind>>,
        predict_type: &str,
        allowance: &Allowance,
    ) -> Result<Loaded, RuleSetError> {
        let asked = model_type.into();
        // Only YAML files name their model type.
        let model_type = asked.unwrap_or(RuleKind::KeywordModel);
        let metadata = fs::metadata(path)
            .map_err(|cause| fault(path, format!("{cause}; expected {FORMS}")))?;
        if metadata.is_dir() {
            return Directory::search(path, model_type, predict_type)?.load(model_type, allowance);
        }
        match extension(path).as_str() {
            "yaml" | "yml" => yaml::load(path, asked, allowance),
            "tsv" | "txt" => Directory::of_one_file(path)?.load(model_type, allowance),
            _ => Err(fault(path, format!("expected {FORMS}"))),
        }
    }
}

/// The files of a set that has a file for each label.
struct Directory {
    path: PathBuf,
    files: Vec<LabelFile>,
    warnings: Vec<Finding>,
}

struct LabelFile {
    label: String,
    path: PathBuf,
    /// The path below the directory.
    name: String,
}

impl Directory {
    fn search(path: &Path, model_type: RuleKind, predict_type: &str) -> Result<Self, RuleSetError> {
        if !is_plain_name(predict_type) {
            let reason = format!("predict type {predict_type:?} cannot be the name of a file");
            return Err(fault(path, reason));
        }
        let flat = files_of_labels(path)?;
        let tree = Self::tree(path, model_type, predict_type)?;
        let tree_form = format!("{model_type}/<label>/{predict_type}.txt");
        match (flat.is_empty(), tree.files.is_empty()) {
            (false, true) => Ok(Self {
                path: path.to_owned(),
                files: flat,
                warnings: Vec::new(),
            }),
            (true, false) => Ok(tree),
            (true, true) => Err(fault(
                path,
                format!("no rules were found: looked for <label>.tsv and for {tree_form}"),
            )),
            (false, false) => Err(fault(
                path,
                format!("holds rules in two forms, <label>.tsv and {tree_form}: keep one"),
            )),
        }
    }

    fn tree(path: &Path, model_type: RuleKind, predict_type: &str) -> Result<Self, RuleSetError> {
        let mut found = Self {
            path: path.to_owned(),
            files: Vec::new(),
            warnings: Vec::new(),
        };
        let model_directory = path.join(model_type.as_str());
        if !model_directory.is_dir() {
            return Ok(found);
        }
        for directory in entries(&model_directory)? {
            if !directory.is_dir() {
                continue;
            }
            let label = label_of(&directory, directory.file_name())?;
            let path = directory.join(format!("{predict_type}.txt"));
            let name = format!("{model_type}/{label}/{predict_type}.txt");
            if path.is_file() {
                found.files.push(LabelFile { label, path, name });
            } else if !MATCHED.iter().any(|known| directory.join(known).is_file()) {
                let reason = format!("label `{label}` has no such file and is left out");
                let line = None;
                let place = Place::File { path, name, line };
                found.warnings.push(Finding { place, reason });
            }
        }
        found.files.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(found)
    }

    fn of_one_file(path: &Path) -> Result<Self, RuleSetError> {
        let file = LabelFile {
            label: label_of(path, path.file_stem())?,
            path: path.to_owned(),
            name: file_name(path),
        };
        Ok(Self {
            path: path.to_owned(),
            files: vec![file],
            warnings: Vec::new(),
        })
    }

    fn load(self, model_type: RuleKind, allowance: &Allowance) -> Result<Loaded, RuleSetError> {
        let mut draft = Draft::default();
        for (label, file) in self.files.iter().enumerate() {
            let lines = small_file::read(&file.path).unwrap_or_else(|cause| {
                let reason = format!("failed to read the file: {cause}");
                draft.faults.push((Position::label(label), reason));
                Vec::new()
            });
            draft.add_lines(&file.label, &lines, model_type);
        }
        let set = RuleSet::empty(&set_name(&self.path), model_type);
        let mut loaded = draft.finish(set, &self, allowance)?;
        loaded.warnings.extend(self.warnings);
        Ok(loaded)
    }
}

impl Locate for Directory {
    fn place(&self, position: Position) -> Place {
        let file = &self.files[position.label];
        Place::File {
            path: file.path.clone(),
            name: file.name.clone(),
            line: position.rule,
        }
    }

    fn whole(&self) -> Place {
        whole(&self.path)
    }
}

/// The place of a whole file or directory.
pub(super) fn whole(path: &Path) -> Place {
    Place::File {
        path: path.to_owned(),
        name: file_name(path),
        line: None,
    }
}

/// A single fault about a whole file or directory.
pub(super) fn fault(path: &Path, reason: String) -> RuleSetError {
    let place = whole(path);
    RuleSetError::Invalid {
        faults: vec![Finding { place, reason }],
    }
}

/// The name of a set that has none: the file without its extension, or the directory.
pub(super) fn set_name(path: &Path) -> String {
    let name = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    name.map_or_else(
        || "rules".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn files_of_labels(directory: &Path) -> Result<Vec<LabelFile>, RuleSetError> {
    let mut files = Vec::new();
    for path in entries(directory)? {
        if extension(&path) == "tsv" && path.is_file() {
            files.push(LabelFile {
                label: label_of(&path, path.file_stem())?,
                name: file_name(&path),
                path,
            });
        }
    }
    // By label, not by file: a listing has `a.tsv` after `a-b.tsv`.
    files.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(files)
}

/// The files of a directory, except hidden ones, which editors and copies from other systems leave.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, RuleSetError> {
    let failed = |cause: io::Error| fault(directory, format!("failed to list: {cause}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !file_name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn label_of(path: &Path, name: Option<&OsStr>) -> Result<String, RuleSetError> {
    name.and_then(OsStr::to_str)
        .map(str::to_owned)
        .ok_or_else(|| {
            let reason = "the name is not valid UTF-8 and cannot be a label";
            fault(path, reason.to_owned())
        })
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "rules".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn extension(path: &Path) -> String {
    path.extension()
        .map(|extension| extension.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}
