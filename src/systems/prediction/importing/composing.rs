//! From a file and a mapping to a job: everything is checked before anything is stored, but for the cells.

use serde_json::json;

use super::error::ImportsError;
use super::imports::{ChosenMapping, Imports};
use super::kind::ImportKind;
use super::params::{ImportParams, StoredFile, StoredText};
use super::{FLOW, QUEUE};
use crate::engine::seam::{Composed, NewRun, StepKind};
use crate::engine::store::blob_digest;
use crate::engine::{Flow, FlowStep};
use crate::systems::prediction::import::{Format, ImportError};

/// Bytes of a piece of a file: MariaDB takes 16 MB at once, unless its settings say more.
const PIECE: usize = 4 << 20;

/// The name of the only step.
const STEP: &str = "import";

/// A file that is to be imported.
pub(crate) struct NewImport {
    /// As its owner calls it; a path is cut off.
    pub file_name: String,
    pub bytes: Vec<u8>,
    pub mapping: ChosenMapping,
    /// Takes precedence over that of the mapping.
    pub output: Option<String>,
    pub strict: bool,
}

impl Imports {
    /// A job that imports the file.
    pub(crate) fn compose(&self, new: NewImport, run: NewRun) -> Result<Composed, ImportsError> {
        let size = new.bytes.len() as u64;
        let most = self.limits().bytes;
        if size > most {
            return Err(ImportError::TooLarge { bytes: size, most }.into());
        }
        let mapping = &new.mapping.mapping;
        Format::detect(&new.bytes, mapping.encoding.as_deref())?;
        let output = new.output.or_else(|| mapping.output.clone());
        self.destination.find(output.as_deref())?;
        let name = new.file_name.rsplit(['/', '\\']).next();
        let name = name.unwrap_or(&new.file_name).to_owned();
        let sha256 = blob_digest(&new.bytes);
        let pieces: Vec<Vec<u8>> = new.bytes.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let params = ImportParams {
            file: StoredFile {
                name: name.clone(),
                sha256: sha256.clone(),
                bytes: size,
                pieces: pieces.iter().map(|piece| blob_digest(piece)).collect(),
            },
            mapping: StoredText {
                name: mapping.name.clone(),
                version: new.mapping.version,
                text: new.mapping.text,
            },
            output: output.clone(),
            strict: new.strict,
        };
        let understood = json!({
            "file": name, "sha256": sha256, "bytes": size, "mapping": mapping.name,
            "mapping_version": new.mapping.version, "output": output, "strict": new.strict,
        });
        let flow = Flow {
            name: FLOW.to_owned(),
            steps: vec![FlowStep {
                name: STEP.to_owned(),
                kind: ImportKind::NAME.to_owned(),
                params: serde_json::to_value(&params)?,
                after: vec![],
                delay_s: 0,
            }],
        };
        let queue = run.queue.unwrap_or_else(|| QUEUE.to_owned());
        let id = run.id.unwrap_or_default();
        let mut job = flow.into_job(id, queue, understood, run.idempotency_key, pieces)?;
        job.title = Some(name);
        job.subject = Some(mapping.name.clone());
        Ok(Composed {
            job,
            warnings: Vec::new(),
        })
    }
}
