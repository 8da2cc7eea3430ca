//! Asks for the open pages of a platform, as many at once as it allows.

use super::run::{Asked, Run};
use super::trouble::Trouble;
use crate::systems::briefs::article::PageId;
use crate::systems::briefs::sources::{PageAnswer, PageAsk, PageSource};
use crate::systems::briefs::upstream::{Answered, CallFault, PageFault};

impl Run {
    /// Asks for pages, as long as not too many are fetched and not stored.
    pub fn ask_more(&mut self) {
        let waiting =
            self.board.to_store(self.collecting.unstored_max()).len() + self.storing.len();
        if waiting >= self.collecting.unstored_max() {
            return;
        }
        let room = self.at_once.saturating_sub(self.asking.len());
        for id in self.board.to_ask(room) {
            let Some(ask) = self.ask_of(id) else {
                continue;
            };
            let (source, lane) = (self.source.clone(), self.lane.clone());
            let trouble = Trouble::default();
            let noted = trouble.clone();
            let task = self.asking.spawn(async move {
                let answered = match lane {
                    Some(lane) => lane.call(|| noting(&*source, &ask, &noted)).await,
                    None => directly(&*source, &ask).await,
                };
                (id, answered)
            });
            self.asked.insert(id, Asked { task, trouble });
            if let Some(page) = self.board.page_mut(id) {
                page.is_busy = true;
            }
        }
    }

    fn ask_of(&self, id: PageId) -> Option<PageAsk> {
        let sequence = self.board.sequences.get(&id.sequence)?;
        let page = sequence.pages.get(&id.number)?;
        let cursors = page.row.cursors.as_deref();
        let cursors = cursors.and_then(|text| serde_json::from_str(text).ok());
        let request = &self.brief.request;
        Some(PageAsk {
            job: self.board.job.clone(),
            query: sequence.row.query.clone(),
            number: id.number,
            cursors: cursors.unwrap_or_default(),
            from: sequence.row.from_at.unwrap_or(request.start_time),
            to: sequence.row.to_at.unwrap_or(request.end_time),
        })
    }
}

/// Asks once, and notes what comes of it until there is a good answer.
async fn noting(
    source: &dyn PageSource,
    ask: &PageAsk,
    trouble: &Trouble,
) -> Result<PageAnswer, CallFault> {
    trouble.note("no answer");
    let answer = source.ask(ask).await;
    match &answer {
        Ok(_) => trouble.clear(),
        Err(CallFault::RateLimited(_)) => trouble.note("it is to be asked later"),
        Err(
            CallFault::Transient(reason)
            | CallFault::Auth(reason)
            | CallFault::Quota(reason)
            | CallFault::Final(reason),
        ) => trouble.note(reason),
    }
    answer
}

/// A source that is not called answers once; an error is final.
async fn directly(source: &dyn PageSource, ask: &PageAsk) -> Answered<PageAnswer> {
    let outcome = source.ask(ask).await.map_err(|fault| match fault {
        CallFault::Transient(reason) | CallFault::Final(reason) => PageFault::Failed(reason),
        CallFault::Auth(reason) | CallFault::Quota(reason) => PageFault::Stopped(reason),
        CallFault::RateLimited(_) => PageFault::Failed("it is to be asked later".to_owned()),
    });
    Answered {
        outcome,
        tries: 1,
        calls: 0,
    }
}
