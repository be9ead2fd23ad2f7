//! `purser callbacks listen`, receiving from a platform.

use super::client::Api;
use crate::{
    cli::process::Place,
    gateway::client::Shop,
    support::platform::{Engine, TestPlatform, eventually},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// The kit as a process; killed when dropped.
struct Kit {
    child: Child,
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Kit {
    fn start(options: &[&str]) -> Self {
        let line = [&["callbacks", "listen", "--port", "0"], options].concat();
        let mut command = Place::new().command(&line);
        command.current_dir("/").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut first = String::new();
        out.read_line(&mut first).expect("it says where it is");
        let url = first.trim().strip_prefix("receiving on ").expect("an address").to_owned();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let told = Arc::clone(&lines);
        thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| told.lock().unwrap().push(line));
        });
        Self { child, url, lines }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits for so many lines of JSON.
    async fn told(&self, count: usize) -> Vec<Value> {
        let what = format!("{count} notifications are printed");
        eventually(&what, async || self.lines().len() >= count).await;
        self.lines().iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Ends it as Ctrl-C does; its summary.
    fn interrupt(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut summary = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut summary).unwrap();
        (status, summary)
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn shop(platform: &TestPlatform) -> Api {
    Api::open(platform, "shop").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_notifications_are_printed_and_verified() {
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let api = shop(&platform).await;
    let kit = Kit::start(&["--secure-key", &api.merchant.secure_key, "--json"]);
    let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
    let notify = [("notificationUrl", kit.url.as_str())];
    let id = shop.pay("PA", "order-1", "10.00", &notify).await.expect("00001").payment_id();
    shop.capture(&id, "10.00").await.expect("00004");
    let told = kit.told(2).await;
    for (place, one) in told.iter().enumerate() {
        assert_eq!((&one["signature"], &one["answered"]), (&json!("right"), &json!(200)));
        assert_eq!((&one["object"], &one["sequence"]), (&json!(id), &json!(place + 1)));
        assert_eq!((&one["duplicate"], &one["missing"]), (&json!(false), &json!([])));
    }
    let (status, summary) = kit.interrupt();
    assert!(status.success());
    assert!(summary.contains("2 taken, 0 duplicates"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_webhooks_are_verified_and_wrong_signatures_refused() {
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let api = shop(&platform).await;
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let strict = Kit::start(&["--secret", other, "--json"]);
    let (id, secret) = api.register(&strict.url).await;
    api.test(&id).await;
    let told = strict.told(1).await;
    assert_eq!((&told[0]["signature"], &told[0]["answered"]), (&json!("wrong"), &json!(401)));

    let kit = Kit::start(&["--secret", &secret]);
    let path = format!("callback-endpoints/{id}");
    api.patch(&path, &json!({ "url": kit.url })).await.expect(200);
    api.test(&id).await;
    let verified = async || kit.lines().concat().contains("signature right");
    eventually("a verified notification is printed", verified).await;
    assert!(kit.lines().iter().any(|line| line.contains("\"endpoint.test\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_fails_as_it_is_told_and_tells_duplicates() {
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let api = shop(&platform).await;
    let kit = Kit::start(&["--fail", "2", "--status", "502", "--delay", "0.05", "--json"]);
    let body = json!({ "url": kit.url, "schedule": [0, 0, 0] });
    let (id, _) = api.register_with(body).await;
    let delivery = api.test(&id).await;
    api.delivery_in(&delivery, "delivered").await;
    api.order(&format!("deliveries/{delivery}/resend")).await.expect(202);
    let told = kit.told(4).await;
    let answers: Vec<_> = told.iter().map(|one| one["answered"].clone()).collect();
    assert_eq!(answers, [502, 502, 200, 200]);
    let duplicates: Vec<_> = told.iter().map(|one| one["duplicate"].clone()).collect();
    assert_eq!(duplicates, [false, false, false, true]);
    let (_, summary) = kit.interrupt();
    assert!(summary.contains("1 taken, 1 duplicates, 2 answered with a failure"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_shows_gaps_and_can_hang() {
    let kit = Kit::start(&["--json"]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (id, sequence) in [("a", 1), ("b", 4), ("c", 2)] {
        let request = http.post(&kit.url).header("purser-delivery", id);
        let request = request.header("purser-sequence", sequence);
        let answer = request.json(&json!({ "paymentId": "p" })).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let told = kit.told(3).await;
    assert_eq!(told[1]["missing"], json!([2, 3]));
    assert_eq!((&told[2]["late"], &told[2]["missing"]), (&json!(true), &json!([])));
    let get = http.get(&kit.url).send().await.unwrap();
    assert_eq!(get.status(), 405);

    let hanging = Kit::start(&["--hang", "--quiet"]);
    let request = http.post(&hanging.url).timeout(std::time::Duration::from_millis(500));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(hanging.lines().len(), 1);
    assert!(hanging.interrupt().0.success());
}
