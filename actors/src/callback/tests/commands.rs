//! What merchants and operators ask.

use super::*;
use crate::{
    entity::{
        Entity,
        given::{NOW, reply},
    },
    ports::{DeliveryRow, DeliveryState},
};
use purser_subjects::{
    ErrorCode, MerchantId,
    callback::{
        ChangeEndpoint, DisableEndpoint, EnableEndpoint, EndpointStatus, EndpointView, NoticeType,
        QueuedDelivery, RemoveEndpoint, ResendDelivery, RotateSecret, TestEndpoint,
    },
};

fn merchant() -> Option<MerchantId> {
    Some("10001".parse().unwrap())
}

fn stranger() -> Option<MerchantId> {
    Some("10002".parse().unwrap())
}

#[test]
fn a_registered_endpoint_shows_everything_but_its_secret() {
    let effects = endpoint().when(register()).unwrap();
    let view: EndpointView = reply(&effects);
    assert_eq!((&view.url[..], view.status), (URL, EndpointStatus::Enabled));
    assert_eq!((view.secrets.len(), view.created_at), (1, Some(NOW)));
    let mut registered = registered();
    assert_eq!(registered.refused(register()), ErrorCode::AlreadyExists);
    let row = Callback::endpoint(&registered.id, &registered.state).unwrap();
    assert_eq!((row.events, row.url), (register().events, URL.to_owned()));
}

#[test]
fn nonsense_is_not_registered() {
    let with = |change: fn(&mut RegisterEndpoint)| {
        let mut register = register();
        change(&mut register);
        endpoint().refused(register)
    };
    assert_eq!(with(|r| r.url = "ftp://x/".to_owned()), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.url = format!("http://{}", "x".repeat(2_048))), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.events = vec!["pay%".to_owned()]), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.events = vec!["*".to_owned(); 51]), ErrorCode::TooMany);
    assert_eq!(with(|r| r.description = "x".repeat(501)), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.settings.schedule = vec![5]), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.settings.concurrency = 65), ErrorCode::InvalidField);
    assert_eq!(with(|r| r.settings.rate_per_minute = 600_001), ErrorCode::InvalidField);
    for contact in ["nobody", "@x", "x@", "a@b@c", "a@b\r\nBcc: c@d", "<a@b>"] {
        let mut register = register();
        register.settings.contact = contact.to_owned();
        assert_eq!(endpoint().refused(register), ErrorCode::InvalidField, "{contact}");
    }
}

#[test]
fn another_merchants_endpoint_is_not_found() {
    let mut endpoint = registered();
    let not_found = |code: ErrorCode| assert_eq!(code, ErrorCode::NotFound);
    not_found(endpoint.refused(InquireEndpoint { merchant: stranger() }));
    not_found(endpoint.refused(EnableEndpoint { merchant: stranger() }));
    not_found(endpoint.refused(DisableEndpoint { merchant: stranger() }));
    not_found(endpoint.refused(TestEndpoint { merchant: stranger() }));
    not_found(endpoint.refused(RemoveEndpoint { merchant: stranger() }));
    let secret = secret(2);
    let rotate = RotateSecret { merchant: stranger(), secret, overlap_s: None };
    not_found(endpoint.refused(rotate));
    let change = ChangeEndpoint { merchant: stranger(), ..ChangeEndpoint::default() };
    not_found(endpoint.refused(change));
}

#[test]
fn changes_leave_the_rest_as_it_is() {
    let mut endpoint = registered();
    let change = ChangeEndpoint {
        merchant: merchant(),
        events: Some(Vec::new()),
        concurrency: Some(2),
        rate_per_minute: Some(60),
        ..ChangeEndpoint::default()
    };
    let view: EndpointView = reply(&endpoint.when(change.clone()).unwrap());
    assert_eq!((view.events.len(), &view.url[..], view.settings.concurrency), (0, URL, 2));
    let pace = Callback::endpoint(&endpoint.id, &endpoint.state).unwrap().pace;
    assert_eq!((pace.width, pace.rate_per_minute), (2, 60));
    assert!(endpoint.when(change).unwrap().events.is_empty(), "nothing changes");
    let mut seen = Given::<Callback>::nothing("endpoint");
    ended(&mut seen, 0, accepted());
    let url = Some("https://other.example/".to_owned());
    let moved = ChangeEndpoint { url, ..ChangeEndpoint::default() };
    assert_eq!(seen.refused(moved), ErrorCode::StateConflict);
}

