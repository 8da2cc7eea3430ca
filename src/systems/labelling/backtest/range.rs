//! The rows that both sets are to label: a range of a table, or windows of it.

use crate::engine::seam::StepError;
use crate::systems::labelling::posts::{Moment, Portion, Position, ReadSpec, Reader, Source};
use crate::systems::labelling::rules::preview::{Window, windows};

const MICROS: i64 = 1_000_000;

/// A range of a source. Everything that reads blocks.
pub(in crate::systems::labelling) struct Range {
    pub source: Source,
    pub read: ReadSpec,
}

impl Range {
    /// The windows of a sample, as they are drawn.
    pub fn windows(&self, seed: u64) -> Vec<Window> {
        let seconds = |moment: Moment| moment.micros().div_euclid(MICROS);
        windows(seconds(self.read.start), seconds(self.read.end), seed)
    }

    /// The part of the range that is in a window.
    pub fn in_window(&self, window: &Window) -> Option<(Moment, Moment)> {
        let read = &self.read;
        let moment = Moment::from_micros;
        let start = moment(window.start * MICROS).map_or(read.start, |at| at.max(read.start));
        let end = moment(window.end * MICROS - 1).map_or(read.end, |at| at.min(read.end));
        (start <= end).then_some((start, end))
    }

    /// What is read of a part of the range.
    pub fn spec(&self, (start, end): (Moment, Moment)) -> ReadSpec {
        ReadSpec {
            start,
            end,
            ..self.read.clone()
        }
    }

    /// A reader of a part of the range, or of a portion of it; `None`: there is nothing in it.
    pub fn open(
        &self,
        part: (Moment, Moment),
        portion: Option<&Portion>,
        from: Option<&Position>,
    ) -> Result<Option<Reader>, StepError> {
        let spec = self.spec(part);
        let portion = match portion {
            Some(portion) => Some(portion.clone()),
            None => self.source.plan(&spec, 1)?.portions.pop(),
        };
        let Some(portion) = portion else {
            return Ok(None);
        };
        Ok(Some(self.source.open(&spec, &portion, from)?))
    }
}
