use super::{fan_out::SLOW_CONSUMER_WAIT, *};
use std::collections::HashSet;

const SECOND: Duration = Duration::from_secs(1);

fn subject(operation: &str) -> Subject {
    Subject::Connector { name: "bank".into(), operation: operation.into() }
}

async fn ask(bus: &MemoryBus, operation: &str) -> Result<Bytes, BusError> {
    bus.ask(&subject(operation), Bytes::from_static(b"ping"), SECOND).await
}

async fn publish(bus: &MemoryBus, operation: &str, id: &str) {
    bus.publish(&subject(operation), id, Bytes::copy_from_slice(id.as_bytes())).await.unwrap();
}

/// Answers every request with its own name until the bus is dropped.
async fn echo(bus: &MemoryBus, pattern: &str, queue: Option<&str>, name: &'static str) {
    let mut subscription = bus.subscribe(pattern, queue).await.unwrap();
    tokio::spawn(async move {
        while let Some(message) = subscription.next().await {
            message.responder.unwrap().respond(Bytes::from_static(name.as_bytes()));
        }
    });
}

/// What waits in the subscription now.
fn waiting(subscription: &mut Subscription) -> Vec<String> {
    let mut ids = Vec::new();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        let next =
            std::pin::pin!(tokio::task::unconstrained(subscription.next())).poll(&mut context);
        match next {
            std::task::Poll::Ready(Some(message)) => {
                ids.push(String::from_utf8(message.payload.to_vec()).unwrap());
            }
            _ => return ids,
        }
    }
}

#[tokio::test]
async fn it_tells_whether_anybody_would_hear_an_event() {
    let bus = MemoryBus::new();
    let _others = bus.subscribe("purser.ask.>", None).await.unwrap();
    assert!(!bus.hears_events());
    let listener = bus.subscribe("purser.evt.transaction.*.approved", None).await.unwrap();
    assert!(bus.hears_events());
    drop(listener);
    let _everything = bus.subscribe("purser.>", None).await.unwrap();
    assert!(bus.hears_events());
}

#[tokio::test]
async fn a_request_gets_its_answer() {
    let bus = MemoryBus::new();
    let mut subscription = bus.subscribe("purser.connector.*.payout", None).await.unwrap();
    let answered = tokio::spawn(async move {
        let message = subscription.next().await.unwrap();
        assert_eq!(message.subject, "purser.connector.bank.payout");
        assert_eq!(&message.payload[..], b"ping");
        message.responder.unwrap().respond(Bytes::from_static(b"pong"));
    });
    assert_eq!(ask(&bus, "payout").await.unwrap(), "pong");
    answered.await.unwrap();
}

#[tokio::test]
async fn a_request_to_nobody_fails_at_once() {
    let bus = MemoryBus::new();
    assert_eq!(bus.fan_out.request("a", &Bytes::new()).unwrap_err(), BusError::NoResponder);
    assert_eq!(ask(&bus, "payout").await, Err(BusError::NoResponder));
    let dropped = bus.subscribe(">", Some("g")).await.unwrap();
    let _elsewhere = bus.subscribe("purser.connector.shop.>", None).await.unwrap();
    drop(dropped);
    assert_eq!(ask(&bus, "payout").await, Err(BusError::NoResponder));
}

#[tokio::test]
async fn a_request_without_answer_times_out() {
    let bus = MemoryBus::new();
    let _silent = bus.subscribe(">", None).await.unwrap();
    let asked = bus.ask(&subject("payout"), Bytes::new(), SECOND / 100).await;
    assert_eq!(asked, Err(BusError::Timeout));
}

#[tokio::test]
async fn a_dropped_request_is_told_to_the_asker() {
    let bus = MemoryBus::new();
    let mut subscription = bus.subscribe(">", None).await.unwrap();
    let (asked, ()) = tokio::join!(ask(&bus, "payout"), async {
        drop(subscription.next().await.unwrap());
    });
    assert_eq!(asked, Err(BusError::Disconnected));
    let (asked, ()) = tokio::join!(ask(&bus, "payout"), async {
        tokio::task::yield_now().await;
        drop(subscription);
    });
    assert_eq!(asked, Err(BusError::Disconnected));
}

#[tokio::test]
async fn a_full_queue_refuses_requests() {
    let bus = MemoryBus::with_limits(2, 10);
    let _silent = bus.subscribe(">", Some("g")).await.unwrap();
    let message = Bytes::from_static(b"ping");
    for _ in 0..2 {
        let asked = bus.ask(&subject("payout"), message.clone(), Duration::ZERO).await;
        assert_eq!(asked, Err(BusError::Timeout));
    }
    assert_eq!(ask(&bus, "payout").await, Err(BusError::Overloaded));
    let _watching = bus.subscribe(">", None).await.unwrap();
    assert_eq!(ask(&bus, "payout").await, Err(BusError::Overloaded), "a watcher changes nothing");
    echo(&bus, ">", Some("g"), "second").await;
    assert_eq!(ask(&bus, "payout").await.unwrap(), "second", "another member has room");
}

