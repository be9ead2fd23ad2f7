//! Stored messages of notification endpoints.

use super::{
    case::{Case, Cases},
    samples::{entity, merchant, text, time, uuid},
};
use purser_subjects::{
    EntityKey, EntityKind,
    callback::{
        AttemptFailed, AttemptReport, CallbackCommand, CallbackEvent, Delivered, EndpointView,
        GivenUp, InquireEndpoint,
    },
};

fn view() -> EndpointView {
    EndpointView {
        endpoint: entity("5d41402abc4b2a76b9719d911017c592").into(),
        delivered: 70_000,
        given_up: 1,
        failures_in_a_row: 3,
        last_success_at: Some(time(0)),
    }
}

fn report(http_status: Option<u16>, error: Option<&str>) -> AttemptReport {
    AttemptReport {
        delivery: uuid(5),
        merchant: merchant(),
        object: EntityKey::new(EntityKind::Transaction, entity("61058214b470d599856ca5d29cf6d54f")),
        sequence: 2,
        attempt: 300,
        http_status,
        error: error.map(text),
        at: time(3),
    }
}

pub(super) fn cases() -> Vec<Case> {
    Cases::<CallbackCommand, CallbackEvent>::new()
        .verb(InquireEndpoint {}, view())
        .reply::<InquireEndpoint>("never-reached", EndpointView { last_success_at: None, ..view() })
        .event("", Delivered { report: report(Some(200), None) })
        .event(
            "",
            AttemptFailed { report: report(Some(503), Some("answered 503")), retry_at: time(8) },
        )
        .event("", GivenUp { report: report(None, Some("connection refused")) })
        .into_list()
}
