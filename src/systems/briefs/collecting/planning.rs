//! Plans the pages of a platform: at the start, after a crash, for another stage, and for another request.

use std::sync::Arc;

use entity::brief_platform;

use super::judge::Judge;
use super::replan::Again;
use super::run::Run;
use super::wanted::wanted;
use crate::clock;
use crate::engine::seam::StepError;
use crate::systems::briefs::sources::Sequences;
use crate::systems::briefs::store::Brief;
use crate::systems::briefs::storing::BriefWords;

impl Run {
    /// Plans what the request asks for, as it is by now. Nothing may be on its way to the output, and all changes are
    /// stored; requests for pages that still belong stay on their way.
    pub async fn plan(&mut self) -> Result<(), StepError> {
        let now = clock::now_micros();
        let request = self.brief.request.clone();
        let again = match self.row.revision == self.brief.revision {
            true => Again::Restart,
            false => Again::Change,
        };
        let is_asked = request.platforms.contains(&self.board.platform);
        let sequences = self.source.sequences();
        let wanted = match is_asked {
            true => wanted(&request, self.judge.keywords(), sequences),
            false => Vec::new(),
        };
        self.board.stage = self.brief.stage;
        self.board.max_pages = match sequences {
            Sequences::OfQueries { .. } => request.max_pages,
            Sequences::One => u32::MAX,
        };
        self.board.choose(&wanted);
        for number in self.board.to_go_over(again) {
            let answered = self.board.answered_pages(number);
            let store = self.collecting.store();
            let packed = store.packed(&self.board.job, &self.board.platform, number, &answered);
            let articles = packed.await?;
            self.board.go_over(number, articles, again, now);
        }
        self.board.add_sequences(&wanted, now);
        if again == Again::Change {
            self.board.is_stale = true;
        }
        self.hang_up();
        self.make_rows_anew().await?;
        self.row.revision = self.brief.revision;
        let place = request
            .platforms
            .iter()
            .position(|one| *one == self.board.platform);
        self.row.no = place.unwrap_or(request.platforms.len()) as i32;
        Ok(())
    }

    /// If a page that is stored does not count any more, all rows are made again from the others.
    pub async fn make_rows_anew(&mut self) -> Result<(), StepError> {
        if !self.board.is_stale {
            return Ok(());
        }
        let articles = self.collecting.articles();
        articles
            .clear(&self.board.job, &self.board.platform)
            .await?;
        self.board.store_again();
        Ok(())
    }

    /// Takes another request of the same brief.
    pub fn take(&mut self, brief: Brief) -> Result<(), StepError> {
        let judge = Judge::new(&brief.request).map_err(StepError::refused)?;
        self.words = Arc::new(BriefWords::new(judge.keywords()));
        self.board.judge = judge.clone();
        self.judge = Arc::new(judge);
        self.brief = brief;
        Ok(())
    }
}

/// The row of a platform that has not begun.
pub(super) fn new_row(brief: &Brief, platform: &str) -> brief_platform::Model {
    let place = brief
        .request
        .platforms
        .iter()
        .position(|one| one == platform);
    brief_platform::Model {
        job_id: brief.job.clone(),
        platform: platform.to_owned(),
        no: place.unwrap_or(brief.request.platforms.len()) as i32,
        revision: brief.revision,
        began_at: None,
        ended_at: None,
        calls: 0,
        retries: 0,
        hedges: 0,
        stored: 0,
        limited: false,
        message: None,
    }
}
