//! What a file holds: nothing is stored.

use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::cells::{CellsForm, CellsView, window};
use super::views::{ImportPreview, LintView};
use super::{Groups, failure};
use crate::http::body::{FileForm, Part, SentFile};
use crate::systems::prediction::import::PreviewLimits;
use crate::systems::prediction::importing::Imports;

/// The operations.
pub(crate) struct ReadingApi(pub Imports);

/// Parts of a preview.
struct PreviewForm;

impl FileForm for PreviewForm {
    const PARTS: &'static [Part] = &[Part {
        name: "mapping",
        description: "Name of a mapping, or a mapping as YAML; without it, one is drafted.",
        is_required: false,
        is_flag: false,
        example: "report",
    }];
}

/// Parts of a call about the file alone.
struct FileAlone;

impl FileForm for FileAlone {
    const PARTS: &'static [Part] = &[Part {
        name: "encoding",
        description: "Of a CSV or TSV, such as `cp932`; without it, it is detected.",
        is_required: false,
        is_flag: false,
        example: "",
    }];
}

/// A draft.
#[derive(Object)]
struct SuggestedMapping {
    /// YAML, to be corrected.
    mapping: String,
}

#[OpenApi(tag = "Groups::Imports")]
impl ReadingApi {
    /// Preview an import
    ///
    /// The rows and problems that a mapping makes of a file, up to a thousand of each. Nothing is written.
    #[oai(
        path = "/v1/imports/preview",
        method = "post",
        operation_id = "preview_import"
    )]
    async fn preview_import(
        &self,
        sent: SentFile<PreviewForm>,
    ) -> poem::Result<Json<ImportPreview>> {
        let bytes: Arc<[u8]> = sent.bytes.as_slice().into();
        let mapping = match sent.text("mapping") {
            Some(mapping) => self.0.choose(mapping).await,
            None => {
                let draft = self.0.suggest(sent.name.clone(), bytes.clone(), None).await;
                let draft = draft.map_err(failure)?;
                self.0.choose(&draft).await
            }
        };
        let mapping = mapping.map_err(failure)?.mapping;
        let shown = PreviewLimits::default();
        let preview = self.0.preview(sent.name, bytes, mapping, shown).await;
        Ok(Json(ImportPreview::of(preview.map_err(failure)?)))
    }

    /// Look at a sheet
    ///
    /// The cells of a part of a sheet as they stand in the file, and which sheets the file has. Nothing is stored.
    #[oai(
        path = "/v1/imports/cells",
        method = "post",
        operation_id = "read_cells"
    )]
    async fn read_cells(&self, sent: SentFile<CellsForm>) -> poem::Result<Json<CellsView>> {
        let window = window(&sent)?;
        let encoding = sent.text("encoding").map(str::to_owned);
        let (name, bytes) = (sent.name, sent.bytes.into());
        let read = self.0.cells(name, bytes, encoding, window).await;
        Ok(Json(CellsView::of(read.map_err(failure)?)))
    }

    /// Draft a mapping
    ///
    /// What a person would begin with for this file.
    #[oai(
        path = "/v1/imports/suggest",
        method = "post",
        operation_id = "suggest_mapping"
    )]
    async fn suggest_mapping(
        &self,
        sent: SentFile<FileAlone>,
    ) -> poem::Result<Json<SuggestedMapping>> {
        let encoding = sent.text("encoding").map(str::to_owned);
        let draft = self.0.suggest(sent.name, sent.bytes.into(), encoding).await;
        let mapping = draft.map_err(failure)?;
        Ok(Json(SuggestedMapping { mapping }))
    }

    /// Judge a file
    ///
    /// By the rules for machine-readable tables of 総務省 (統一ルール, 1-1 to 1-15).
    #[oai(path = "/v1/imports/lint", method = "post", operation_id = "lint_file")]
    async fn lint_file(&self, sent: SentFile<FileAlone>) -> poem::Result<Json<LintView>> {
        let encoding = sent.text("encoding").map(str::to_owned);
        let judged = self.0.lint(sent.name, sent.bytes.into(), encoding).await;
        Ok(Json(LintView::of(judged.map_err(failure)?)))
    }
}
