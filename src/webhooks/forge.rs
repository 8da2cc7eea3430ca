//! The forges whose webhooks are understood.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forge {
    Github,
    Gitlab,
    Gitea,
}
