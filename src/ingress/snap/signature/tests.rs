//! Published vectors, and what must not verify.

use super::*;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};

/// Vector 1: a public SDK's own test.
const BODY: &str = r#"{"partnerReferenceNo":"qic5taezfgta7yhn74u7cppr47wan027","authCode":"8ecx3bnfk9bu2o4y0z8ur8pfhH12eltF","merchantId":"AYOPOP"}"#;
const SECRET: &[u8] = b"fceda4da-ae95-4d14-8cb6-eef392139a2c";
const TIMESTAMP: &str = "2023-03-28T22:13:27+07:00";
const HEX: &str = "2e955289baf7f297dda75b830c00f15b81a71710c2d0a0bbdf5884ae15bf47bb46e627a0b25cff1c1da16c42682ec69945950a1b120b6be490a53b7d613cf7e4";

fn vector_1(body: &str) -> String {
    service_string(
        "post",
        "/api/v2/registration-account-binding",
        "ed8f7f42a6d741fbb891bae654e81678",
        body.as_bytes(),
        TIMESTAMP,
    )
    .unwrap()
}

#[test]
fn the_vector_of_the_public_sdk_passes() {
    let text = vector_1(BODY);
    assert_eq!(
        text,
        "POST:/api/v2/registration-account-binding:ed8f7f42a6d741fbb891bae654e81678:\
         626c42bf3d17e3a02bcabd6d265103135b6dd70e7af6341e87c56ad3650015ee:2023-03-28T22:13:27+07:00"
    );
    assert_eq!(Encoding::Hex.encode(&sign_service(SECRET, &text)), HEX);
    assert!(verify_service(SECRET, &text, HEX));
    // The same body with whitespace has the same signature.
    assert_eq!(vector_1(&BODY.replace(':', " : ").replace(',', ",\n  ")), text);
}

#[test]
fn the_vector_of_a_call_without_body_passes_in_both_encodings() {
    let text = service_string(
        "GET",
        "/api/v1.0/get-auth-code",
        "accessTokenExample",
        b"",
        "2024-01-01T00:00:00+07:00",
    )
    .unwrap();
    assert!(text.contains(":e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:"));
    let hex = "78272be430ddf95f6746e2763eb9463d28cb7e103dd285b1e79212f02b8532b87f487ae75a12e292c2ddf794338a2f265200edafb394c7ea1ee47b4b89bdff0a";
    let base64 =
        "eCcr5DDd+V9nRuJ2PrlGPSjLfhA90oWx55IS8CuFMrh/SHrnWhLiksLd95Qzii8mUgDtr7OUx+oe5HtLib3/Cg==";
    let signature = sign_service(b"clientSecretExample", &text);
    assert_eq!(Encoding::Hex.encode(&signature), hex);
    assert_eq!(Encoding::Base64.encode(&signature), base64);
    assert!(verify_service(b"clientSecretExample", &text, hex));
    assert!(verify_service(b"clientSecretExample", &text, base64));
}

#[test]
fn other_bodies_tokens_times_secrets_and_encodings_do_not_verify() {
    let text = vector_1(BODY);
    for (secret, text, signature) in [
        (b"other".as_slice(), text.clone(), HEX.to_owned()),
        (SECRET, vector_1(&BODY.replace("AYOPOP", "AYOPOQ")), HEX.to_owned()),
        (SECRET, text.replace("27+07", "28+07"), HEX.to_owned()),
        (SECRET, text.replace("ed8f", "ed8e"), HEX.to_owned()),
        (SECRET, text.clone(), HEX.to_uppercase()),
        (SECRET, text.clone(), HEX[..126].to_owned()),
        (SECRET, text.clone(), format!("{HEX}00")),
        (SECRET, text.clone(), String::new()),
        (SECRET, text.clone(), "0".repeat(5000)),
    ] {
        assert!(!verify_service(secret, &text, &signature), "{signature:.20}");
    }
}

#[test]
fn a_profile_says_which_path_is_signed() {
    assert_eq!(PathProfile::WithoutQuery.path("/p", Some("b=2&a=%20")), "/p");
    assert_eq!(PathProfile::WithQuery.path("/p", Some("b=2&a=%20")), "/p?b=2&a=%20");
    assert_eq!(PathProfile::WithQuery.path("/p", None), "/p");
    for profile in [PathProfile::WithQuery, PathProfile::WithoutQuery] {
        assert_eq!(profile.as_str().parse(), Ok(profile));
    }
}

fn pair() -> (String, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (to_pem(private.as_ref(), "PRIVATE KEY"), to_pem(public.as_ref(), "PUBLIC KEY"))
}

#[test]
fn token_signatures_verify_with_the_public_key_in_both_encodings() {
    let (private, public) = pair();
    let text = token_string("abc", TIMESTAMP);
    assert_eq!(text, "abc|2023-03-28T22:13:27+07:00");
    let signature = PrivateKey::from_pem(&private).unwrap().sign(&text).unwrap();
    let public = PublicKey::from_pem(&public).unwrap();
    for encoding in [Encoding::Hex, Encoding::Base64] {
        let signature = encoding.encode(&signature);
        assert!(verify_rsa(&public, &text, &signature));
        assert!(!verify_rsa(&public, &format!("{text}0"), &signature));
    }
    let (_, other) = pair();
    let other = PublicKey::from_pem(&other).unwrap();
    assert!(!verify_rsa(&other, &text, &Encoding::Hex.encode(&signature)));
}

#[test]
fn keys_that_are_none_are_refused() {
    let (private, public) = pair();
    assert!(PublicKey::from_pem(&private).is_err());
    assert!(PrivateKey::from_pem(&public).is_err());
    for text in ["", "x", &to_pem(b"no key", "PUBLIC KEY"), &to_pem(b"no key", "PRIVATE KEY")] {
        assert!(PublicKey::from_pem(text).is_err());
        assert!(PrivateKey::from_pem(text).is_err());
    }
}
