//! Moves what a command writes into its log.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until};

/// What is read at once; as much as a pipe holds.
pub(super) const BUFFER_BYTES: usize = 1 << 20;

/// After less than this, the next look has time: a command that writes line by line is not interrupted
/// for each of them.
const LITTLE_BYTES: usize = 256 * 1024;
const REST: Duration = Duration::from_millis(1);

/// After the end, no more than this is taken from a pipe that somebody outside the tree still fills.
const DRAINED_BYTES_MAX: usize = 4 << 20;

pub(super) struct Pump {
    receiver: Receiver,
    is_open: bool,
    rest_until: Option<Instant>,
}

impl Pump {
    pub(super) fn new(output: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            receiver: Receiver::from_owned_fd(output)?,
            is_open: true,
            rest_until: None,
        })
    }

    /// Waits until there is something to take; for ever after the end.
    pub(super) async fn ready(&self) {
        if !self.is_open {
            std::future::pending::<()>().await;
        }
        if let Some(rest_until) = self.rest_until {
            sleep_until(rest_until).await;
        }
        // An error shows when it is read.
        self.receiver.readable().await.ok();
    }

    /// Takes what is there, once.
    pub(super) fn take(&mut self, buffer: &mut [u8], take: &mut impl FnMut(&[u8])) {
        match self.receiver.try_read(buffer) {
            Ok(0) => self.is_open = false,
            Ok(bytes) => {
                take(&buffer[..bytes]);
                self.rest_until = (bytes < LITTLE_BYTES).then(|| Instant::now() + REST);
            }
            Err(error) if is_nothing(&error) => self.rest_until = None,
            Err(_) => self.is_open = false,
        }
    }

    /// Takes what is left when the command and its tree have ended.
    pub(super) fn drain(self, buffer: &mut [u8], take: &mut impl FnMut(&[u8])) {
        if !self.is_open {
            return;
        }
        // Asked directly: what the runtime believes of the pipe may be old. It still does not block.
        let Ok(output) = self.receiver.into_nonblocking_fd() else {
            return;
        };
        let mut output = File::from(output);
        let mut drained = 0;
        while drained < DRAINED_BYTES_MAX {
            match output.read(buffer) {
                Ok(0) => return,
                Ok(bytes) => {
                    take(&buffer[..bytes]);
                    drained += bytes;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
