use super::*;
use crate::{clock::SystemClock, vault::MasterKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use purser_actors::ports::Clock;
use purser_subjects::{
    EndpointId, EntityKey, EntityKind,
    callback::{EndpointNotice, NoticeType, SigningKey},
    encode,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use uuid::Uuid;

const AT: Timestamp = Timestamp::from_millis(1_767_607_200_000);

fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(MasterKey::from_hex(&"1".repeat(64)).unwrap()))
}

fn secret(vault: &Vault, bytes: u8) -> EndpointSecret {
    let hmac = vault.seal(SECRET_PURPOSE, "ep_1", &[bytes; 32]);
    EndpointSecret { hmac, ed25519: None }
}

fn due(secrets: Vec<EndpointSecret>) -> DueDelivery {
    let endpoint: EndpointId = "ep_1".parse().unwrap();
    let url = "https://shop.example/cb".to_owned();
    let notice =
        EndpointNotice { endpoint: endpoint.clone(), url: url.clone(), reason: None, at: AT };
    let delivery = Delivery {
        id: Uuid::from_u128(7),
        endpoint,
        merchant: "10001".parse().unwrap(),
        object: EntityKey::new(EntityKind::Callback, "ep_1".parse().unwrap()),
        sequence: 3,
        event: Some(NoticeType::EndpointTest),
        format: Delivery::STANDARD.to_owned(),
        url: String::new(),
        payload: encode(&notice).into(),
        created_at: AT,
        due_at: AT,
        attempts: 0,
        round: 0,
    };
    DueDelivery { delivery, url, secrets }
}

async fn rendered(secrets: Vec<EndpointSecret>, at: Timestamp) -> (http::HeaderMap, Vec<u8>) {
    let renderer = StandardNotification::new(vault());
    let Rendered { headers, body } = renderer.render(&due(secrets), at).await.unwrap();
    let headers = headers.into_iter().map(|(name, value)| {
        (http::HeaderName::try_from(name).unwrap(), http::HeaderValue::try_from(value).unwrap())
    });
    (headers.collect(), body)
}

#[tokio::test]
async fn the_independent_library_verifies_while_a_secret_is_rotated() {
    let vault = vault();
    let now = SystemClock::new().now();
    let both = vec![secret(&vault, 2), secret(&vault, 1)];
    let (headers, body) = rendered(both, now).await;
    for bytes in [1, 2] {
        let receiver = Webhook::new(&STANDARD.encode([bytes; 32])).unwrap();
        assert!(receiver.verify(&body, &headers).is_ok(), "secret {bytes}");
        assert!(receiver.verify(b"{}", &headers).is_err());
    }
    let stranger = Webhook::new(&STANDARD.encode([3; 32])).unwrap();
    assert!(stranger.verify(&body, &headers).is_err());
}

#[tokio::test]
async fn an_old_notification_is_refused_by_the_library() {
    let (headers, body) = rendered(vec![secret(&vault(), 1)], AT).await;
    let receiver = Webhook::new(&STANDARD.encode([1; 32])).unwrap();
    assert!(receiver.verify(&body, &headers).is_err());
    let signed = receiver.sign(&Uuid::from_u128(7).to_string(), 1_767_607_200, &body).unwrap();
    assert_eq!(headers["webhook-signature"], signed);
}

#[tokio::test]
async fn headers_and_body_say_what_it_is() {
    let (headers, body) = rendered(vec![secret(&vault(), 1)], AT).await;
    assert_eq!(headers["webhook-id"], Uuid::from_u128(7).to_string());
    assert_eq!(headers["webhook-timestamp"], "1767607200");
    assert_eq!(headers["webhook-sequence"], "3");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        json!({
            "type": "endpoint.test",
            "timestamp": "2026-01-05T10:00:00Z",
            "object": "ep_1",
            "sequence": 3,
            "data": {
                "endpoint": "ep_1",
                "url": "https://shop.example/cb",
                "reason": null,
                "at": "2026-01-05T10:00:00Z",
            },
        })
    );
}

#[tokio::test]
async fn a_signing_key_adds_a_signature_of_its_own() {
    let vault = vault();
    let seed = vault.seal(SECRET_PURPOSE, "ep_1", &[9; 32]);
    let key = SigningKey { seed, public: String::new() };
    let secret = EndpointSecret { ed25519: Some(key), ..secret(&vault, 1) };
    let (headers, _) = rendered(vec![secret], AT).await;
    let signatures: Vec<_> = headers["webhook-signature"].to_str().unwrap().split(' ').collect();
    assert!(signatures[0].starts_with("v1,") && signatures[1].starts_with("v1a,"));
    assert_eq!(signatures.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent() {
    let renderer = StandardNotification::new(vault());
    assert!(renderer.render(&due(Vec::new()), AT).await.is_err());
    let other = vault().seal(SECRET_PURPOSE, "ep_2", &[1; 32]);
    let stolen = EndpointSecret { hmac: other, ed25519: None };
    assert!(renderer.render(&due(vec![stolen]), AT).await.is_err());
    let mut unreadable = due(vec![secret(&vault(), 1)]);
    unreadable.delivery.payload = b"garbage".as_slice().into();
    assert!(renderer.render(&unreadable, AT).await.is_err());
}
