//! Exports of a process: where their files are, and how they are made, found and made again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use entity::{JobId, brief_export};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::about::{About, FailedPage, PlatformPages};
use super::cloud::CloudFont;
use super::error::ExportsError;
use super::explained::no_pictures;
use super::fault::ExportFault;
use super::keyword_workbook::SHEET_ROWS;
use super::making;
use super::manifest;
use super::packing::{self, Packed};
use super::place::Place;
use crate::clock;
use crate::engine::store::Store;
use crate::settings::Loaded;
use crate::sqlite;
use crate::systems::briefs::article::PageId;
use crate::systems::briefs::platforms::Platforms;
use crate::systems::briefs::settings::{BriefSettings, BriefsSection};
use crate::systems::briefs::store::{Brief, BriefStore, PageState, PlatformProgress};
use crate::systems::briefs::storing::ArticleTables;
use crate::telemetry::metrics::metrics;

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Exports(Arc<Inner>);

struct Inner {
    store: BriefStore,
    tables: ArticleTables,
    platforms: Platforms,
    dictionary: Arc<[String]>,
    settings: BriefsSection,
    place: Place,
    /// Files that were lost are made again one at a time.
    remaking: Mutex<()>,
}

/// An export whose file is there, and which is not entered yet.
#[derive(Clone, Debug)]
pub(super) struct MadeExport {
    pub row: brief_export::Model,
    pub articles: u64,
    pub accounts: u64,
    /// What whoever looks at the brief is told.
    pub message: Option<String>,
    /// Of its pages.
    pub coverage: f64,
}

/// A zip that shows.
struct Written {
    packed: Packed,
    articles: u64,
    accounts: u64,
    message: Option<String>,
}

impl Exports {
    /// `dictionary`: words that are cut as they stand there.
    pub fn of(
        loaded: &Loaded,
        store: BriefStore,
        tables: ArticleTables,
        platforms: Platforms,
        dictionary: Arc<[String]>,
    ) -> Self {
        let settings = loaded.system::<BriefSettings>().briefs;
        let directory = match &settings.exports {
            Some(directory) => absolute(directory),
            None => beside(&loaded.settings.database.url),
        };
        Self(Arc::new(Inner {
            store,
            tables,
            platforms,
            dictionary,
            settings,
            place: Place::new(directory),
            remaking: Mutex::new(()),
        }))
    }

    pub(super) fn store(&self) -> &BriefStore {
        &self.0.store
    }

    pub(super) fn engine(&self) -> &Store {
        self.0.store.engine()
    }

    /// Where the zip of this name lies.
    pub fn path_of(&self, file: &str) -> PathBuf {
        self.place().path(file)
    }

    pub(super) fn place(&self) -> &Place {
        &self.0.place
    }

    /// How long files are kept, in days.
    pub(super) fn keep_days(&self) -> u64 {
        self.0.settings.keep_exports
    }

    /// Makes the zip of the stage that a brief is at, and lets it show.
    pub(super) async fn make(
        &self,
        brief: &Brief,
        cancel: CancellationToken,
    ) -> Result<MadeExport, ExportsError> {
        let began = Instant::now();
        let made = self.made(brief, cancel).await;
        let outcome = match &made {
            Ok(_) => "made",
            Err(_) => "failed",
        };
        let duration = &metrics().brief_export_duration;
        duration.record(began.elapsed().as_secs_f64(), &[("outcome", outcome)], None);
        made
    }

    async fn made(
        &self,
        brief: &Brief,
        cancel: CancellationToken,
    ) -> Result<MadeExport, ExportsError> {
        let about = self.about(brief).await?;
        let exports = self.clone();
        let job = brief.job.clone();
        let written = tokio::task::spawn_blocking(move || {
            let written = exports.write(&job, &about, &cancel)?;
            Ok::<_, ExportsError>((about, written))
        });
        let (about, written) = written.await.map_err(|_| ExportFault::ThreadLost)??;
        let request = serde_json::to_string(&about.request);
        let manifest = manifest::kept(&written.packed.manifest);
        Ok(MadeExport {
            row: brief_export::Model {
                job_id: brief.job.clone(),
                stage: brief.stage,
                file: format!("{}.zip", about.name()),
                bytes: signed(written.packed.bytes),
                sha256: written.packed.sha256,
                request: request.map_err(|_| ExportsError::Unstorable)?,
                revision: brief.revision,
                manifest: manifest.ok_or(ExportsError::Unstorable)?,
                created_at: clock::now_micros(),
                removed_at: None,
            },
            articles: written.articles,
            accounts: written.accounts,
            message: written.message,
            coverage: about.total().coverage(),
        })
    }

