//! The calls that a platform answers in a day: taken in blocks before they are made.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

/// Takes calls of a day, durably.
#[async_trait]
pub(crate) trait TakesCalls: Send + Sync {
    /// Today, as the quota counts days.
    fn today(&self) -> String;

    /// Takes up to `block` of `most` calls; 0: none is left. An error is looked at again.
    async fn take(&self, platform: &str, day: &str, block: u64, most: u64) -> Result<u64, NoQuota>;
}

/// The quota cannot be read at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoQuota;

pub(super) struct Quota {
    platform: String,
    most: Option<u64>,
    takes: Arc<dyn TakesCalls>,
    day: String,
    left: u64,
}

const BLOCK_MAX: u64 = 100;
const LOOKS_AGAIN: Duration = Duration::from_secs(1);

impl Quota {
    pub fn new(platform: &str, most: Option<u64>, takes: Arc<dyn TakesCalls>) -> Self {
        Self {
            platform: platform.to_owned(),
            most,
            takes,
            day: String::new(),
            left: 0,
        }
    }

    /// Takes one call. `Err`: none is left today, of so many.
    pub async fn take(&mut self) -> Result<(), u64> {
        let Some(most) = self.most else {
            return Ok(());
        };
        let today = self.takes.today();
        if today != self.day {
            self.day = today;
            self.left = 0;
        }
        while self.left == 0 {
            let block = (most / 100).clamp(1, BLOCK_MAX);
            let taken = self.takes.take(&self.platform, &self.day, block, most);
            match taken.await {
                Ok(0) => return Err(most),
                Ok(taken) => self.left = taken,
                Err(NoQuota) => sleep(LOOKS_AGAIN).await,
            }
        }
        self.left -= 1;
        Ok(())
    }
}
