//! Notifications: who learns that a job is done, or that it is not.

mod bell;
mod briefs;
mod mail;
mod models;
mod pages;
mod receiver;
mod scrapes;
mod settings;
mod troubles;
mod webhooks;
