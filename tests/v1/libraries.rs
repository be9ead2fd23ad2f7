//! The snippets of `docs/callbacks.md`, run as they stand there with the libraries of others.

use super::client::Api;
use crate::{
    gateway::client::Shop,
    support::{
        clock::ManualClock,
        receiver::{Received, TestReceiver},
    },
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const MANUAL: &str = include_str!("../../docs/callbacks.md");
/// Says what came of a call of `verify`.
const PYTHON: &str = "
import json, sys
case = json.load(sys.stdin)
try:
    verify(case['secret'], case['headers'], case['body'])
    print('verified')
except Exception as error:
    print('refused', type(error).__name__)
";
const NODE: &str = "
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
try {
  verify(cases.secret, cases.headers, cases.body);
  console.log('verified');
} catch (error) {
  console.log('refused', error.name);
}
";

/// A language of the manual's snippets.
#[derive(Clone, Copy, Debug)]
enum Language {
    Python,
    Node,
}

/// The code below the heading `section` in a language.
fn snippet(section: &str, language: Language) -> &'static str {
    let fence = match language {
        Language::Python => "```python\n",
        Language::Node => "```js\n",
    };
    let heading = format!("\n### {section}\n");
    let from = MANUAL.find(&heading).unwrap_or_else(|| panic!("no section {section}"));
    let code = &MANUAL[from..];
    let begin = code.find(fence).unwrap_or_else(|| panic!("no {language:?} in {section}"));
    let code = &code[begin + fence.len()..];
    &code[..code.find("```").unwrap()]
}

/// Where scripts/test puts the libraries.
fn installed(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("webhooks").join(name);
    assert!(folder.is_dir(), "{} is missing: scripts/test installs it", folder.display());
    folder
}

fn run(section: &str, language: Language, secret: &str, told: &Received) -> String {
    let headers: BTreeMap<_, _> =
        told.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let body = std::str::from_utf8(&told.body).unwrap();
    let case = json!({ "secret": secret, "headers": headers, "body": body }).to_string();
    let code = snippet(section, language);
    let mut command = match language {
        Language::Python => {
            let mut command = Command::new("/usr/bin/python3");
            command.args(["-c", &format!("{code}{PYTHON}")]);
            command.env("PYTHONPATH", installed("python"));
            command
        }
        Language::Node => {
            let mut command = Command::new("node");
            command.args(["-e", &format!("{code}{NODE}")]);
            command.env("NODE_PATH", installed("node_modules"));
            command
        }
    };
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{language:?}: {error}; see scripts/test"));
    child.stdin.take().unwrap().write_all(case.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

const STANDARD: &str = "Registered endpoints";
const GATEWAY: &str = "The gateway's notificationUrl";

on_both_platforms! {
    async fn libraries_of_others_verify_notifications_also_during_a_rotation(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, first) = api.register(&receiver.url("/")).await;
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        shop.pay("PA", "order-ä", "10.00", &[]).await.expect("00001");
        let told = receiver.wait_for(1).await;
        let path = format!("callback-endpoints/{id}/rotate-secret");
        let rotated = api.order(&path).await.expect(200);
        let second = rotated["secret"].as_str().unwrap();
        api.test(&id).await;
        let during = receiver.wait_for(2).await;
        for language in [Language::Python, Language::Node] {
            assert_eq!(run(STANDARD, language, &first, &told[0]), "verified", "{language:?}");
            for secret in [&first, second] {
                assert_eq!(run(STANDARD, language, secret, &during[1]), "verified");
            }
            let refused = "refused WebhookVerificationError";
            assert_eq!(run(STANDARD, language, second, &told[0]), refused);
            let mut changed = told[0].clone();
            changed.body = [&changed.body[..], b" "].concat().into();
            assert_eq!(run(STANDARD, language, &first, &changed), refused);
        }
    }

    async fn libraries_of_others_refuse_a_notification_that_is_replayed_later(platform) {
        // The platform's clock stands at a time long past, so its signatures are old.
        let platform = platform.clock(ManualClock::new()).start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, secret) = api.register(&receiver.url("/")).await;
        api.test(&id).await;
        let told = receiver.wait_for(1).await;
        for language in [Language::Python, Language::Node] {
            let refused = run(STANDARD, language, &secret, &told[0]);
            assert_eq!(refused, "refused WebhookVerificationError", "{language:?}");
        }
    }

    async fn the_checksum_of_the_gateway_is_verified_as_the_manual_says(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        let url = receiver.url("/notify");
        shop.pay("DB", "order-1", "10.00", &[("notificationUrl", &url)]).await.expect("00001");
        let told = receiver.wait_for(1).await;
        for language in [Language::Python, Language::Node] {
            let key = &api.merchant.secure_key;
            assert_eq!(run(GATEWAY, language, key, &told[0]), "verified", "{language:?}");
            assert!(run(GATEWAY, language, "other", &told[0]).starts_with("refused"));
        }
    }
}