#[tokio::test]
async fn a_group_shares_requests() {
    let bus = MemoryBus::new();
    for name in ["one", "two", "three"] {
        echo(&bus, "purser.connector.>", Some("g"), name).await;
    }
    let mut seen = HashSet::new();
    for _ in 0..200 {
        seen.insert(ask(&bus, "payout").await.unwrap());
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn the_first_answer_of_several_counts() {
    let bus = MemoryBus::new();
    let mut watching = bus.subscribe(">", None).await.unwrap();
    echo(&bus, "purser.>", Some("g"), "answer").await;
    assert_eq!(ask(&bus, "payout").await.unwrap(), "answer");
    assert!(watching.next().await.unwrap().responder.is_some());
}

#[tokio::test]
async fn every_group_and_every_plain_subscriber_gets_a_publication() {
    let bus = MemoryBus::new();
    let mut plain =
        [bus.subscribe(">", None).await.unwrap(), bus.subscribe("purser.>", None).await.unwrap()];
    let mut group = [
        bus.subscribe(">", Some("g")).await.unwrap(),
        bus.subscribe(">", Some("g")).await.unwrap(),
    ];
    let mut other = bus.subscribe(">", Some("h")).await.unwrap();
    for id in 0..40 {
        publish(&bus, "x", &id.to_string()).await;
    }
    let all: Vec<String> = (0..40).map(|id| id.to_string()).collect();
    for subscription in plain.iter_mut().chain([&mut other]) {
        assert_eq!(waiting(subscription), all, "in order");
    }
    let shared = group.each_mut().map(waiting);
    assert!(shared.iter().all(|part| !part.is_empty()));
    let mut shared = shared.concat();
    shared.sort_by_key(|id| id.parse::<u32>().unwrap());
    assert_eq!(shared, all);
}

#[tokio::test]
async fn a_repeated_publication_is_dropped_within_the_window() {
    let bus = MemoryBus::with_limits(100, 3);
    let mut subscription = bus.subscribe(">", None).await.unwrap();
    for id in ["a", "a", "b", "a", "c", "d", "a"] {
        publish(&bus, "x", id).await;
    }
    assert_eq!(waiting(&mut subscription), ["a", "b", "c", "d", "a"]);
}

#[tokio::test]
async fn a_slow_consumer_loses_messages_and_delays_others_once() {
    let bus = MemoryBus::with_limits(2, 100);
    let mut slow = bus.subscribe(">", None).await.unwrap();
    let mut fast = bus.subscribe("purser.>", None).await.unwrap();
    for id in ["a", "b", "c"] {
        publish(&bus, "x", id).await;
        assert_eq!(waiting(&mut fast), [id]);
    }
    let again = tokio::time::timeout(SLOW_CONSUMER_WAIT / 2, publish(&bus, "x", "d")).await;
    assert!(again.is_ok(), "a slow consumer is waited for once");
    assert_eq!(waiting(&mut slow), ["a", "b"]);
    publish(&bus, "x", "e").await;
    assert_eq!(waiting(&mut slow), ["e"]);
}

#[tokio::test]
async fn a_publication_waits_for_room() {
    let bus = Arc::new(MemoryBus::with_limits(1, 100));
    let mut subscription = bus.subscribe(">", None).await.unwrap();
    publish(&bus, "x", "a").await;
    let (_, ()) = tokio::join!(publish(&bus, "x", "b"), async {
        tokio::time::sleep(SLOW_CONSUMER_WAIT / 2).await;
        assert_eq!(waiting(&mut subscription), ["a"]);
    });
    assert_eq!(waiting(&mut subscription), ["b"]);
}

#[tokio::test]
async fn a_publication_given_up_half_way_can_be_repeated() {
    let bus = MemoryBus::with_limits(1, 100);
    let mut subscription = bus.subscribe(">", None).await.unwrap();
    publish(&bus, "x", "a").await;
    let cut = tokio::time::timeout(SLOW_CONSUMER_WAIT / 2, publish(&bus, "x", "b")).await;
    assert!(cut.is_err());
    assert_eq!(waiting(&mut subscription), ["a"]);
    publish(&bus, "x", "b").await;
    assert_eq!(waiting(&mut subscription), ["b"]);
}

#[tokio::test]
async fn dropped_subscriptions_are_forgotten() {
    let bus = MemoryBus::new();
    for _ in 0..10 {
        drop(bus.subscribe(">", None).await.unwrap());
    }
    publish(&bus, "x", "a").await;
    assert!(bus.fan_out.routes().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_each_get_their_own_answer() {
    let bus = Arc::new(MemoryBus::new());
    for _ in 0..3 {
        let mut subscription = bus.subscribe("purser.connector.>", Some("g")).await.unwrap();
        tokio::spawn(async move {
            while let Some(message) = subscription.next().await {
                message.responder.unwrap().respond(message.payload);
            }
        });
    }
    let churn = tokio::spawn({
        let bus = bus.clone();
        async move {
            for _ in 0..500 {
                drop(bus.subscribe("purser.connector.*.other", Some("g")).await.unwrap());
                tokio::task::yield_now().await;
            }
        }
    });
    let askers: Vec<_> = (0..16)
        .map(|asker| {
            let bus = bus.clone();
            tokio::spawn(async move {
                for number in 0..500 {
                    let message = Bytes::from(format!("{asker}-{number}"));
                    let asked = bus.ask(&subject("payout"), message.clone(), 10 * SECOND).await;
                    assert_eq!(asked.unwrap(), message);
                }
            })
        })
        .collect();
    for asker in askers {
        asker.await.unwrap();
    }
    churn.await.unwrap();
}
