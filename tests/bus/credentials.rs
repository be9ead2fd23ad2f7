//! A credentials file lets in where accounts and users are signed tokens.

use super::fixture::{LONG, event};
use crate::support::nats::{self, NatsServer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use nkeys::KeyPair;
use purser::bus::nats::{NatsBus, NatsError, NatsLogin, NatsSettings};
use purser_actors::ports::Bus;
use purser_subjects::SubjectPrefix;
use serde_json::{Value, json};
use std::fs;

/// A token about `about`, signed by `by`, in the form of NATS: <https://github.com/nats-io/jwt>.
fn token(by: &KeyPair, about: &KeyPair, what: Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({
        "jti": "test", "iat": 1, "name": "test",
        "iss": by.public_key(), "sub": about.public_key(), "nats": what,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = by.sign(signed.as_bytes()).expect("a key signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn credentials(token: &str, key: &KeyPair) -> String {
    let seed = key.seed().expect("a key has its seed");
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_file_lets_in_and_a_strangers_does_not() {
    let (operator, account) = (KeyPair::new_operator(), KeyPair::new_account());
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_account());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let of_operator = token(&operator, &operator, json!({ "type": "operator", "version": 2 }));
    let with_limits = |limits| json!({ "type": "account", "version": 2, "limits": limits });
    let of_account = token(&operator, &account, with_limits(limits));
    // JetStream needs an account of the server's own.
    let system = KeyPair::new_account();
    let of_system = token(&operator, &system, with_limits(json!({ "conn": -1, "subs": -1 })));
    let (account_id, system_id) = (account.public_key(), system.public_key());
    let server = NatsServer::with(&format!(
        "operator: {of_operator}\nsystem_account: {system_id}\nresolver: MEMORY\n\
         resolver_preload: {{ {account_id}: {of_account}, {system_id}: {of_system} }}"
    ));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("purser.creds");
    let settings = || NatsSettings {
        login: Some(NatsLogin::Credentials(file.clone())),
        ..nats::settings(&server.url(), &SubjectPrefix::default())
    };
    let of_user = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });

    fs::write(&file, credentials(&token(&account, &user, of_user.clone()), &user)).unwrap();
    let bus = NatsBus::connect(settings()).await.unwrap();
    bus.publish(&event("alice"), "a", Bytes::new()).await.unwrap();

    fs::write(&file, credentials(&token(&stranger, &user, of_user), &user)).unwrap();
    let refused = tokio::time::timeout(LONG, NatsBus::connect(settings())).await.unwrap();
    assert!(matches!(refused, Err(NatsError::Login(_))));

    fs::write(&file, "no credentials").unwrap();
    let refused = NatsBus::connect(settings()).await;
    let Err(error @ NatsError::Credentials { .. }) = refused else { panic!("it cannot be read") };
    assert!(error.to_string().contains("purser.creds"), "{error}");
}
