//! `purser snap`, `purser merchant set-snap`, and sandbox.json.

use crate::cli::process::Place;
use serde_json::Value;
use std::fs;

const SECRET: &str = "fceda4da-ae95-4d14-8cb6-eef392139a2c";
const BODY: &str = r#"{"partnerReferenceNo":"qic5taezfgta7yhn74u7cppr47wan027", "authCode":"8ecx3bnfk9bu2o4y0z8ur8pfhH12eltF", "merchantId":"AYOPOP"}"#;

fn sign(place: &Place, more: &[&str]) -> crate::cli::process::Ended {
    let line = [
        "snap",
        "sign",
        "--method",
        "POST",
        "--path",
        "/api/v2/registration-account-binding",
        "--token",
        "ed8f7f42a6d741fbb891bae654e81678",
        "--timestamp",
        "2023-03-28T22:13:27+07:00",
        "--secret",
        SECRET,
    ];
    place.run(&[&line[..], more].concat())
}

#[test]
fn the_published_vector_is_signed_and_the_text_is_shown() {
    let place = Place::new();
    place.write("body.json", BODY);
    let ended = sign(&place, &["--body", "body.json"]);
    assert_eq!(
        ended.stderr.trim(),
        "POST:/api/v2/registration-account-binding:ed8f7f42a6d741fbb891bae654e81678:\
         626c42bf3d17e3a02bcabd6d265103135b6dd70e7af6341e87c56ad3650015ee:2023-03-28T22:13:27+07:00"
    );
    assert_eq!(
        ended.success(),
        "2e955289baf7f297dda75b830c00f15b81a71710c2d0a0bbdf5884ae15bf47bb46e627a0b25cff1c1da16c42682ec69945950a1b120b6be490a53b7d613cf7e4\n"
    );
    let base64 = sign(&place, &["--body", "body.json", "--encoding", "base64"]).success();
    assert!(base64.ends_with("==\n") && base64.len() == 89, "{base64}");
    // The body of a GET is empty.
    assert!(sign(&place, &[]).stderr.contains(":e3b0c44298fc1c14"));
    place.write("bad.json", "{");
    assert!(sign(&place, &["--body", "bad.json"]).failure(1).contains("not JSON"));
    assert!(sign(&place, &["--body", "none.json"]).failure(1).contains("none.json"));
    assert!(!place.data("").exists(), "a data folder is not needed");
}

#[test]
fn a_sandbox_merchant_has_a_client_whose_key_pair_fits() {
    let place = Place::new();
    place.serve().stop().success();
    let sandbox = place.sandbox();
    let snap = |name: &str| sandbox["snap"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(snap("clientKey").len(), 32);
    assert_eq!(snap("clientSecret").len(), 32);
    assert_eq!(
        (snap("partnerId").len(), snap("merchantId").len(), snap("channelId").len()),
        (6, 6, 5)
    );
    place.write("key.pem", &snap("privateKeyPem"));
    let signed = place.run(&[
        "snap",
        "sign-token",
        "--client-key",
        &snap("clientKey"),
        "--private-key",
        "key.pem",
        "--timestamp",
        "2024-01-01T07:00:00+07:00",
    ]);
    assert_eq!(signed.stderr.trim(), format!("{}|2024-01-01T07:00:00+07:00", snap("clientKey")));
    assert_eq!(signed.success().trim().len(), 512);
    // The next start leaves it as it is.
    place.serve().stop().success();
    assert_eq!(place.sandbox()["snap"], sandbox["snap"]);
    // Without the file the private key is known nowhere, and the rest is.
    fs::remove_file(place.data("sandbox.json")).unwrap();
    let ended = place.serve().stop();
    assert!(ended.stderr.contains("set-snap"), "{}", ended.stderr);
    let written = place.sandbox();
    assert_eq!(written["snap"]["clientSecret"], sandbox["snap"]["clientSecret"]);
    assert_eq!(written["snap"].get("privateKeyPem"), None);
}

#[test]
fn a_created_merchant_has_a_client_which_can_be_changed() {
    let place = Place::new();
    let created = place.run(&["merchant", "create", "--name", "Warung", "--json"]).success();
    let created: Value = serde_json::from_str(&created).unwrap();
    let id = created["gateway"]["memberId"].as_str().unwrap();
    assert!(
        created["snap"]["privateKeyPem"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY")
    );
    let set = |more: &[&str]| place.run(&[&["merchant", "set-snap", id][..], more].concat());
    let told = set(&["--path", "with-query", "--notify-url", "https://shop.example/cb"]).success();
    assert!(told.contains("with_query") && told.contains("https://shop.example/cb"), "{told}");
    let told = set(&["--notify-url", "", "--revoke-tokens"]).success();
    assert!(told.contains("with_query") && told.contains("no URL"), "{told}");
    place.write("key.pem", "no key");
    assert!(set(&["--public-key", "key.pem"]).failure(1).contains("RSA"));
    assert!(set(&["--notify-url", "ftp://x"]).failure(1).contains("URL"));
    set(&[]).failure(2);
    let shown = place.run(&["merchant", "create", "--name", "Toko"]).success();
    assert!(shown.contains("clientKey") && shown.contains("BEGIN PRIVATE KEY"), "{shown}");
}
