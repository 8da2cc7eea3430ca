//! Dead letters, and doing with them what could not be done before.

use entity::{DispatchStatus, LetterKind, dead_letter};

use super::{Dispatch, DispatchError, LetterFilter, Result};
use crate::systems::dispatch::services::read_answer;

/// What became of a dead letter that was tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    Done,
    /// It still cannot be used, for this reason.
    Not {
        reason: String,
    },
}

impl Dispatch {
    /// Newest first.
    pub async fn letters(
        &self,
        filter: &LetterFilter,
        limit: u64,
    ) -> Result<Vec<dead_letter::Model>> {
        Ok(self.store.letters(filter, limit).await?)
    }

    /// Applies an answer again, or starts a task that was given up again.
    pub async fn replay(&self, seq: i64) -> Result<Replayed> {
        let letter = self.store.letter(seq).await?;
        let letter = letter.ok_or(DispatchError::UnknownLetter { seq })?;
        let done = match letter.kind {
            LetterKind::Reply => self.apply_again(&letter).await,
            LetterKind::Task => self.start_again(&letter).await,
        };
        match done {
            Ok(()) => {
                self.store.letter_replayed(seq).await?;
                Ok(Replayed::Done)
            }
            Err(DispatchError::Store(error)) => Err(error.into()),
            Err(error) => Ok(Replayed::Not {
                reason: error.to_string(),
            }),
        }
    }

    async fn apply_again(&self, letter: &dead_letter::Model) -> Result<()> {
        let read = read_answer(letter.payload.as_bytes(), None);
        let answer = read.map_err(|unusable| DispatchError::Refused {
            reason: unusable.reason,
        })?;
        self.report(&answer.task, answer.report).await.map(drop)
    }

    async fn start_again(&self, letter: &dead_letter::Model) -> Result<()> {
        let refused = |reason: &str| DispatchError::Refused {
            reason: reason.to_owned(),
        };
        let Some(job) = &letter.job_id else {
            return Err(refused("the letter names no task"));
        };
        let found = self.store.find(job).await?;
        let found = found.ok_or_else(|| refused("the task no longer exists"))?;
        if found.task.status != DispatchStatus::Failed {
            return Err(refused("the task has been started again since"));
        }
        self.start(&super::id_of(&found.task)).await
    }
}
