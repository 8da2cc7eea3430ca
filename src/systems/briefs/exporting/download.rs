//! Finds what can be downloaded: the zip of a stage, or a file in it.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, Take};

use super::error::ExportsError;
use super::exports::Exports;
use super::fault::{ExportFault, failed_to};
use super::manifest::ExportedFile;
use super::packing::{self, MANIFEST, Member};
use crate::systems::briefs::store::Brief;

/// What can be downloaded.
#[derive(Clone, Debug)]
pub(crate) struct ExportFile {
    pub name: String,
    pub content_type: &'static str,
    /// In quotes.
    pub etag: String,
    pub bytes: u64,
    path: PathBuf,
    /// Where it begins in the file of that path.
    offset: u64,
}

impl Exports {
    /// The zip of a stage of a brief, by default of its last one, or a file in it. If the zip is lost, it is made
    /// again.
    pub async fn find(
        &self,
        brief: &Brief,
        stage: Option<i32>,
        file: Option<&str>,
    ) -> Result<ExportFile, ExportsError> {
        let entered = match stage {
            Some(stage) => self.store().export(&brief.job, stage).await?,
            None => self.store().exports(&brief.job).await?.pop(),
        };
        let entered = entered.ok_or(match stage {
            Some(stage) if stage != brief.stage => ExportsError::NoStage(stage),
            _ => ExportsError::NotReady,
        })?;
        if entered.removed_at.is_some() {
            return Err(ExportsError::Removed {
                stage: entered.stage,
                days: self.keep_days(),
            });
        }
        let entered = match self.place().has(&entered.file) {
            true => entered,
            false => self.remake(brief, entered).await?,
        };
        let path = self.place().path(&entered.file);
        let Some(file) = file else {
            return Ok(ExportFile {
                name: entered.file,
                content_type: "application/zip",
                etag: format!("\"{}\"", entered.sha256),
                bytes: entered.bytes.unsigned_abs(),
                path,
                offset: 0,
            });
        };
        let no_file = || ExportsError::NoFile(file.to_owned());
        let folder = entered.file.strip_suffix(".zip").unwrap_or(&entered.file);
        let (from, member) = (path.clone(), format!("{folder}/{file}"));
        let found = tokio::task::spawn_blocking(move || packing::find(&from, &member));
        let found = found.await.map_err(|_| ExportFault::ThreadLost)??;
        let Member { offset, bytes } = found.ok_or_else(no_file)?;
        let etag = match file {
            // It does not hold its own digest.
            MANIFEST => format!("{}-manifest", entered.sha256),
            file => digest_in(&entered.manifest, file).ok_or_else(no_file)?,
        };
        Ok(ExportFile {
            name: file.to_owned(),
            content_type: content_type(file),
            etag: format!("\"{etag}\""),
            bytes,
            path,
            offset,
        })
    }
}

impl ExportFile {
    /// A part of it.
    pub async fn read(&self, part: Range<u64>) -> Result<Take<File>, ExportsError> {
        let opened = self.opened(part.start).await;
        let opened = opened.map_err(failed_to("read an export"))?;
        Ok(opened.take(part.end.saturating_sub(part.start)))
    }

    async fn opened(&self, from: u64) -> io::Result<File> {
        let mut file = File::open(&self.path).await?;
        file.seek(SeekFrom::Start(self.offset + from)).await?;
        Ok(file)
    }
}

fn digest_in(manifest: &str, name: &str) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).ok()?;
    let files: Vec<ExportedFile> = serde_json::from_value(manifest.get("files")?.clone()).ok()?;
    let found = files.into_iter().find(|file| file.name == name)?;
    Some(found.sha256)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_file_is_that_of_the_manifest() {
        let manifest = r#"{"files":[{"name":"a.png","bytes":1,"sha256":"ab"}]}"#;
        assert_eq!(digest_in(manifest, "a.png").as_deref(), Some("ab"));
        assert_eq!(digest_in(manifest, "b.png"), None);
    }
}
