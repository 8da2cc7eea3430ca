//! Dead letters, and doing with them what could not be done before.

use entity::{DispatchStatus, LetterKind, dead_letter};

use super::{Dispatch, DispatchError, LetterFilter, LettersToReplay, Result};
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

/// What became of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllReplayed {
    pub replayed: u64,
    /// Those that still cannot be used, with the reasons.
    pub refused: Vec<(i64, String)>,
    /// After which letter to continue; `None`: there are no more.
    pub next: Option<i64>,
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

    pub async fn letter(&self, seq: i64) -> Result<dead_letter::Model> {
        let letter = self.store.letter(seq).await?;
        letter.ok_or(DispatchError::UnknownLetter { seq })
    }

    /// Applies an answer again, or starts a task that was given up again.
    pub async fn replay(&self, seq: i64) -> Result<Replayed> {
        self.try_again(&self.letter(seq).await?).await
    }

    /// The same for several, oldest first.
    pub async fn replay_all(&self, which: &LettersToReplay) -> Result<AllReplayed> {
        let letters = self.store.letters_to_replay(which).await?;
        let mut done = AllReplayed::default();
        if letters.len() as u64 == which.limit {
            done.next = letters.last().map(|letter| letter.seq);
        }
        for letter in &letters {
            match self.try_again(letter).await? {
                Replayed::Done => done.replayed += 1,
                Replayed::Not { reason } => done.refused.push((letter.seq, reason)),
            }
        }
        Ok(done)
    }

    async fn try_again(&self, letter: &dead_letter::Model) -> Result<Replayed> {
        let done = match letter.kind {
            LetterKind::Reply => self.apply_again(letter).await,
            LetterKind::Task => self.start_again(letter).await,
        };
        match done {
            Ok(()) => {
                self.store.letter_replayed(letter.seq).await?;
                Ok(Replayed::Done)
            }
            Err(DispatchError::Store(error)) => Err(error.into()),
            Err(error) => Ok(Replayed::Not {
                reason: error.to_string(),
            }),
        }
    }

    async fn apply_again(&self, letter: &dead_letter::Model) -> Result<()> {
        let attempt = letter.attempt.map(|attempt| attempt.to_string());
        let read = read_answer(letter.payload.as_bytes(), attempt.as_deref());
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
