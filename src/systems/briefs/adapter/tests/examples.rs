//! The adapters of the examples.

use super::super::{Kind, read};

#[test]
fn the_adapters_of_the_examples_are_good() {
    for (platform, text) in [
        (
            "bili",
            include_str!("../../../../../examples/briefs/adapters/bili.yaml"),
        ),
        (
            "douyin",
            include_str!("../../../../../examples/briefs/adapters/douyin.yaml"),
        ),
        (
            "mweibo",
            include_str!("../../../../../examples/briefs/adapters/mweibo.yaml"),
        ),
        (
            "redbook",
            include_str!("../../../../../examples/briefs/adapters/redbook.yaml"),
        ),
        (
            "weixin",
            include_str!("../../../../../examples/briefs/adapters/weixin.yaml"),
        ),
        (
            "notes",
            include_str!("../../../../../examples/briefs/demo/adapters/notes.yaml"),
        ),
        (
            "videos",
            include_str!("../../../../../examples/briefs/demo/adapters/videos.yaml"),
        ),
    ] {
        let adapter =
            read(text.as_bytes()).unwrap_or_else(|faults| panic!("{platform}: {faults:?}"));
        assert_eq!(adapter.platform, platform);
        assert_ne!(adapter.label, platform);
    }
    let douyin = include_str!("../../../../../examples/briefs/adapters/douyin.yaml");
    let douyin = read(douyin.as_bytes()).unwrap();
    assert_eq!(douyin.secrets, ["DOUYIN_TOKEN"]);
    assert!(matches!(douyin.kind, Kind::Http(_)));
}
