//! robots.txt, as RFC 9309 has it.

use std::cell::Cell;
use std::time::Duration;

use url::Url;

use super::super::FetchError;
use super::super::robots::{RobotsCache, Rules};

fn allowed(agent: &str, text: &str, path: &str) -> bool {
    let rules = Rules::read(agent, Some(text.as_bytes()));
    rules.allow(&Url::parse(&format!("http://h{path}")).unwrap())
}

const SITE: &str = "User-agent: *\nDisallow: /private/\n\nUser-agent: SlowBot\nCrawl-delay: 1\n";

#[test]
fn the_longest_rule_of_the_own_group_decides() {
    let groups = "user-agent: a\nuser-agent: AudienceBot # both\ndisallow: /x\nallow: /x/y\n\n\
        user-agent: *\ndisallow: /\n";
    for (agent, text, path, expected) in [
        ("AudienceBot", SITE, "/obs?day=1", true),
        ("AudienceBot", SITE, "/private/x", false),
        ("AudienceBot", SITE, "/private", true),
        ("SlowBot", SITE, "/private/x", true),
        ("slowbot", SITE, "/private/x", true),
        ("AudienceBot", groups, "/", true),
        ("AudienceBot", groups, "/x", false),
        ("AudienceBot", groups, "/x/z", false),
        ("AudienceBot", groups, "/x/y/z", true),
        ("Other", groups, "/x/y", false),
        ("Other", groups, "/robots.txt", true),
        ("a", "", "/x", true),
        ("a", "user-agent: *\ndisallow:\n", "/x", true),
        ("a", "user-agent: *\ndisallow: /*.csv$\n", "/f/a.csv", false),
        (
            "a",
            "user-agent: *\ndisallow: /*.csv$\n",
            "/f/a.csv?x",
            true,
        ),
        (
            "a",
            "user-agent: *\ndisallow: /*?page=\n",
            "/f?page=2",
            false,
        ),
        ("a", "user-agent: *\nallow: /p\ndisallow: /p\n", "/p", true),
        (
            "a",
            "user-agent: *\ndisallow: /観測\n",
            "/%E8%A6%B3%E6%B8%AC/1",
            false,
        ),
        ("a", "<html>not found</html>", "/x", true),
        (
            "a",
            "\u{feff}user-agent: *\r\ndisallow: /x\r\n",
            "/x",
            false,
        ),
    ] {
        assert_eq!(
            allowed(agent, text, path),
            expected,
            "{agent} {path}\n{text}"
        );
    }
}

#[test]
fn delays_are_taken_as_far_as_they_make_sense() {
    let delay = |text: &str| {
        let text = format!("user-agent: *\ncrawl-delay: {text}\n");
        Rules::read("a", Some(text.as_bytes())).delay()
    };
    assert_eq!(delay("1"), Some(Duration::from_secs(1)));
    assert_eq!(delay("0.5"), Some(Duration::from_millis(500)));
    assert_eq!(delay("0"), None);
    assert_eq!(delay("-3"), None);
    assert_eq!(delay("x"), None);
    for long in ["99999", "1e30", "inf"] {
        assert!(
            delay(long).is_none_or(|delay| delay == Duration::from_secs(3_600)),
            "{long}"
        );
    }
    assert_eq!(
        Rules::read("SlowBot", Some(SITE.as_bytes())).delay(),
        Some(Duration::from_secs(1))
    );
    assert_eq!(
        Rules::read("AudienceBot", Some(SITE.as_bytes())).delay(),
        None
    );
}

#[test]
fn no_file_allows_all_and_random_bytes_never_panic() {
    let url = Url::parse("http://h/x").unwrap();
    assert!(Rules::read("a", None).allow(&url));
    let mut state = 5_u64;
    for size in 0..300_usize {
        let bytes: Vec<u8> = (0..size * 7)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let letters = b"user-agent: *\n disallow/$#\xff\x00crawl";
                letters[(state >> 33) as usize % letters.len()]
            })
            .collect();
        Rules::read("a", Some(&bytes)).allow(&url);
    }
    // Larger than what counts, with a rule behind its end.
    let large = format!(
        "user-agent: *\n{}disallow: /x\n",
        "# nothing\n".repeat(60_000)
    );
    assert!(Rules::read("a", Some(large.as_bytes())).allow(&url));
}

#[tokio::test]
async fn a_file_is_kept_for_a_day_and_failures_are_not() {
    let cache = RobotsCache::default();
    let (now, fetched) = (Cell::new(0_i64), Cell::new(0));
    let url = Url::parse("http://h/private/x?y").unwrap();
    let ask = async |fails: bool| {
        let rules = cache.rules(
            &url,
            "AudienceBot",
            || now.get(),
            |file| {
                assert_eq!(file.as_str(), "http://h/robots.txt");
                fetched.set(fetched.get() + 1);
                let failure = FetchError::Client;
                async move {
                    match fails {
                        true => Err(failure),
                        false => Ok(Some(SITE.as_bytes().to_vec())),
                    }
                }
            },
        );
        rules.await.map(|rules| rules.allow(&url))
    };
    assert_eq!(ask(true).await, Err(FetchError::Client));
    assert_eq!(ask(false).await, Ok(false));
    assert_eq!(ask(true).await, Ok(false));
    assert_eq!(fetched.get(), 2);
    now.set(86_399_999_999);
    assert_eq!(ask(true).await, Ok(false));
    now.set(86_400_000_000);
    assert_eq!(ask(true).await, Err(FetchError::Client));
    assert_eq!(ask(false).await, Ok(false));
    assert_eq!(fetched.get(), 4);
}
