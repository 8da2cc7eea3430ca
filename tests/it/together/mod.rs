//! Several programs on one database that do the same at the same moment.

mod keys;
mod queues;
mod starting;

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::task::block_in_place;

use crate::support::{DatabaseKind, OwnDatabase, Post, TestApp, TestSettings, corpus};

/// Two programs with one database.
struct Pair {
    programs: Vec<TestApp>,
    database: OwnDatabase,
}

impl Pair {
    async fn start(
        kind: DatabaseKind,
        posts: &[Post],
        change: impl Fn(&mut TestSettings) + Copy + 'static,
    ) -> Self {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let folder = Arc::new(tempfile::TempDir::new().unwrap());
        crate::support::write_posts(&folder.path().join("posts.db"), posts);
        let starting = (0..2).map(|_| {
            let url = database.url.clone();
            let changed = move |settings: &mut TestSettings| {
                settings.database.url = url;
                change(settings);
            };
            TestApp::with()
                .beside(&folder)
                .settings(changed)
                .start(posts)
        });
        let programs = join_all(starting).await;
        Self { programs, database }
    }

    /// The first column of what is selected.
    fn texts(&self, sql: &str) -> Vec<String> {
        block_in_place(|| self.database.texts(sql))
    }

    async fn stop(self) {
        for program in self.programs {
            program.stop().await;
        }
        block_in_place(|| drop(self.database));
    }
}

fn few_posts() -> Vec<Post> {
    corpus(20)
}