    fn write(
        &self,
        job: &JobId,
        about: &About,
        cancel: &CancellationToken,
    ) -> Result<Written, ExportsError> {
        let font = CloudFont::find(&self.0.settings.fonts);
        let workplace = self.0.place.begin(&about.name())?;
        let platforms = &about.request.platforms;
        let figures = making::make(about, &font, workplace.folder(), SHEET_ROWS, |take| {
            let ordered = self.0.tables.ordered(job, platforms, |article| {
                !cancel.is_cancelled() && take(article)
            });
            match cancel.is_cancelled() {
                true => Err(ExportFault::Stopped.into()),
                false => ordered.map_err(ExportsError::from),
            }
        })?;
        let zip = workplace.zip();
        let packed = packing::pack(about, &figures, workplace.folder(), &zip)?;
        if cancel.is_cancelled() {
            return Err(ExportFault::Stopped.into());
        }
        workplace.show()?;
        let mut said = about.shortcomings();
        said.extend(font.err().map(|fault| no_pictures(&fault)));
        Ok(Written {
            packed,
            articles: figures.total().articles,
            accounts: figures.accounts(),
            message: (!said.is_empty()).then(|| said.join("; ")),
        })
    }

    /// What is missing of a brief, in sentences.
    pub(super) async fn shortcomings(&self, brief: &Brief) -> Result<Vec<String>, ExportsError> {
        Ok(self.about(brief).await?.shortcomings())
    }

    /// What the files of a brief say besides its articles.
    async fn about(&self, brief: &Brief) -> Result<About, ExportsError> {
        let request = brief.request.clone();
        let keywords = request.parsed().map_err(|_| ExportsError::Unstorable)?;
        let progress = self.0.store.progress(&brief.job).await?;
        let (mut platforms, mut failed) = (Vec::new(), Vec::new());
        for name in &request.platforms {
            let found = progress
                .platforms
                .iter()
                .find(|found| found.platform == *name);
            let progress = found.cloned().unwrap_or_default();
            if progress.failed > 0 {
                failed.extend(self.failed(&brief.job, name).await?);
            }
            platforms.push(PlatformPages {
                platform: name.clone(),
                label: self.0.platforms.label(name).to_owned(),
                ..pages_of(progress)
            });
        }
        Ok(About {
            job: brief.job.to_string(),
            stage: brief.stage,
            request,
            keywords,
            zone: self.0.settings.zone(),
            created_at: brief.created_at,
            collected_at: brief.collected_at,
            platforms,
            failed,
            dictionary: Arc::clone(&self.0.dictionary),
        })
    }

    async fn failed(&self, job: &JobId, platform: &str) -> Result<Vec<FailedPage>, ExportsError> {
        let pages = self.0.store.pages(job, platform).await?.into_iter();
        let failed = pages.filter(|page| page.state == PageState::Failed.name());
        let failed = failed.map(|page| FailedPage {
            platform: platform.to_owned(),
            page: PageId {
                sequence: page.sequence.unsigned_abs(),
                number: page.number.unsigned_abs(),
            }
            .text(),
            reason: page.error.unwrap_or_else(|| "unknown".to_owned()),
        });
        Ok(failed.collect())
    }

    /// Makes the file of an export again that is not there any more.
    pub(super) async fn remake(
        &self,
        brief: &Brief,
        entered: brief_export::Model,
    ) -> Result<brief_export::Model, ExportsError> {
        let _one_at_a_time = self.0.remaking.lock().await;
        if self.0.place.has(&entered.file) {
            return Ok(entered);
        }
        // The articles are those of the last stage.
        if entered.stage != brief.stage || entered.revision != brief.revision {
            return Err(ExportsError::Replaced {
                stage: entered.stage,
                last: brief.stage,
            });
        }
        let made = self.make(brief, CancellationToken::new()).await?;
        if made.row.sha256 == entered.sha256 {
            return Ok(entered);
        }
        // Another version of the program, or other fonts, make other bytes of the same rows.
        let row = brief_export::Model {
            created_at: entered.created_at,
            ..made.row
        };
        let counts = (signed(made.articles), signed(made.accounts));
        let message = made.message;
        let store = &self.0.store;
        store
            .enter_export(row.clone(), counts, message, None)
            .await?;
        Ok(row)
    }
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn pages_of(progress: PlatformProgress) -> PlatformPages {
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    PlatformPages {
        planned: count(progress.planned()),
        done: count(progress.done),
        failed: count(progress.failed),
        received: count(progress.received),
        kept: count(progress.kept),
        filtered: count(progress.filtered),
        out_of_range: count(progress.out_of_range),
        rejected: count(progress.rejected),
        limited: progress.limited,
        message: progress.message,
        ..PlatformPages::default()
    }
}

fn absolute(directory: &Path) -> PathBuf {
    std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned())
}

/// The directory beside the engine's database; of a server's, one in the working directory.
fn beside(database: &str) -> PathBuf {
    let file = sqlite::file_of(database);
    let file = file.unwrap_or_else(|| PathBuf::from("data/audience"));
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    absolute(&file.with_file_name(format!("{stem}_exports")))
}
