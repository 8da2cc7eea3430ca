//! The forges whose webhooks are understood.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forge {
    Github,
    Gitlab,
    Gitea,
}

impl Forge {
    pub(crate) const NAMES: &[&str] = &["github", "gitlab", "gitea"];

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Github, Self::Gitlab, Self::Gitea];
        all.into_iter().find(|forge| forge.as_str() == name)
    }

    /// As a trigger names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
        }
    }
}
