//! `audience brief` and `audience demo brief`, as people use them.

mod adapters;
mod runs;
mod used;

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::support::Place;

const ADAPTER: &str = "platform: notes\nlabel: 笔记\nkind: file\npath: notes.csv\n\
    map: {id: no, post_time: day, title: head, like: likes, user_name: who}\n";

const ROWS: &str = "no,day,head,likes,who,more\n1,2026-11-01 08:00,防晒霜一,3,a,x\n2,2026-11-02 08:00,面膜,4,b,y\n\
    3,2026-11-03 08:00,防晒霜 广告,5,,z\n";

/// A folder with an adapter and its file.
fn place() -> Place {
    let place = Place::empty();
    fs::create_dir(place.path("adapters")).unwrap();
    fs::write(place.path("adapters/notes.yaml"), ADAPTER).unwrap();
    fs::write(place.path("adapters/notes.csv"), ROWS).unwrap();
    place
}

fn run(place: &Place, arguments: &[&str]) -> Output {
    place.command().args(arguments).output().unwrap()
}

/// The exit code, what was printed, and what was complained of.
fn printed(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let done = run(place, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = done.status.code().unwrap();
    (code, text(done.stdout), text(done.stderr))
}

fn json_of(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|_| panic!("{printed}"))
}
