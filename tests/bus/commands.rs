//! Durable commands.

use super::fixture::{LONG, SHORT, TestBus, command, next, text};
use bytes::Bytes;
use purser_actors::ports::{Bus, Commands, DurableCommand};
use purser_subjects::{ErrorCode, Rejection, headers};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

async fn submit(bus: &dyn Bus, id: &str) {
    bus.submit(&command("alice"), id, Bytes::copy_from_slice(id.as_bytes())).await.unwrap();
}

async fn take(commands: &mut Commands) -> DurableCommand {
    timeout(LONG, commands.next()).await.expect("a command comes").expect("the bus is open")
}

/// Nothing is delivered for a while.
async fn assert_nothing(commands: &mut Commands) {
    if let Ok(command) = timeout(2 * SHORT, commands.next()).await {
        panic!("nothing more was to come: {command:?}");
    }
}

/// A taker, and one as another process has it.
async fn two_takers(test: &TestBus) -> (Commands, Commands) {
    let other = test.other().await;
    (test.bus.commands().await.unwrap(), other.commands().await.unwrap())
}

on_both_buses! {
    async fn a_command_waits_until_somebody_takes_it(test) {
        submit(&*test.bus, "first").await;
        tokio::time::sleep(SHORT).await;
        let mut commands = test.bus.commands().await.unwrap();
        let taken = take(&mut commands).await;
        assert_eq!(taken.subject, "purser.cmd.account.39.alice.transfer");
        assert_eq!((taken.payload.clone(), taken.attempt), (Bytes::from_static(b"first"), 1));
        taken.ack().await.unwrap();
        assert_nothing(&mut commands).await;
    }

    async fn a_command_that_is_handed_over_again_is_delivered_once(test) {
        for id in ["a", "b", "a", "b", "a"] {
            submit(&*test.bus, id).await;
        }
        let mut commands = test.bus.commands().await.unwrap();
        let mut taken = Vec::new();
        for _ in 0..2 {
            let command = take(&mut commands).await;
            taken.push(text(&command.payload));
            command.ack().await.unwrap();
        }
        assert_eq!(taken, ["a", "b"]);
        assert_nothing(&mut commands).await;
    }

    async fn a_command_that_could_not_be_done_comes_again_after_its_pause(test) {
        submit(&*test.bus, "first").await;
        let mut commands = test.bus.commands().await.unwrap();
        for attempt in 1..=3 {
            let command = take(&mut commands).await;
            assert_eq!(command.attempt, attempt);
            let begun = std::time::Instant::now();
            command.retry_after(Duration::from_millis(200)).await.unwrap();
            if attempt == 3 {
                let command = take(&mut commands).await;
                assert!(begun.elapsed() >= Duration::from_millis(150), "{:?}", begun.elapsed());
                assert_eq!(command.attempt, 4);
                command.ack().await.unwrap();
            }
        }
        assert_nothing(&mut commands).await;
    }

    async fn a_command_that_its_taker_dropped_is_delivered_to_another(test) {
        let (mut one, mut two) = two_takers(test).await;
        submit(&*test.bus, "first").await;
        let command = tokio::select! {
            command = one.next() => command,
            command = two.next() => command,
        };
        drop(command.unwrap());
        let again = tokio::select! {
            command = take(&mut one) => command,
            command = take(&mut two) => command,
        };
        assert_eq!((again.attempt, text(&again.payload)), (2, "first".to_owned()));
        again.ack().await.unwrap();
    }

    async fn takers_share_the_commands(test) {
        let (mut one, mut two) = two_takers(test).await;
        for number in 0..300 {
            submit(&*test.bus, &number.to_string()).await;
        }
        let drain = async |commands: &mut Commands| {
            let mut taken = Vec::new();
            while let Ok(Some(command)) = timeout(3 * SHORT, commands.next()).await {
                taken.push(text(&command.payload).parse::<u32>().unwrap());
                command.ack().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            taken
        };
        let (one, two) = tokio::join!(drain(&mut one), drain(&mut two));
        assert!(!one.is_empty() && !two.is_empty(), "{} and {}", one.len(), two.len());
        let all: BTreeSet<u32> = one.iter().chain(&two).copied().collect();
        assert_eq!((all.len(), one.len() + two.len()), (300, 300));
    }

    async fn a_buried_command_is_published_with_its_reason_and_comes_no_more(test) {
        let mut dead = test.bus.subscribe("purser.dead.>", None).await.unwrap();
        submit(&*test.bus, "first").await;
        let mut commands = test.bus.commands().await.unwrap();
        take(&mut commands).await.retry_after(Duration::ZERO).await.unwrap();
        let reason = Rejection::new(ErrorCode::AccountClosed, "the account\nis closed");
        take(&mut commands).await.bury(&reason).await.unwrap();
        let buried = next(&mut dead).await;
        assert_eq!(buried.subject, "purser.dead.account.39.alice.transfer");
        assert_eq!(buried.payload, "first");
        assert_eq!(buried.header(headers::CODE), Some("account_closed"));
        assert_eq!(buried.header(headers::REASON), Some("the account is closed"));
        assert_eq!(buried.header(headers::ATTEMPT), Some("2"));
        assert_nothing(&mut commands).await;
    }

    async fn commands_are_delivered_in_the_order_they_came(test) {
        let ids: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        for id in &ids {
            submit(&*test.bus, id).await;
        }
        let mut commands = test.bus.commands().await.unwrap();
        for id in &ids {
            let command = take(&mut commands).await;
            assert_eq!(text(&command.payload), *id);
            command.ack().await.unwrap();
        }
    }
}

mod bounds {
    use super::{command, submit};
    use crate::support::nats;
    use bytes::Bytes;
    use purser::bus::{memory::MemoryBus, nats::NatsBus};
    use purser_actors::ports::{Bus, BusError};

    #[tokio::test]
    async fn a_full_memory_refuses_new_commands() {
        let bus = MemoryBus::with_limits(8, 3);
        for id in ["a", "b", "c"] {
            submit(&bus, id).await;
        }
        submit(&bus, "a").await;
        let refused = bus.submit(&command("alice"), "d", Bytes::new()).await;
        assert_eq!(refused, Err(BusError::Overloaded));
        let mut commands = bus.commands().await.unwrap();
        commands.next().await.unwrap().ack().await.unwrap();
        submit(&bus, "d").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_stream_refuses_new_commands_and_keeps_the_old_ones() {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let mut settings = nats::settings(&url, &prefix);
        settings.streams.commands_bytes = 64 * 1024;
        let bus = NatsBus::connect(settings).await.unwrap();
        let large = Bytes::from(vec![0; 10_000]);
        let mut outcomes = Vec::new();
        for number in 0..10 {
            let id = number.to_string();
            outcomes.push(bus.submit(&command("alice"), &id, large.clone()).await);
        }
        assert_eq!(outcomes[0], Ok(()));
        assert_eq!(outcomes[9], Err(BusError::Overloaded));
        let kept = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let mut commands = bus.commands().await.unwrap();
        for _ in 0..kept {
            super::take(&mut commands).await.ack().await.unwrap();
        }
        super::assert_nothing(&mut commands).await;
        bus.submit(&command("alice"), "9", large).await.unwrap();
        nats::remove_streams(&url, &prefix).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_message_larger_than_the_broker_carries_is_refused() {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let bus = nats::connect(&url, &prefix).await;
        let huge = Bytes::from(vec![0; 2 << 20]);
        let refused = bus.submit(&command("alice"), "huge", huge).await;
        assert_eq!(refused, Err(BusError::TooLarge));
        nats::remove_streams(&url, &prefix).await;
    }
}
