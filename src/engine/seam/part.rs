//! What a system needs besides the engine's database, such as the outputs it publishes to.

use async_trait::async_trait;

use super::SystemError;

/// Something that may be away.
#[async_trait]
pub trait Part: Send + Sync {
    /// As `/readyz` names it, e.g. `outputs`.
    fn name(&self) -> &'static str;

    /// Whether the program is not ready while it is away. If it is not needed, what is wrong with it
    /// is a detail.
    fn is_needed(&self) -> bool {
        true
    }

    /// Whether it can be reached. Reads and never writes: it must neither wait for a job that
    /// writes at the moment nor create what is missing.
    async fn check(&self) -> Result<(), SystemError>;
}
