//! The little of WebDriver (W3C) that tests of pages need, spoken with Debian's chromedriver.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The key under which an element's id stands (WebDriver, 11.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Longest time of one command; a page may take a while on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A session with a browser of its own; both end when it is dropped.
pub(crate) struct Driver {
    http: reqwest::Client,
    session: String,
    process: Child,
    browser: Option<u64>,
}

/// An element of a page.
pub(crate) struct Element(String);

impl Element {
    /// Where commands about it go.
    pub(crate) fn path(&self) -> String {
        format!("element/{}", self.0)
    }

    /// The element as commands name it.
    pub(crate) fn reference(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

impl Driver {
    /// Starts a browser with these capabilities.
    pub(crate) async fn start(capabilities: Value) -> Self {
        let (process, port) = tokio::task::spawn_blocking(start).await.expect("a thread");
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build();
        let http = http.expect("an HTTP client");
        let base = format!("http://127.0.0.1:{port}/session");
        let mut driver = Self { http, session: base.clone(), process, browser: None };
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let made = driver.send(driver.http.post(&base).json(&wanted)).await;
        let made = made.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let id = made["sessionId"].as_str().expect("a session");
        driver.session = format!("{base}/{id}");
        driver.browser = made["capabilities"]["goog:processID"].as_u64();
        driver
    }

    /// Asks for something about the session.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, String> {
        self.send(self.http.get(format!("{}/{path}", self.session))).await
    }

    /// Has something done.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        self.send(self.http.post(format!("{}/{path}", self.session)).json(&body)).await
    }

    /// The first element that a CSS selector finds.
    pub(crate) async fn find(&self, selector: &str) -> Result<Element, String> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.post("element", wanted).await?;
        Ok(Element(found[ELEMENT].as_str().expect("an element").to_owned()))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, String> {
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        if status.is_success() { Ok(value) } else { Err(value["message"].to_string()) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The driver cannot be asked any more to end its browser.
        if let Some(browser) = self.browser {
            let _ = Command::new("kill").args(["-s", "KILL", &browser.to_string()]).status();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a driver on a free port.
fn start() -> (Child, u16) {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is missing: run scripts/test, or apt-get install chromium-driver");
    let printed = BufReader::new(process.stdout.take().expect("it is piped"));
    let port = printed.lines().map_while(Result::ok).find_map(|line| {
        let port = line.split("successfully on port ").nth(1)?;
        port.trim_end_matches('.').parse().ok()
    });
    let Some(port) = port else {
        let _ = process.kill();
        let _ = process.wait();
        panic!("chromedriver did not start");
    };
    (process, port)
}
