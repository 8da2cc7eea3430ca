//! The bundled sample, labelled by the command and counted by a reader of CSV.

use std::path::Path;

use super::recount::{Label, Set, report};
use super::{health, is_counted};
use crate::support::{Place, Post};

const EATING: Set = Set {
    drop: "咖啡",
    labels: &[
        Label {
            name: "noodles",
            rules: &["麵", "好吃"],
            except: &["推薦"],
        },
        Label {
            name: "outing",
            rules: &["餐廳", "trip", "旅行", "推薦"],
            except: &[],
        },
        Label {
            name: "films",
            rules: &["電影", "沒有人說過的話"],
            except: &[],
        },
    ],
};

/// Rows of all times. Its sources are called as those of the groups of other tests.
fn posts(file: &Path) -> Vec<Post> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        let cell = |place: usize| Some(record[place].to_owned());
        Post {
            id: record[0].to_owned(),
            s_id: Some(match &record[1] {
                "WH_F0045" => "WH_A".to_owned(),
                "WH_F0001" => "WH_B".to_owned(),
                other => other.to_owned(),
            }),
            author: cell(3),
            content: cell(5),
            post_time: record[6].to_owned(),
        }
    });
    records.collect()
}

#[test]
fn the_sample_has_the_health_that_a_reader_of_its_file_counts() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sample/posts.csv");
    let place = Place::empty();
    let write = |name: &str, text: &str| std::fs::write(place.path(name), text).unwrap();
    write("eating.yaml", &EATING.document().to_string());
    write("groups.yaml", "groups: {a: [WH_F0045], b: [WH_F0001]}\n");
    let source = format!("csv://{}", file.display());
    let labelled = place
        .label(&[
            ("--source", &source),
            ("--rules", "eating.yaml"),
            ("--end", "2021-01-01 00:00:00"),
        ])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&labelled.stderr);
    assert!(labelled.status.success(), "{errors}");
    is_counted(
        &health(&place, &["--json"]),
        &report(&EATING, &posts(&file)),
    );
}