#[test]
fn an_old_secret_signs_along_for_a_day_unless_told_otherwise() {
    let mut endpoint = registered();
    let rotate = |byte, overlap_s| RotateSecret { merchant: None, secret: secret(byte), overlap_s };
    let view: EndpointView = reply(&endpoint.when(rotate(2, None)).unwrap());
    let until: Vec<_> = view.secrets.iter().map(|secret| secret.until).collect();
    assert_eq!(until, [None, Some(NOW.plus(Duration::from_secs(86_400)))]);
    // A second rotation at once leaves no secret longer than it asks for.
    let view: EndpointView = reply(&endpoint.when(rotate(3, Some(0))).unwrap());
    assert_eq!(view.secrets.len(), 1);
    assert_eq!(endpoint.refused(rotate(4, Some(604_801))), ErrorCode::InvalidField);
    assert_eq!(endpoint.replayed(), endpoint.state);
}

#[test]
fn a_test_goes_to_this_endpoint_alone_and_is_numbered() {
    let mut endpoint = registered();
    for sequence in 1..=2 {
        let effects = endpoint.when(TestEndpoint { merchant: merchant() }).unwrap();
        let queued: QueuedDelivery = reply(&effects);
        let [test] = &effects.notifications[..] else { panic!("one notification") };
        assert_eq!((test.id, test.sequence), (queued.delivery, sequence));
        assert_eq!(test.event, Some(NoticeType::EndpointTest));
        assert!(effects.notices.is_empty());
    }
    endpoint.when(DisableEndpoint { merchant: merchant() }).unwrap();
    assert_eq!(endpoint.refused(TestEndpoint { merchant: merchant() }), ErrorCode::StateConflict);
}

#[test]
fn a_removed_endpoint_takes_nothing_and_forgets_its_secrets() {
    let mut endpoint = registered();
    let remove = || RemoveEndpoint { merchant: merchant() };
    let view: EndpointView = reply(&endpoint.when(remove()).unwrap());
    assert_eq!((view.status, view.secrets.len()), (EndpointStatus::Removed, 0));
    assert!(endpoint.when(remove()).unwrap().events.is_empty());
    for code in [
        endpoint.refused(EnableEndpoint { merchant: merchant() }),
        endpoint.refused(TestEndpoint { merchant: merchant() }),
        endpoint.refused(ChangeEndpoint::default()),
    ] {
        assert_eq!(code, ErrorCode::StateConflict);
    }
    assert_eq!(endpoint.refused(register()), ErrorCode::AlreadyExists);
}

#[test]
fn what_is_resent_must_be_a_delivery_of_this_endpoint() {
    let mut endpoint = registered();
    let resend = |merchant| ResendDelivery { merchant, delivery: Uuid::from_u128(7) };
    assert_eq!(endpoint.refused(resend(merchant())), ErrorCode::Unavailable);
    endpoint.facts.delivery = Some(Ok(None));
    assert_eq!(endpoint.refused(resend(merchant())), ErrorCode::NotFound);
    let row = |delivery| DeliveryRow {
        delivery,
        state: DeliveryState::Delivered,
        http_status: Some(200),
        error: None,
        is_held: false,
    };
    let other = Delivery { endpoint: "other".parse().unwrap(), ..standard(1, NOW) };
    endpoint.facts.delivery = Some(Ok(Some(row(other))));
    assert_eq!(endpoint.refused(resend(merchant())), ErrorCode::NotFound);
    endpoint.facts.delivery = Some(Ok(Some(row(standard(1, NOW)))));
    assert_eq!(endpoint.refused(resend(stranger())), ErrorCode::NotFound);
    let effects = endpoint.when(resend(merchant())).unwrap();
    assert_eq!(effects.requeues[0].deliveries, [Uuid::from_u128(7)]);
    assert_eq!(effects.requeues[0].due_at, NOW);
}
