//! Posts to label, made up deterministically.

use std::path::Path;

use rusqlite::{Connection, params};

#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub id: String,
    pub s_id: Option<String>,
    pub author: Option<String>,
    pub content: Option<String>,
    pub post_time: String,
}

pub(crate) fn post(id: &str, s_id: &str, author: &str, post_time: &str) -> Post {
    Post {
        id: id.to_owned(),
        s_id: Some(s_id.to_owned()),
        author: Some(author.to_owned()),
        content: Some(format!("post {id} of {author}")),
        post_time: post_time.to_owned(),
    }
}

/// So many posts of January 2020, several in one second here and there, some without an
/// author, some of a source that is in no group.
pub(crate) fn corpus(rows: u32) -> Vec<Post> {
    const NAMES: [&str; 9] = [
        "amy", "Bob", "carol", " dave ", "eve-Amy", "bobby", "阿美", "O'Neil", "zed %_\\",
    ];
    const SOURCES: [&str; 5] = ["WH_A", "WH_B", "WH_A", "WH_C", "WH_NONE"];
    let mut random = Random(20_200_101);
    (0..rows)
        .map(|no| {
            let second = u64::from(no) * 2_600_000 / u64::from(rows) / 3 * 3;
            let mut made = post(
                &format!("p{no}"),
                SOURCES[random.below(5)],
                &format!("{}{}", NAMES[random.below(9)], random.below(40)),
                &time_text(second),
            );
            match random.below(50) {
                0 => made.author = None,
                1 => made.s_id = None,
                2 => made.content = None,
                _ => {}
            }
            made
        })
        .collect()
}

fn time_text(second: u64) -> String {
    let (day, rest) = (second / 86_400, second % 86_400);
    format!(
        "2020-01-{:02} {:02}:{:02}:{:02}",
        day + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// A table `ts_page_content` with an index on `post_time`.
pub(crate) fn write_posts(path: &Path, posts: &[Post]) {
    let mut connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE ts_page_content (id TEXT PRIMARY KEY, s_id TEXT, s_area_id TEXT,
                 author TEXT, title TEXT, content TEXT, post_time TEXT);
             CREATE INDEX by_time ON ts_page_content (post_time);",
        )
        .unwrap();
    let transaction = connection.transaction().unwrap();
    for post in posts {
        transaction
            .execute(
                "INSERT INTO ts_page_content VALUES (?1, ?2, 'area', ?3, '', ?4, ?5)",
                params![
                    post.id,
                    post.s_id,
                    post.author,
                    post.content,
                    post.post_time
                ],
            )
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
