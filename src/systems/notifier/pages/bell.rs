//! The bell at the head of every page: the newest notifications, and how many are unread.

use askama::Template;
use async_trait::async_trait;
use strum::VariantArray;

use super::data::{NewsPage, read};
use super::news::News;
use crate::notify::EventKind;
use crate::ui::{Asked, Frame, Markup, Tool};

/// Notifications that the bell shows.
const SHOWN: usize = 5;

pub(super) struct Bell;

#[derive(Template)]
#[template(path = "systems/notifier/pages/bell.html")]
struct BellView<'a> {
    frame: &'a Frame,
    news: Vec<News>,
    unread: u64,
    /// As far as there is room for it.
    shown_unread: String,
    /// Number of the newest one; 0: there is none.
    newest: i64,
    /// Kinds of events of the stream.
    kinds: String,
    follow: Option<Follow>,
}

/// Whether the visitor follows the job of the page.
struct Follow {
    action: String,
    is_following: bool,
}

#[async_trait]
impl Tool for Bell {
    async fn show(&self, asked: &Asked<'_>) -> Markup {
        let data = format!("/v1/notifications?limit={SHOWN}");
        let page: NewsPage = read(asked.get_part(&data).await);
        let frame = &asked.frame;
        let kinds = EventKind::VARIANTS.iter().map(|kind| kind.as_str());
        Markup::rendered(&BellView {
            frame,
            unread: page.unread,
            shown_unread: match page.unread {
                unread @ ..100 => unread.to_string(),
                _ => "99+".to_owned(),
            },
            newest: page.notifications.first().map_or(0, |newest| newest.no),
            news: page
                .notifications
                .into_iter()
                .map(|told| News::of(frame, told))
                .collect(),
            kinds: kinds.collect::<Vec<_>>().join(" "),
            follow: follow(asked).await,
        })
    }
}

impl BellView<'_> {
    fn unread(&self) -> String {
        self.frame.words.count("notifications-unread", self.unread)
    }
}

/// `None`: it is not the page of a job, or the visitor is told in any case.
async fn follow(asked: &Asked<'_>) -> Option<Follow> {
    let job = asked.path().strip_prefix("/jobs/")?;
    if job.is_empty() || job.contains('/') {
        return None;
    }
    let answer = asked.get(&format!("/v1/jobs/{job}/follow")).await.ok()?;
    if answer["started"] == true {
        return None;
    }
    let is_following = answer["following"] == true;
    let action = if is_following { "unfollow" } else { "follow" };
    Some(Follow {
        action: asked
            .frame
            .path(&format!("/notifications/jobs/{job}/{action}")),
        is_following,
    })
}
