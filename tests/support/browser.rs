//! A headless Chromium, driven as a person would use it.

use super::webdriver::{Driver, Element};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a page is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the browser differs from the usual one: a phone with scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether scripts run.
    pub(crate) scripts: bool,
    /// Whether it is a large window in place of a phone.
    pub(crate) desktop: bool,
    /// Whether its user likes dark pages.
    pub(crate) dark: bool,
}

impl Manner {
    pub(crate) const PHONE: Self = Self { scripts: true, desktop: false, dark: false };
    pub(crate) const NO_SCRIPTS: Self = Self { scripts: false, ..Self::PHONE };
    pub(crate) const DESKTOP: Self = Self { desktop: true, ..Self::PHONE };
    pub(crate) const DARK: Self = Self { dark: true, ..Self::PHONE };
}

/// The browser; it ends when dropped.
pub(crate) struct Browser {
    driver: Driver,
    scripts: bool,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn open(manner: Manner) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let driver = Driver::start(capabilities(manner, profile.path())).await;
        Self { driver, scripts: manner.scripts, _profile: profile }
    }

    pub(crate) async fn go(&self, url: &str) {
        self.driver.post("url", json!({ "url": url })).await.expect("the page is there");
    }

    pub(crate) async fn reload(&self) {
        self.driver.post("refresh", json!({})).await.expect("the page is there again");
    }

    pub(crate) async fn url(&self) -> String {
        let url = self.driver.get("url").await.expect("an address");
        url.as_str().expect("a text").to_owned()
    }

    /// The first element that `selector` finds. Waits for it: a page that is being left has none.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        let begun = Instant::now();
        loop {
            match self.driver.find(selector).await {
                Ok(found) => return found,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{selector}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn has(&self, selector: &str) -> bool {
        self.driver.find(selector).await.is_ok()
    }

    pub(crate) async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let element = self.find(selector).await;
        let value = self.driver.get(&format!("{}/attribute/{name}", element.path())).await;
        value.expect("an attribute").as_str().map(str::to_owned)
    }

    /// Types into a field.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let path = self.find(selector).await.path();
        self.driver.post(&format!("{path}/clear"), json!({})).await.expect("it can be cleared");
        let keys = json!({ "text": text });
        self.driver.post(&format!("{path}/value"), keys).await.expect("it can be typed into");
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, selector: &str) -> String {
        let path = self.find(selector).await.path();
        let value = self.driver.get(&format!("{path}/property/value")).await.expect("a property");
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks. Where no scripts run the driver cannot, and the key does what a click does.
    pub(crate) async fn click(&self, selector: &str) {
        let path = self.find(selector).await.path();
        let (what, how) = if self.scripts {
            ("click", json!({}))
        } else {
            ("value", json!({ "text": "\u{e007}" }))
        };
        let clicked = self.driver.post(&format!("{path}/{what}"), how).await;
        clicked.expect("it can be clicked");
    }

    /// Types on the keyboard, wherever the focus is.
    pub(crate) async fn press(&self, keys: &[&str]) {
        for keys in keys {
            let strokes = keys.chars().flat_map(|key| {
                [
                    json!({ "type": "keyDown", "value": key }),
                    json!({ "type": "keyUp", "value": key }),
                ]
            });
            let strokes: Vec<_> = strokes.collect();
            let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
            let typed = self.driver.post("actions", json!({ "actions": [keyboard] })).await;
            typed.expect("it can be typed");
        }
    }

    /// What is seen at the moment; nothing while a page is being left.
    pub(crate) async fn text(&self) -> String {
        let Ok(body) = self.driver.find("body").await else { return String::new() };
        let text = self.driver.get(&format!("{}/text", body.path())).await.unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until `text` is seen on the page; what is seen then.
    pub(crate) async fn sees(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let seen = self.text().await;
            if seen.contains(text) {
                return seen;
            }
            let url = self.url().await;
            assert!(begun.elapsed() < PATIENCE, "{text:?} is not seen on {url} in:\n{seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the address begins with `start`; it.
    pub(crate) async fn arrives_at(&self, start: &str) -> String {
        let begun = Instant::now();
        loop {
            let url = self.url().await;
            if url.starts_with(start) {
                return url;
            }
            assert!(begun.elapsed() < PATIENCE, "still at {url}, not at {start}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the frame that `frame` finds shows something that `selector` finds.
    pub(crate) async fn frame_has(&self, frame: &str, selector: &str) -> bool {
        let frame = self.find(frame).await.reference();
        self.driver.post("frame", json!({ "id": frame })).await.expect("there is a frame");
        // A frame that is refused has a page of the browser's own at once.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let has = self.has(selector).await;
        self.driver.post("frame", json!({ "id": null })).await.expect("there is a page");
        has
    }

    /// Runs a script of the test in the page; its value.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let command = json!({ "script": script, "args": [] });
        self.driver.post("execute/sync", command).await.expect("the script runs")
    }

    /// Keeps a picture in `target/screenshots`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = target().join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let png = self.driver.get("screenshot").await.expect("a picture");
        let png = STANDARD.decode(png.as_str().expect("a text")).expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("the picture is kept");
    }
}

fn capabilities(manner: Manner, profile: &Path) -> Value {
    let mut args = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--no-proxy-server".to_owned(),
        format!("--user-data-dir={}", profile.display()),
    ];
    if manner.dark {
        args.push("--force-dark-mode".to_owned());
        args.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    args.push(format!("--window-size={}", if manner.desktop { "1280,1100" } else { "500,1000" }));
    let mut options = json!({ "args": args });
    if !manner.desktop {
        options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true } });
    }
    if !manner.scripts {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options })
}

/// The folder of what is built and installed for tests.
pub(crate) fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows where it is");
    test.ancestors().nth(3).expect("target/debug/deps/test").to_owned()
}
