//! Attempts, and what follows from how they end.

use super::*;
use crate::{
    callback::RetrySchedule,
    entity::{CallTarget, Entity, Reply, given::NOW},
    ports::{DeliveryState, Pace},
};
use proptest::prelude::*;
use purser_subjects::callback::{
    ChangeEndpoint, DisableEndpoint, DisableReason, EndpointKind, EndpointStatus, NoticeType,
    RotateSecret,
};

/// Attempts of the default schedule.
const ATTEMPTS: u32 = 10;
const DAY: Duration = Duration::from_secs(86_400);

fn pace(endpoint: &Given<Callback>) -> Pace {
    Callback::endpoint(&endpoint.id, &endpoint.state).unwrap().pace
}

#[test]
fn a_due_delivery_is_attempted_and_answered_later() {
    let effects = endpoint().signal(Signal::Due(Box::new(delivery(3, NOW))));
    assert!(!effects.changes_something());
    let [call] = &effects.calls[..] else { panic!("one call") };
    assert!(matches!(effects.reply, Reply::Later(id) if id == call.id));
    let CallTarget::Delivery(due) = &call.target else { panic!("an attempt") };
    assert_eq!((due.delivery.attempts, &due.url[..], due.secrets.len()), (3, URL, 0));
}

#[test]
fn calls_are_never_taken_for_operations_with_stored_answers() {
    let mut made = delivery(0, NOW);
    made.id = uuid::Builder::from_custom_bytes([9; 16]).into_uuid();
    let effects = endpoint().signal(Signal::Due(Box::new(made)));
    assert_eq!(crate::ports::AnswerKey::of_operation(effects.calls[0].id), None);
}

#[test]
fn a_registered_endpoint_adds_its_url_and_the_secrets_in_force() {
    let mut endpoint = registered();
    let rotate = RotateSecret { merchant: None, secret: secret(2), overlap_s: Some(60) };
    endpoint.when(rotate).unwrap();
    let mut secrets = |after_s| {
        endpoint.now = NOW.plus(Duration::from_secs(after_s));
        let effects = endpoint.signal(Signal::Due(Box::new(standard(0, NOW))));
        let CallTarget::Delivery(due) = &effects.calls[0].target else { panic!("an attempt") };
        assert_eq!(due.url, URL);
        due.secrets.clone()
    };
    assert_eq!(secrets(59), [secret(2), secret(1)]);
    assert_eq!(secrets(60), [secret(2)]);
}

#[test]
fn an_accepted_delivery_is_over() {
    let mut endpoint = endpoint();
    let effects = ended(&mut endpoint, 2, accepted());
    let [CallbackEvent::EndpointSeen(seen), CallbackEvent::Delivered(delivered)] =
        &effects.events[..]
    else {
        panic!("seen and delivered")
    };
    assert_eq!(seen.url, "https://shop.example/cb");
    assert_eq!((delivered.report.attempt, delivered.report.http_status), (3, Some(204)));
    let update = &effects.delivery_updates[0];
    assert_eq!((update.state, update.attempts), (DeliveryState::Delivered, 3));
    assert_eq!((effects.attempts[0].number, &effects.attempts[0].url[..]), (3, URL));
    assert_eq!(effects.completions.len(), 1);
    assert_eq!(view(&mut endpoint).kind, EndpointKind::PerPayment);
    assert_eq!(names(&ended(&mut endpoint, 0, accepted())), ["delivered"]);
}

#[test]
fn failed_attempts_are_repeated_as_the_schedule_says_and_then_given_up() {
    let mut endpoint = endpoint();
    let schedule = RetrySchedule::default();
    for attempts in 1..ATTEMPTS {
        let effects = ended(&mut endpoint, attempts - 1, failed(None));
        let update = &effects.delivery_updates[0];
        let pause = schedule.pause_after(attempts, update.id).unwrap();
        assert_eq!((update.state, update.attempts), (DeliveryState::Pending, attempts));
        assert_eq!(update.due_at, NOW.plus(pause));
    }
    let last = ended(&mut endpoint, ATTEMPTS - 1, failed(Some(Duration::from_secs(1))));
    assert!(names(&last).contains(&"given-up"));
    assert_eq!(last.delivery_updates[0].state, DeliveryState::GivenUp);

    let seen = view(&mut endpoint);
    assert_eq!((seen.given_up, seen.failures_in_a_row), (1, ATTEMPTS));
    assert_eq!(seen.failing_since, Some(NOW));
    ended(&mut endpoint, 0, accepted());
    let seen = view(&mut endpoint);
    assert_eq!((seen.delivered, seen.failures_in_a_row, seen.failing_since), (1, 0, None));
    assert_eq!(endpoint.replayed(), endpoint.state);
}

