mod files;
mod schedules;
mod templates;
