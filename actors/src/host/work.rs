//! Turning effects into a unit of work.

use super::services::Services;
use crate::{
    entity::{Effects, Entity, Notice, Notification, PostingGroup},
    journal::{NewEvent, Work},
    ports::{Delivery, NoticeRow},
};
use purser_subjects::{EntityKey, Event, Timestamp, encode};

/// Encodes events, and applies them to the state.
pub(super) fn apply_events<E: Entity>(state: &mut E::State, events: &[E::Event]) -> Vec<NewEvent> {
    let mut encoded = Vec::with_capacity(events.len());
    for event in events {
        E::apply(state, event);
        encoded.push(NewEvent { name: event.name(), payload: encode(event).into() });
    }
    encoded
}

/// Asserts what the ledger stands on: every group sums to zero, and no line is empty. A rule that breaks
/// it panics before anything is stored, and supervision deals with the entity.
pub(super) fn assert_balanced(groups: &[PostingGroup]) {
    for group in groups {
        let sum: i128 = group.legs.iter().map(|leg| i128::from(leg.amount)).sum();
        assert!(sum == 0, "posting group {} does not sum to zero", group.id);
        assert!(group.legs.iter().all(|leg| leg.amount != 0), "an empty line in {}", group.id);
    }
}

/// Moves what is stored along with the events out of the effects.
pub(super) fn fill<E>(work: &mut Work, effects: &mut Effects<E>, now: Timestamp) {
    work.groups = std::mem::take(&mut effects.groups);
    work.held = effects.held;
    work.must_be_empty = effects.must_be_empty;
    work.messages = std::mem::take(&mut effects.messages);
    work.delivery_updates = std::mem::take(&mut effects.delivery_updates);
    work.credentials = std::mem::take(&mut effects.credentials);
    let notifications = std::mem::take(&mut effects.notifications);
    let deliver = |notification| delivery(notification, &work.entity, now);
    work.deliveries = notifications.into_iter().map(deliver).collect();
    let notices = std::mem::take(&mut effects.notices);
    work.notices = notices.into_iter().map(|told| notice(told, &work.entity, now)).collect();
    work.requeues = std::mem::take(&mut effects.requeues);
    work.attempts = std::mem::take(&mut effects.attempts);
    work.mails = std::mem::take(&mut effects.mails);
}

fn notice(notice: Notice, object: &EntityKey, now: Timestamp) -> NoticeRow {
    NoticeRow {
        merchant: notice.merchant,
        object: object.clone(),
        sequence: notice.sequence,
        event: notice.event,
        except: notice.except,
        payload: notice.payload,
        at: now,
    }
}

fn delivery(notification: Notification, object: &EntityKey, now: Timestamp) -> Delivery {
    Delivery {
        id: notification.id,
        endpoint: notification.endpoint,
        merchant: notification.merchant,
        object: object.clone(),
        sequence: notification.sequence,
        event: notification.event,
        format: notification.format,
        url: notification.url,
        payload: notification.payload,
        created_at: now,
        due_at: now,
        attempts: 0,
        round: 0,
    }
}

impl Services {
    /// Tells the metrics that something happened to entities of a kind.
    pub(super) fn count(what: &'static str, kind: purser_subjects::EntityKind) {
        metrics::counter!(what, "kind" => kind.token()).increment(1);
    }
}