#[test]
fn an_endpoint_may_have_a_schedule_of_its_own_and_a_resent_delivery_begins_it_anew() {
    let schedule = Some(vec![0, 60]);
    let change = ChangeEndpoint { schedule, ..ChangeEndpoint::default() };
    let mut endpoint = registered().and(change);
    let state = |endpoint: &mut Given<Callback>, attempts, round| {
        let delivery = Delivery { round, ..standard(attempts, NOW) };
        let attempt = Attempt::Made { outcome: failed(None), log: AttemptLog::default() };
        ends(endpoint, delivery, attempt).delivery_updates[0].clone()
    };
    let first = state(&mut endpoint, 0, 0);
    assert_eq!(first.state, DeliveryState::Pending);
    assert!((60_000..=66_000).contains(&first.due_at.since(NOW).as_millis()));
    assert_eq!(state(&mut endpoint, 1, 0).state, DeliveryState::GivenUp);
    let again = state(&mut endpoint, 2, 2);
    assert_eq!((again.state, again.attempts), (DeliveryState::Pending, 3));
}

#[test]
fn what_fails_on_our_side_does_not_count() {
    let mut endpoint = registered();
    let error = "no key".to_owned();
    let effects = ends(&mut endpoint, standard(0, NOW), Attempt::NotMade { error });
    assert!(effects.events.is_empty() && effects.delivery_updates.is_empty());
    assert!(effects.attempts.is_empty());
    assert_eq!(effects.completions.len(), 1);
    assert_eq!(view(&mut endpoint).failures_in_a_row, 0);
}

#[test]
fn the_breaker_pauses_and_then_lets_one_at_a_time_try() {
    let mut endpoint = registered();
    for _ in 0..9 {
        assert_eq!(names(&ended(&mut endpoint, 0, failed(None))), ["attempt-failed"]);
    }
    let opening = ended(&mut endpoint, 0, failed(None));
    assert_eq!(names(&opening), ["attempt-failed", "breaker-opened"]);
    let until = NOW.plus(Duration::from_secs(30));
    assert_eq!((pace(&endpoint).hold_until, pace(&endpoint).width), (until, 1));
    let early = endpoint.signal(Signal::Due(Box::new(standard(0, NOW))));
    assert!(early.calls.is_empty());
    // Those that were under way neither prolong nor end it.
    assert_eq!(names(&ended(&mut endpoint, 0, failed(None))), ["attempt-failed"]);

    endpoint.now = until;
    assert_eq!(endpoint.signal(Signal::Due(Box::new(standard(0, NOW)))).calls.len(), 1);
    assert_eq!(names(&ended(&mut endpoint, 0, failed(None))), ["attempt-failed", "breaker-opened"]);
    assert_eq!(pace(&endpoint).hold_until, until.plus(Duration::from_secs(60)));
    endpoint.now = pace(&endpoint).hold_until;
    assert_eq!(names(&ended(&mut endpoint, 0, accepted())), ["delivered", "breaker-closed"]);
    assert_eq!(pace(&endpoint), Pace::default());
    assert_eq!(endpoint.replayed(), endpoint.state);
}

