//! The forms of a rule set: YAML, JSON, a tree of TSV files, CSV and XLSX, each of them read and written.
//!
//! ```text
//! bytes ──read──► Draft ──document::check──► Document ──write──► bytes
//! ```
//!
//! What one form has written has the same digest when it is read, and is written by that form to the same bytes.

mod csv;
mod exported;
mod files;
mod json;
mod label_files;
mod row;
mod table;
mod text;
mod tsv;
mod value;
mod xlsx;
mod yaml;

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use strum::{IntoStaticStr, VariantArray};

pub use exported::Expressions;
pub use tsv::Tree;

use super::document::limits::DOCUMENT_BYTES;
use super::document::{self, Document, Draft, DraftLabel, ModelKind, Options, name_fault};
use super::finding::{Code, Finding, Findings};
use super::set::Place;
use crate::small_file;

/// How a set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Form {
    Yaml,
    Json,
    /// A tree of files; its bytes are a zip archive.
    Tsv,
    Csv,
    Xlsx,
}

/// Why a file could not be read as a document at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("failed to read `{path}`")]
    Read {
        path: String,
        #[source]
        cause: io::Error,
    },
    #[error(
        "`{path}`: expected a directory of rules, or a .yaml, .yml, .json, .zip, .tsv, .csv or .xlsx file"
    )]
    UnknownForm { path: String },
}

impl Form {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn of_name(name: &str) -> Option<Self> {
        let mut known = Self::VARIANTS.iter().copied();
        known.find(|form| form.as_str() == name)
    }

