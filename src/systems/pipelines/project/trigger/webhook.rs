//! `webhook`: a forge reports a push or another event.

use super::{Given, Kind, TriggerKind, TriggerScope};
use crate::systems::pipelines::project::declaration::COMMIT;
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::texts;
use crate::webhooks::{Forge, Pattern};

const TEXTS: Shape = Shape::Some(&Shape::Text);

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required(
            "webhook",
            Shape::Words(&["github", "gitlab", "gitea"]),
            "The forge.",
        ),
        Key::required(
            "secret",
            Shape::Text,
            "Name of the secret that deliveries are signed with.",
        ),
        Key::optional("events", TEXTS, "Events that count; all."),
        Key::optional(
            "branches",
            TEXTS,
            "Expressions such as release/* for branches; all, or none where only tags are given.",
        ),
        Key::optional("tags", TEXTS, "Expressions for tags."),
        Key::optional("paths", TEXTS, "Expressions for changed files."),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &mut TriggerScope<'_>, faults: &mut Faults) -> Option<TriggerKind> {
    let forge = match spot.text_at("webhook")? {
        "github" => Forge::Github,
        "gitlab" => Forge::Gitlab,
        "gitea" => Forge::Gitea,
        _ => return None,
    };
    let secret = spot.get("secret")?;
    scope.context.check_secret(secret.text()?, &secret, faults);
    scope.given = Given::Only(vec![COMMIT.to_owned()]);
    let mut list = |key| {
        let Some(below) = spot.get(key) else {
            return Vec::new();
        };
        for one in below.one_or_more() {
            if let Some(Err(problem)) = one.text().map(Pattern::parse) {
                faults.value(&one, problem);
            }
        }
        texts(&below)
    };
    Some(TriggerKind::Webhook {
        forge,
        secret: secret.text()?.to_owned(),
        events: list("events"),
        branches: list("branches"),
        tags: list("tags"),
        paths: list("paths"),
    })
}
