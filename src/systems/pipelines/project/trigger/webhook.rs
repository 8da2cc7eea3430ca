//! `webhook`: a forge reports a push or another event.

use super::{Given, Kind, TriggerKind, TriggerScope};
use crate::systems::pipelines::project::declaration::COMMIT;
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::webhooks::{Filter, Forge, Pattern};

const TEXTS: Shape = Shape::Some(&Shape::Text);

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required("webhook", Shape::Words(Forge::NAMES), "The forge."),
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
    let forge = Forge::of_name(spot.text_at("webhook")?)?;
    let secret = spot.get("secret")?;
    scope.context.check_secret(secret.text()?, &secret, faults);
    scope.given = Given::Only(vec![COMMIT.to_owned()]);
    let mut list = |key| {
        let Some(below) = spot.get(key) else {
            return Vec::new();
        };
        let patterns = below.one_or_more().into_iter().filter_map(|one| {
            let parsed = Pattern::parse(one.text()?);
            let noted = parsed.map_err(|problem| faults.value(&one, problem));
            noted.ok()
        });
        patterns.collect()
    };
    let filter = Filter {
        events: list("events"),
        branches: list("branches"),
        tags: list("tags"),
        paths: list("paths"),
    };
    Some(TriggerKind::Webhook {
        forge,
        secret: secret.text()?.to_owned(),
        filter,
    })
}
