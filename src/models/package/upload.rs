//! Reading a package, whatever it comes as.

use std::path::Path;
use std::sync::Arc;

use super::archive::Archive;
use super::content::{Content, detect};
use super::description::{self, Described};
use super::files::Files;
use super::folder::Folder;
use super::format::{Format, Package};
use super::layout::{Layout, RESERVED};
use super::mlflow;
use crate::models::golden::Golden;
use crate::models::refusal::Refusal;

/// What a package may cost.
#[derive(Clone, Copy, Debug)]
pub struct PackageLimits {
    /// Bytes of the package, and bytes that its files unpack to.
    pub bytes: u64,
    /// Files in a zip or a folder.
    pub files: usize,
}

impl PackageLimits {
    /// For models of so many mebibytes.
    pub fn of_mebibytes(mebibytes: u64) -> Self {
        Self {
            bytes: mebibytes.saturating_mul(1 << 20),
            files: 1_000,
        }
    }

    pub(super) fn too_large(&self) -> Refusal {
        Refusal::new(format!(
            "the model has more than {} MiB; a model may have as much as the setting `prediction.model_mb_max` says",
            self.bytes >> 20
        ))
    }
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self::of_mebibytes(256)
    }
}

/// A model as somebody hands it in.
#[derive(Clone, Debug)]
pub struct Upload<'u> {
    /// As its sender named it.
    pub file_name: &'u str,
    /// A zip with a package or an MLflow model directory, or the bare file of a model.
    pub bytes: Arc<[u8]>,
    /// Takes precedence over `golden.json` in the package.
    pub golden: Option<&'u [u8]>,
    /// Takes precedence over `model.yaml` in the package.
    pub model_yaml: Option<&'u [u8]>,
    pub limits: &'u PackageLimits,
}

/// What is given beside the files of a package.
#[derive(Clone, Copy, Default)]
struct Given<'g> {
    golden: Option<&'g [u8]>,
    model_yaml: Option<&'g [u8]>,
}

impl Package {
    pub fn read(upload: Upload<'_>) -> Result<Self, Refusal> {
        if upload.bytes.len() as u64 > upload.limits.bytes {
            return Err(upload.limits.too_large());
        }
        let given = Given {
            golden: upload.golden,
            model_yaml: upload.model_yaml,
        };
        match detect(&upload.bytes)? {
            Content::Zip => from_files(&mut Archive::open(upload.bytes, upload.limits)?, given),
            content => {
                let described = given.model_yaml.map(description::read).transpose()?;
                let file = File {
                    name: bare_name(upload.file_name),
                    bytes: upload.bytes,
                    content,
                };
                package(described.unwrap_or_default(), file, given.golden)
            }
        }
    }

    /// Reads a folder with a package or an MLflow model.
    pub fn read_folder(
        path: &Path,
        golden: Option<&[u8]>,
        limits: &PackageLimits,
    ) -> Result<Self, Refusal> {
        let given = Given {
            golden,
            model_yaml: None,
        };
        from_files(&mut Folder::open(path, limits)?, given)
    }
}

/// The file of a model, looked at.
struct File {
    name: String,
    bytes: Arc<[u8]>,
    content: Content,
}

fn from_files(files: &mut dyn Files, given: Given<'_>) -> Result<Package, Refusal> {
    let layout = Layout::of(files.names())?;
    let model_yaml = match given.model_yaml {
        Some(text) => Some(text.to_vec()),
        None => layout.read(files, "model.yaml")?,
    };
    let golden = match given.golden {
        Some(text) => Some(text.to_vec()),
        None => layout.read(files, "golden.json")?,
    };
    let described = match (model_yaml, layout.read(files, "MLmodel")?) {
        (Some(text), _) => description::read(&text)?,
        (None, Some(text)) => mlflow::read(&text)?,
        (None, None) => Described::default(),
    };
    let name = layout.model_file(described.file.as_deref())?;
    let bytes = layout.read(files, &name)?;
    let bytes = bytes.ok_or_else(|| layout.has_no(&name))?;
    let content = detect(&bytes).map_err(|refusal| described.with_advice(refusal))?;
    let file = File {
        name,
        bytes: bytes.into(),
        content,
    };
    package(described, file, golden.as_deref())
}

fn package(described: Described, file: File, golden: Option<&[u8]>) -> Result<Package, Refusal> {
    Ok(Package {
        format: format(&described, &file)?,
        file_name: file.name,
        file: file.bytes,
        description: described.description,
        golden: golden.map(Golden::parse).transpose()?,
    })
}

/// The format that the content has; what `model.yaml` says decides only where the content does not tell.
fn format(described: &Described, file: &File) -> Result<Format, Refusal> {
    match (described.format, file.content) {
        (Some(said), Content::Model(found)) if said != found => Err(Refusal::new(format!(
            "`{}` is written as {found}, not as {said}, which the package says that it is",
            file.name
        ))),
        (_, Content::Model(found)) => Ok(found),
        (Some(said), Content::Unknown) => Ok(said),
        (_, Content::Zip) => Err(described.with_advice(Refusal::new(format!(
            "`{}` is itself a zip, as models of skops, PyTorch and Keras are",
            file.name
        )))),
        (None, Content::Unknown) => Err(Refusal::new(format!(
            "`{}` is in none of the formats that can be read: lightgbm (the text that `save_model` writes), xgboost (JSON or UBJSON), onnx, text-linear and remote (JSON), \
             or a zip or MLflow directory with one of them",
            file.name
        ))),
    }
}

/// The last part of a name, whatever system it comes from.
fn bare_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |character: char| match character {
        '.' | '-' | '_' | ' ' => character,
        _ if character.is_alphanumeric() => character,
        _ => '_',
    };
    let last: String = last
        .trim_start_matches('.')
        .chars()
        .take(200)
        .map(plain)
        .collect();
    match last.as_str() {
        "" => "model".to_owned(),
        name if RESERVED.contains(&name) => format!("model-{name}"),
        _ => last,
    }
}
