//! What notifications give to the program.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::api::{self, BellCalls, RuleCalls};
use super::book::Book;
use super::hub::BellHub;
use super::receivers::Receivers;
use super::services::{ErrorReports, Publisher, Teller, Watch};
use super::settings::NotificationsSettings;
use super::store::NotificationStore;
use crate::engine::runtime::KeptTables;
use crate::engine::seam::Service;
use crate::engine::store::AgedTable;
use crate::http::Api;
use crate::settings::{Loaded, Sections};
use crate::systems::{Built, Findings, Platform, System};
use crate::ui::Pages;

const DAY: Duration = Duration::from_secs(86_400);

/// Notifications, deliveries and bells.
const TOLD: [AgedTable; 3] = [
    AgedTable {
        name: "audience_notification_bell",
        key: "who, no",
        at: "at",
    },
    AgedTable {
        name: "audience_notification",
        key: "id",
        at: "at",
    },
    AgedTable {
        name: "audience_notification_delivery",
        key: "id",
        at: "created_at",
    },
];

/// As long as the jobs themselves.
const FOLLOWS: AgedTable = AgedTable {
    name: "audience_notification_follow",
    key: "about, who",
    at: "at",
};

/// It tells people of jobs of all systems.
pub struct NotifierSystem;

#[async_trait]
impl System for NotifierSystem {
    fn name(&self) -> &'static str {
        "notifier"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<NotificationsSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        api::apis()
    }

    fn pages(&self) -> Pages {
        super::pages::pages()
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let rules = loaded.system::<NotificationsSettings>().notify.len();
        Findings {
            checked: (rules > 0).then(|| format!("{rules} rules of notifications")),
            ..Findings::default()
        }
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let settings = loaded.system::<NotificationsSettings>();
        let store = NotificationStore::new(platform.store.clone());
        let receivers = Arc::new(Receivers::of(&settings));
        let book = Book::new(&settings, store.clone());
        let hub = BellHub::default();
        let teller = Teller {
            publisher: Publisher {
                store: store.clone(),
                book: book.clone(),
                receivers: Arc::clone(&receivers),
                hub: hub.clone(),
                flows: platform.flows.clone(),
                public_url: loaded.settings.server.public_url.clone(),
            },
        };
        let watch = Watch {
            store: store.clone(),
            book: book.clone(),
            hub: hub.clone(),
        };
        let bell = BellCalls {
            store: store.clone(),
            hub,
        };
        let has_sentry = receivers.has_sentry();
        let reports = ErrorReports {
            receivers: Arc::clone(&receivers),
        };
        let rules = RuleCalls {
            store,
            book,
            receivers,
        };
        let days = |days: u64| DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
        let retention = &loaded.settings.retention;
        let told_days = days(retention.notifications_days);
        let mut aged: Vec<_> = TOLD.into_iter().map(|table| (table, told_days)).collect();
        aged.push((FOLLOWS, days(retention.jobs_days)));
        let mut services: Vec<Arc<dyn Service>> = vec![Arc::new(teller), Arc::new(watch)];
        if has_sentry {
            services.push(Arc::new(reports));
        }
        Ok(Built {
            services,
            kept: KeptTables {
                aged,
                ..KeptTables::default()
            },
            routes: api::routes(bell, rules),
            ..Built::default()
        })
    }
}
