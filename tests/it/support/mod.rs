//! What the tests share: a program of their own each, posts, and an independent computation
//! of what labelling must give.

mod app;
mod bundled;
mod bundled_briefs;
pub(crate) mod bundled_models;
mod commit_proxy;
mod databases;
mod expected;
mod http_client;
mod listening;
mod original;
mod output;
mod place;
mod pool;
mod posts;
mod servers;
mod settings;
mod signing;
mod waiting;

pub(crate) use app::{Published, TestApp, USUAL_RULES, published_in, sorted, usual_pattern};
pub(crate) use bundled::Bundled;
pub(crate) use commit_proxy::{CommitProxy, Fate};
pub(crate) use databases::{DatabaseKind, LEASE, OwnDatabase, on_each_kind, url_of_database};
pub(crate) use expected::{Expected, Rules, expected, expected_of, expected_of_all};
/// Of the posts that are labelled.
pub(crate) const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

pub(crate) use http_client::http_client;
pub(crate) use listening::{Outputs, serve};
pub(crate) use original::{OLD_TASK, left_by_original};
pub(crate) use output::{published_at, task_is_as_expected};
pub(crate) use place::{Place, TASK};
pub(crate) use pool::Pool;
pub(crate) use posts::{Post, corpus, post, write_posts};
pub(crate) use servers::{OwnServers, Variables, servers_script};
pub(crate) use settings::TestSettings;
pub(crate) use signing::signed;
pub(crate) use waiting::{PATIENCE, wait_for, wait_until};
