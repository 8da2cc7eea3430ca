//! Two programs on one database: one fires, and a site sees one visitor.

use std::time::Duration;

use serde_json::json;
use tokio::task::block_in_place;

use super::ALL;
use super::site::Site;
use crate::clocks::Day;
use crate::support::{DatabaseKind, OwnDatabase, wait_for};
use crate::telemetry::server::Served;

fn number(database: &OwnDatabase, what: &str) -> usize {
    let text = match database.kind {
        DatabaseKind::MySql => "CHAR",
        DatabaseKind::Sqlite | DatabaseKind::Postgres => "TEXT",
    };
    let sql = format!("SELECT CAST(count(*) AS {text}) FROM {what}");
    block_in_place(|| database.texts(&sql))[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_programs_one_fires_also_after_three_days() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let (database, site) = (block_in_place(|| OwnDatabase::new(kind)), Site::start());
        let mut served = Served::with_rows(1);
        served.settings["database"]["url"] = json!(database.url);
        served.settings["scrape"] = json!({ "allow": [site.host()] });
        served.settings["prediction"] = json!({ "dir": served.place.path("") });
        std::fs::create_dir(served.place.path("scrapes")).unwrap();
        let nightly = "schedule: {cron: \"30 6 * * *\", timezone: Asia/Tokyo, catchup: all}\n";
        std::fs::write(served.place.path("scrapes/obs.yaml"), site.scrape(nightly)).unwrap();
        let day = Day::new(served.place.path("day"), "+0");
        let first = day.start(&served, "first").await;
        let second = day.start(&served, "second").await;
        wait_for("it is known", async || {
            (number(&database, "audience_trigger WHERE since_at IS NOT NULL") == 1).then_some(())
        })
        .await;
        day.set("+86400");
        wait_for("it has run", async || {
            (number(&database, "audience_scrape_run WHERE state = 'succeeded'") == 1).then_some(())
        })
        .await;
        first.stop().await;
        second.stop().await;
        day.set(&format!("+{}", 4 * 86_400));
        let first = day.start(&served, "third").await;
        let second = day.start(&served, "fourth").await;
        wait_for("it has caught up", async || {
            (number(&database, "audience_scrape_run WHERE state = 'succeeded'") == 4).then_some(())
        })
        .await;
        assert_eq!(number(&database, "audience_trigger_fire"), 4);
        assert_eq!(number(&database, "audience_job WHERE flow = 'scrape'"), 4);
        assert_eq!(number(&database, "obs"), 4 * ALL);
        assert_eq!(
            number(&database, "(SELECT DISTINCT day FROM obs) AS days"),
            4
        );
        assert_eq!(site.asked().len(), 4 * 3, "each page was asked for once");
        first.stop().await;
        second.stop().await;
        block_in_place(|| drop(database));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_take_turns_at_a_host() {
    const DELAY: Duration = Duration::from_millis(150);
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let (database, site) = (block_in_place(|| OwnDatabase::new(kind)), Site::start());
        let mut served = Served::with_rows(1);
        served.settings["database"]["url"] = json!(database.url);
        served.settings["scrape"] = json!({ "allow": [site.host()] });
        served.settings["prediction"] = json!({ "dir": served.place.path("") });
        std::fs::create_dir(served.place.path("scrapes")).unwrap();
        for no in 0..4 {
            let text = site
                .scrape("")
                .replace("scrape: obs", &format!("scrape: s{no}"));
            let text = text.replace("table: obs", &format!("table: t{no}"));
            let text = text.replace("delay_ms: 1", "delay_ms: 150");
            std::fs::write(served.place.path(&format!("scrapes/s{no}.yaml")), text).unwrap();
        }
        let servers = [
            served.start("first", &[]).await,
            served.start("second", &[]).await,
        ];
        for no in 0..4 {
            let path = format!("/v1/scrapes/s{no}/run");
            let body = json!({ "day": format!("2026-11-{:02}", no + 1) });
            let (status, answer) = servers[no % 2].call("POST", &path, &body).await;
            assert_eq!(status, 202, "{answer}");
        }
        wait_for("all have run", async || {
            (number(&database, "audience_scrape_run WHERE state = 'succeeded'") == 4).then_some(())
        })
        .await;
        let asked = site.asked();
        assert_eq!(asked.len(), 4 * 3);
        for pair in asked.windows(2) {
            let pause = pair[1].at - pair[0].at;
            assert!(
                pause >= DELAY,
                "{pause:?} between {:?} and {:?}",
                pair[0].path,
                pair[1].path
            );
        }
        for server in servers {
            server.stop().await;
        }
        block_in_place(|| drop(database));
    }
}
