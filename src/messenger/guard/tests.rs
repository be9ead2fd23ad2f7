//! Every form in which an inner address can be asked for.

use super::*;
use std::{io, sync::Mutex};

struct Everybody;

#[async_trait]
impl Sandboxes for Everybody {
    async fn is_sandbox(&self, merchant: &MerchantId) -> Result<bool, String> {
        Ok(merchant.as_str() == "sandbox")
    }
}

async fn check(guard: &Guard, text: &str) -> Result<Url, Refused> {
    guard.check(text, &"sandbox".parse().unwrap()).await
}

#[tokio::test]
async fn every_spelling_of_an_inner_address_is_refused() {
    let guard = Guard::new(Vec::new());
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0/",
        "http://0.0.0.0:80/",
        "http://10.0.0.1/",
        "http://0xa000001/",
        "http://169.254.169.254/",
        "http://192.168.0.1/",
        "http://172.16.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:a00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[ff02::1]/",
        "http://[2002:7f00:1::]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "https:127.0.0.1",
        "http:\\\\127.0.0.1\\",
        "  http://127.0.0.1",
    ] {
        let refused = check(&guard, url).await.expect_err(url);
        assert!(refused.0.contains("is not public"), "{url}: {refused}");
    }
}

#[tokio::test]
async fn other_schemes_and_users_are_refused() {
    let guard = Guard::new(Vec::new());
    for url in [
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "javascript:1",
        "http://user@shop.example/",
        "http://user:pw@shop.example/",
        "http://:pw@shop.example/",
        "http://shop.example@127.0.0.1/",
        "http://",
        "http:///",
        "",
        "shop.example",
        "//shop.example/",
        "http://a b/",
        "http://[::1",
        "http://999.1.1.1/",
        "http://1.2.3.4.5/",
        "http://[v1.x]/",
        "http://shop.example:99999/",
        "http://[fe80::1%25eth0]/",
    ] {
        assert!(check(&guard, url).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn what_the_operator_opened_may_be_reached() {
    let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
    for url in ["http://10.1.2.3/", "http://0x0a010203/", "http://[fd00::1]/"] {
        assert!(check(&guard, url).await.is_ok(), "{url}");
    }
    for url in ["http://10.2.0.1/", "http://[::ffff:10.1.2.3]/", "http://127.0.0.1/"] {
        assert!(check(&guard, url).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn loopback_is_for_sandbox_merchants_of_a_local_server_alone() {
    let open = Guard::new(Vec::new()).with_loopback_for(Arc::new(Everybody));
    for url in ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://localhost:9000/"] {
        assert!(check(&open, url).await.is_ok(), "{url}");
    }
    let live = "live".parse().unwrap();
    for url in ["http://127.0.0.1:9000/", "http://[::1]:9000/"] {
        assert!(open.check(url, &live).await.is_err(), "{url}");
        assert!(check(&Guard::new(Vec::new()), url).await.is_err(), "{url}");
    }
    for url in ["http://10.0.0.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/"] {
        assert!(check(&open, url).await.is_err(), "{url}");
    }
}

/// A name server that answers something else each time.
struct Script(Mutex<Vec<Vec<&'static str>>>);

#[async_trait]
impl Lookup for Script {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        let mut script = self.0.lock().unwrap();
        let answer = if script.len() > 1 { script.remove(0) } else { script[0].clone() };
        Ok(answer.into_iter().map(|ip| ip.parse().unwrap()).collect())
    }
}

async fn resolve(script: Vec<Vec<&'static str>>) -> Result<Vec<IpAddr>, String> {
    use reqwest::dns::Resolve;
    let guard = Guard::new(Vec::new()).with_lookup(Arc::new(Script(Mutex::new(script))));
    let resolver = VettedResolver::new(Arc::new(guard), Reachable::Public);
    let found = resolver.resolve("shop.example".parse().unwrap()).await;
    found.map(|found| found.map(|at| at.ip()).collect()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn one_inner_address_among_many_refuses_all() {
    let error = resolve(vec![vec!["93.184.216.34", "10.0.0.1"]]).await.unwrap_err();
    assert!(error.contains("10.0.0.1 is not public"), "{error}");
    assert!(resolve(vec![vec!["93.184.216.34", "::ffff:10.0.0.1"]]).await.is_err());
    assert!(resolve(vec![vec![]]).await.is_err());
}

#[tokio::test]
async fn what_was_vetted_is_what_is_connected_to() {
    // A second look-up, as by a client that vets first and connects later, would find the other one.
    let found = resolve(vec![vec!["93.184.216.34"], vec!["127.0.0.1"]]).await.unwrap();
    assert_eq!(found, ["93.184.216.34".parse::<IpAddr>().unwrap()]);
}
