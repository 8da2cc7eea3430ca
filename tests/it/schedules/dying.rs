//! Programs that are killed while they fire, and several at once.

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::labelling;
use crate::clocks::Day;
use crate::support::{DatabaseKind, OwnDatabase, wait_for};
use crate::telemetry::server::Served;

const SCHEDULES: usize = 20;

fn served(database: &OwnDatabase) -> Served {
    let mut served = Served::with_rows(20);
    served.settings["database"]["url"] = json!(database.url);
    let each = json!({
        "cron": "* * * * *", "catchup": "all", "max": 1, "overlap": "allow",
        "start": labelling(&json!({})),
    });
    let all = (0..SCHEDULES).map(|no| (format!("s{no}"), each.clone()));
    served.settings["schedules"] = Value::Object(all.collect());
    served
}

fn number(database: &OwnDatabase, what: &str) -> usize {
    let text = match database.kind {
        DatabaseKind::MySql => "CHAR",
        DatabaseKind::Sqlite | DatabaseKind::Postgres => "TEXT",
    };
    let sql = format!("SELECT CAST(count(*) AS {text}) FROM {what}");
    block_in_place(|| database.texts(&sql))[0].parse().unwrap()
}

/// Waits until all fires have started a job, and there is exactly one job for each.
async fn each_fire_has_one_job(database: &OwnDatabase, at_least: usize) {
    wait_for("all have fired", async || {
        let all = number(database, "audience_trigger_fire");
        let started = number(
            database,
            "audience_trigger_fire WHERE state = 'started' AND started IS NOT NULL",
        );
        (all >= at_least && started == all).then_some(())
    })
    .await;
    let fires = number(database, "audience_trigger_fire");
    assert_eq!(number(database, "audience_job"), fires);
    let distinct = number(
        database,
        "(SELECT DISTINCT started FROM audience_trigger_fire) AS jobs",
    );
    assert_eq!(distinct, fires);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_while_it_fires_has_started_each_job_once() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let served = served(&database);
        let day = Day::new(served.place.path("day"), "+0");
        let mut server = day.start(&served, "first").await;
        wait_for("all are known", async || {
            (number(&database, "audience_trigger") == SCHEDULES).then_some(())
        })
        .await;
        for (no, pause_ms) in [0, 5, 15, 40, 80, 150].into_iter().enumerate() {
            day.set(&format!("+{}", 120 * (no + 1)));
            let least = SCHEDULES * no + 1;
            wait_for("some have fired", async || {
                (number(&database, "audience_trigger_fire") >= least).then_some(())
            })
            .await;
            // Anywhere in what is being done.
            tokio::time::sleep(std::time::Duration::from_millis(pause_ms)).await;
            server.program.kill();
            server = day.start(&served, &format!("server{no}")).await;
            each_fire_has_one_job(&database, SCHEDULES * (no + 1)).await;
        }
        server.stop().await;
        block_in_place(|| drop(database));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_programs_one_fires_and_the_other_goes_on() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let served = served(&database);
        let day = Day::new(served.place.path("day"), "+0");
        let mut first = day.start(&served, "first").await;
        let second = day.start(&served, "second").await;
        wait_for("all are known", async || {
            (number(&database, "audience_trigger") == SCHEDULES).then_some(())
        })
        .await;
        day.set("+120");
        each_fire_has_one_job(&database, SCHEDULES).await;
        first.program.kill();
        day.set("+240");
        each_fire_has_one_job(&database, 2 * SCHEDULES).await;
        second.stop().await;
        block_in_place(|| drop(database));
    }
}