#[test]
fn a_receiver_that_is_gone_is_disabled_at_once_and_its_delivery_kept() {
    let mut endpoint = registered();
    let effects = ended(&mut endpoint, 0, refused(410));
    assert_eq!(names(&effects), ["attempt-failed", "disabled"]);
    assert_eq!(effects.delivery_updates[0].state, DeliveryState::Pending);
    let [notice] = &effects.notices[..] else { panic!("the other endpoints are told") };
    assert_eq!((notice.event, notice.sequence), (NoticeType::EndpointDisabled, 1));
    assert_eq!(notice.except, Some("endpoint".parse().unwrap()));
    assert!(effects.mails.is_empty(), "nobody asked for one");
    assert_eq!(pace(&endpoint).hold_until, Pace::HELD);
    let view = view(&mut endpoint);
    assert_eq!(view.status, EndpointStatus::Disabled);
    assert_eq!(view.disabled.unwrap().reason, DisableReason::Gone);
    // Others that were under way change nothing more.
    assert_eq!(names(&ended(&mut endpoint, 0, refused(410))), ["attempt-failed"]);
    assert!(endpoint.signal(Signal::Due(Box::new(standard(0, NOW)))).calls.is_empty());
}

#[test]
fn five_days_of_failures_disable_and_tell_the_contact() {
    let contact = Some("ops@shop.example".to_owned());
    let mut endpoint = registered().and(ChangeEndpoint { contact, ..ChangeEndpoint::default() });
    ended(&mut endpoint, 0, failed(None));
    endpoint.now = NOW.plus(5 * DAY - Duration::from_millis(1));
    assert!(ended(&mut endpoint, 0, failed(None)).notices.is_empty());
    endpoint.now = NOW.plus(5 * DAY);
    let effects = ended(&mut endpoint, 0, failed(None));
    assert!(names(&effects).contains(&"disabled"));
    let [mail] = &effects.mails[..] else { panic!("one mail") };
    assert_eq!(mail.recipient, "ops@shop.example");
    assert!(mail.text.contains("https://shop.example/cb") && !mail.text.contains("secret"));
    assert_eq!(endpoint.replayed(), endpoint.state);
}

#[test]
fn a_success_in_between_begins_the_five_days_anew() {
    let mut endpoint = registered();
    for day in 0..20 {
        endpoint.now = NOW.plus(day * DAY);
        let outcome = if day % 4 == 3 { accepted() } else { failed(None) };
        let effects = ended(&mut endpoint, 0, outcome);
        assert!(effects.notices.is_empty(), "day {day}");
    }
    let asked = endpoint.when(DisableEndpoint { merchant: Some("10001".parse().unwrap()) });
    assert!(asked.unwrap().notices.is_empty(), "the merchant knows");
}

proptest! {
    #[test]
    fn a_receiver_can_ask_for_up_to_four_times_the_pause(
        attempts in 1..ATTEMPTS,
        asked in prop_oneof![0u64..1_000_000, Just(u64::MAX)],
    ) {
        let asked = Duration::from_secs(asked);
        let effects = ended(&mut endpoint(), attempts - 1, failed(Some(asked)));
        let update = &effects.delivery_updates[0];
        let pause = RetrySchedule::default().pause_after(attempts, update.id).unwrap();
        prop_assert!(update.due_at >= NOW.plus(pause));
        prop_assert!(update.due_at <= NOW.plus(pause * 4));
        if (pause..=pause * 4).contains(&asked) {
            prop_assert_eq!(update.due_at, NOW.plus(asked));
        }
    }

    #[test]
    fn whatever_happens_the_state_follows_from_the_events(
        steps in prop::collection::vec((0u8..6, 0u64..400_000), 1..60),
    ) {
        let mut endpoint = registered();
        let mut now = NOW;
        for (what, pause_s) in steps {
            now = now.plus(Duration::from_secs(pause_s));
            endpoint.now = now;
            match what {
                0 | 1 => drop(ended(&mut endpoint, 0, failed(None))),
                2 => drop(ended(&mut endpoint, 9, failed(None))),
                3 => drop(ended(&mut endpoint, 0, accepted())),
                4 => drop(ended(&mut endpoint, 0, refused(410))),
                _ => drop(endpoint.when(purser_subjects::callback::EnableEndpoint::default())),
            }
            let view = view(&mut endpoint);
            let is_held = pace(&endpoint).hold_until == Pace::HELD;
            prop_assert_eq!(view.status == EndpointStatus::Disabled, is_held);
            prop_assert_eq!(view.failing_since.is_some(), view.failures_in_a_row > 0
                && endpoint.state.failing_since.is_some());
        }
        prop_assert_eq!(endpoint.replayed(), endpoint.state);
    }
}
