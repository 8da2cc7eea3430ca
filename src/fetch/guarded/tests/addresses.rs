//! Which URLs and addresses are asked.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::dns::{Name, Resolve};
use url::Url;

use super::super::address::{AddressFault, Dns, Guard, Lookup, Reach, Rules};
use crate::fetch::{AllowedHosts, is_public};

fn judged(url: &str, allowed: &[&str]) -> Result<Reach, AddressFault> {
    let allowed: Vec<String> = allowed.iter().map(|one| (*one).to_owned()).collect();
    let rules = Rules {
        allowed: AllowedHosts::read(&allowed).unwrap(),
        any_port: false,
        setting: "scrape.allow",
    };
    rules.check(&Url::parse(url).unwrap())
}

#[test]
fn only_public_places_are_asked() {
    for url in [
        "http://example.com/",
        "https://example.com/",
        "http://example.com:443/",
        "https://example.com:80/",
        "http://8.8.8.8/",
        "http://[2606:4700::1]/",
        // What a name means is seen when a connection is made.
        "http://localhost/",
    ] {
        assert_eq!(judged(url, &[]), Ok(Reach::Public), "{url}");
    }
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://10.1.2.3/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://192.0.2.1/",
        "http://198.51.100.1/",
        "http://203.0.113.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[2002:a00:1::]/",
        "http://[2001::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd12:3456::1]/",
        "http://[ff02::1]/",
        "http://[100::1]/",
        "http://[5f00::1]/",
    ] {
        let fault = judged(url, &[]).expect_err(url);
        assert!(
            matches!(fault, AddressFault::NotPublic { .. }),
            "{url}: {fault}"
        );
    }
    for url in [
        "http://example.com:8080/",
        "https://example.com:22/",
        "http://8.8.8.8:6379/",
    ] {
        let fault = judged(url, &[]).expect_err(url);
        assert!(matches!(fault, AddressFault::Port { .. }), "{url}: {fault}");
    }
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "data:text/html,x",
        "http://user@example.com/",
        "http://:pass@example.com/",
        "javascript:alert(1)",
    ] {
        assert_eq!(judged(url, &[]), Err(AddressFault::NotAUrl), "{url}");
    }
}

#[test]
fn exceptions_are_hosts_with_their_ports() {
    let allowed = ["127.0.0.1:18080", "inside.example:8443"];
    for (url, expected) in [
        ("http://127.0.0.1:18080/x", true),
        ("http://127.1:18080/x", true),
        ("https://inside.example:8443/", true),
        ("http://127.0.0.1/", false),
        ("http://127.0.0.1:18081/", false),
        ("http://[::ffff:127.0.0.1]:18080/", false),
        ("http://127.0.0.1.example.com:18080/", false),
        ("http://x.inside.example:8443/", false),
        // An exception is no way to send names or other schemes.
        ("http://user@127.0.0.1:18080/", false),
        ("ftp://127.0.0.1:18080/", false),
    ] {
        assert_eq!(
            judged(url, &allowed) == Ok(Reach::Excepted),
            expected,
            "{url}"
        );
    }
}

/// Networks that are not public, by the registries of special addresses.
const SPECIAL: [(&str, u8); 30] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
    ("::", 96),
    ("::ffff:10.0.0.0", 104),
    ("::ffff:127.0.0.0", 104),
    ("64:ff9b::a00:0", 104),
    ("64:ff9b::7f00:0", 104),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("2002:a00::", 24),
    ("2002:c0a8::", 32),
    ("3fff::", 20),
    ("fc00::", 7),
    ("fe80::", 10),
    ("ff00::", 8),
];

#[test]
fn no_address_of_a_special_network_is_public() {
    let mut state = 11_u128;
    for (network, prefix) in SPECIAL {
        let network: IpAddr = network.parse().unwrap();
        for round in 0..2_000 {
            state = state
                .wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645)
                .wrapping_add(1);
            // The first, the last, and some between.
            let random = match round {
                0 => 0,
                1 => u128::MAX,
                _ => state ^ (state >> 64),
            };
            let address: IpAddr = match network {
                IpAddr::V4(network) => {
                    let host = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
                    IpAddr::from((u32::from(network) | (random as u32 & host)).to_be_bytes())
                }
                IpAddr::V6(network) => {
                    let host = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
                    IpAddr::from((u128::from(network) | (random & host)).to_be_bytes())
                }
            };
            assert!(!is_public(address), "{address} of {network}/{prefix}");
        }
    }
}

/// Answers with its lists, one after the other.
struct Changing {
    lists: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Dns for Changing {
    fn look_up(&self, _: &str) -> Lookup {
        let at = self.asked.fetch_add(1, Ordering::SeqCst);
        let list = self.lists.get(at).cloned();
        Box::pin(async move {
            let list = list.ok_or(std::io::ErrorKind::NotFound)?;
            Ok(list.iter().map(|one| one.parse().unwrap()).collect())
        })
    }
}

async fn resolved(lists: Vec<Vec<&'static str>>, reach: Reach) -> Vec<Result<Vec<String>, String>> {
    let count = lists.len();
    let asked = AtomicUsize::new(0);
    let guard = Guard {
        dns: Arc::new(Changing { lists, asked }),
        reach,
        setting: "scrape.allow",
    };
    let mut answers = Vec::new();
    for _ in 0..count {
        let name: Name = "inside.example".parse().unwrap();
        let answer = guard.resolve(name).await;
        answers.push(match answer {
            Ok(addresses) => Ok(addresses.map(|one| one.ip().to_string()).collect()),
            Err(error) => Err(error.to_string()),
        });
    }
    answers
}

#[tokio::test]
async fn every_address_of_a_name_has_to_be_public_each_time() {
    let lists = vec![
        vec!["8.8.8.8", "2606:4700::1"],
        vec!["8.8.8.8", "10.0.0.1"],
        vec!["127.0.0.1"],
        vec!["::ffff:169.254.169.254"],
        vec![],
    ];
    let answers = resolved(lists.clone(), Reach::Public).await;
    assert_eq!(
        answers[0],
        Ok(vec!["8.8.8.8".to_owned(), "2606:4700::1".to_owned()])
    );
    for (answer, address) in
        answers[1..4]
            .iter()
            .zip(["10.0.0.1", "127.0.0.1", "::ffff:169.254.169.254"])
    {
        let expected = format!("the address {address} of inside.example is not public");
        assert!(
            answer.as_ref().unwrap_err().starts_with(&expected),
            "{answer:?}"
        );
    }
    assert_eq!(
        answers[4],
        Err("the host inside.example is not known".to_owned())
    );
    let answers = resolved(lists, Reach::Excepted).await;
    assert_eq!(answers[2], Ok(vec!["127.0.0.1".to_owned()]));
}