    /// Of a file by its extension.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "zip" => Some(Self::Tsv),
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// What a body of this form is called in `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Yaml => "application/yaml",
            Self::Json => "application/json",
            Self::Tsv => "application/zip",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The form of a body, by its `Content-Type`.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => {
                Some(Self::Yaml)
            }
            "application/json" => Some(Self::Json),
            "application/zip" | "application/x-zip-compressed" => Some(Self::Tsv),
            "text/csv" => Some(Self::Csv),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// Reads and checks a document. `file` is what places are called after; `name` what a set is called that has no name.
pub fn read(form: Form, file: &str, bytes: &[u8], name: &str) -> Document {
    let mut findings = Findings::default();
    let draft = match bytes.len() > DOCUMENT_BYTES {
        true => {
            findings.push(too_large(file));
            Draft::default()
        }
        false => draft(form, file, bytes, &mut findings),
    };
    document::check(draft, name, findings)
}

fn draft(form: Form, file: &str, bytes: &[u8], findings: &mut Findings) -> Draft {
    match form {
        Form::Csv => csv::read(file, bytes, findings),
        Form::Xlsx => xlsx::read(file, bytes, findings),
        Form::Tsv => tsv::read(&files::unzip(file, bytes, findings), findings),
        Form::Yaml | Form::Json => match tsv::text_of_file(file, bytes, findings) {
            // A document that does not say what it is, is what such documents have always been.
            Some(text) if form == Form::Yaml => {
                document::read_yaml(file, text, ModelKind::KeywordModel, findings)
            }
            Some(text) => document::read_json(file, text, ModelKind::MixedModel, findings),
            None => Draft::default(),
        },
    }
}

/// Reads and checks what is at a path: a file of any form, a directory of one, or a file with the rules of one label.
pub fn read_path(path: &Path) -> Result<Document, FileError> {
    let name = set_name(path);
    let shown = || path.display().to_string();
    let failed = |cause| FileError::Read {
        path: shown(),
        cause,
    };
    if path.is_dir() {
        let mut findings = Findings::default();
        let tree = files::read_directory(path, &mut findings).map_err(failed)?;
        let draft = directory(&tree, &mut findings);
        return Ok(document::check(draft, &name, findings));
    }
    let file = file_name(path);
    let bytes = small_file::read(path).map_err(failed)?;
    if let Some(form) = Form::of_path(path) {
        return Ok(read(form, &file, &bytes, &name));
    }
    let extension = path.extension().and_then(OsStr::to_str);
    if !matches!(extension, Some("tsv" | "txt")) {
        return Err(FileError::UnknownForm { path: shown() });
    }
    let mut findings = Findings::default();
    let draft = keywords(&[(file, bytes)], &mut findings);
    Ok(document::check(draft, &name, findings))
}

/// The bytes of a document at a path, as they are sent to a server: a directory becomes an archive.
pub fn bytes_of_path(path: &Path) -> Result<(Form, Vec<u8>), FileError> {
    let shown = || path.display().to_string();
    let failed = |cause| FileError::Read {
        path: shown(),
        cause,
    };
    if path.is_dir() {
        let mut findings = Findings::default();
        let tree = files::read_directory(path, &mut findings).map_err(failed)?;
        return Ok((Form::Tsv, files::zip(&tree).map_err(failed)?));
    }
    let form = Form::of_path(path).ok_or_else(|| FileError::UnknownForm { path: shown() })?;
    Ok((form, small_file::read(path).map_err(failed)?))
}

/// Writes a document in a form; findings about what the form cannot hold.
pub fn write(form: Form, document: &Document, style: Expressions) -> Result<Vec<u8>, Findings> {
    match form {
        Form::Yaml => Ok(yaml::write(document, style).into_bytes()),
        Form::Json => Ok(json::write(document, style).into_bytes()),
        Form::Csv => Ok(csv::write(document, style)),
        Form::Xlsx => xlsx::write(document, style),
        Form::Tsv => {
            let tree = tsv::write(document, style)?;
            files::zip(&tree).map_err(|error| {
                let mut findings = Findings::default();
                let message = format!("failed to write the archive: {error}");
                findings.push(Finding::new(Code::E08, Place::Unknown, message));
                findings
            })
        }
    }
}

/// The files of a document as a directory holds them.
pub fn write_tree(document: &Document, style: Expressions) -> Result<Tree, Findings> {
    tsv::write(document, style)
}

/// Puts a tree into a directory.
pub fn save_tree(directory: &Path, tree: &Tree) -> io::Result<()> {
    files::write_directory(directory, tree)
}

/// A tree; without `set.yaml`, a file of keywords for each label, as directories have always been.
fn directory(tree: &Tree, findings: &mut Findings) -> Draft {
    let is_tree = tree
        .iter()
        .any(|(path, _)| path == tsv::SET_FILE || path.starts_with(tsv::LABELS));
    match is_tree {
        true => tsv::read(tree, findings),
        false => {
            let files = tree.iter().filter(|(path, _)| path.ends_with(".tsv"));
            keywords(&files.cloned().collect::<Vec<_>>(), findings)
        }
    }
}

/// A label for each file, which is called like it.
fn keywords(files: &[(String, Vec<u8>)], findings: &mut Findings) -> Draft {
    let kind = ModelKind::KeywordModel;
    let mut labels: Vec<DraftLabel> = files
        .iter()
        .map(|(file, bytes)| DraftLabel {
            name: file
                .rsplit_once('.')
                .map_or(file.as_str(), |(stem, _)| stem)
                .to_owned(),
            place: Place::Line {
                file: file.as_str().into(),
                line: 1,
                column: 0,
            },
            rules: tsv::read_label(file, bytes, kind, true, findings),
            except: Vec::new(),
        })
        .collect();
    // By label, not by file: a listing has `a.tsv` after `a-b.tsv`.
    labels.sort_by(|one, other| one.name.cmp(&other.name));
    if labels.is_empty() {
        let message = "no rules were found: looked for set.yaml and <label>.tsv";
        findings.push(Finding::new(Code::E01, Place::Unknown, message));
    }
    Draft {
        options: Options {
            model_type: kind,
            ..Options::default()
        },
        labels,
        ..Draft::default()
    }
}

fn too_large(file: &str) -> Finding {
    let most = DOCUMENT_BYTES >> 20;
    let place = Place::Line {
        file: file.into(),
        line: 1,
        column: 0,
    };
    let message = format!("the document has more than {most} MiB");
    Finding::new(Code::E08, place, message)
}

/// What a set is called that has no name: like its file, as far as that can be a name.
pub fn set_name(path: &Path) -> String {
    let canonical = path.canonicalize();
    let path = canonical.as_deref().unwrap_or(path);
    let stem = match path.is_dir() {
        true => path.file_name(),
        false => path.file_stem(),
    };
    let stem = stem.map(|stem| stem.to_string_lossy().to_lowercase());
    let name = stem.unwrap_or_default().replace([' ', '.'], "_");
    match name_fault(&name) {
        None => name,
        Some(_) => "rules".to_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "rules".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
