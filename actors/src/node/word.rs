//! Word between nodes: one commits deliveries whose endpoints are another's, and that one should not have
//! to find them by itself. Nothing depends on it: what is not heard is found by the next look.

use crate::{
    host::Services,
    ports::{Slot, Subscription},
};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use purser_subjects::{Subject, Timestamp};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Deliveries that are committed within this time are told of together.
const TOGETHER: Duration = Duration::from_millis(5);

/// What is told: the numbers of slots in which deliveries are due.
pub(super) fn subject() -> Subject {
    Subject::Node { topic: "deliveries".to_owned() }
}

/// Tells others, and listens to them, until the node stops.
pub(super) async fn run(
    services: Arc<Services>,
    heard: Subscription,
    mut stop: watch::Receiver<bool>,
) {
    tokio::select! {
        biased;
        () = tell(&services) => {}
        () = listen(&services, heard) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn tell(services: &Services) {
    loop {
        let slots = services.hints.elsewhere.collected().await;
        if let Err(error) = services.bus.tell(&subject(), encode(&slots)).await {
            tracing::debug!(%error, "other nodes find deliveries by themselves");
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

async fn listen(services: &Services, mut heard: Subscription) {
    while let Some(word) = heard.next().await {
        if decode(word.payload).any(|slot| services.ownership.is_open(slot)) {
            services.hints.deliveries.offer(Timestamp::default());
        }
    }
}

fn encode(slots: &BTreeSet<Slot>) -> Bytes {
    let mut bytes = BytesMut::with_capacity(slots.len() * size_of::<i32>());
    slots.iter().for_each(|slot| bytes.put_i32(slot.number()));
    bytes.freeze()
}

fn decode(mut bytes: Bytes) -> impl Iterator<Item = Slot> {
    let numbers = std::iter::from_fn(move || bytes.try_get_i32().ok());
    numbers.filter_map(Slot::from_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Share;

    #[test]
    fn slots_are_told_and_understood() {
        let slots: BTreeSet<Slot> = Slot::all(&Share::ALL, 64).collect();
        assert_eq!(decode(encode(&slots)).collect::<BTreeSet<_>>(), slots);
        let strange = Bytes::from_static(&[0, 1, 0, 3, 0xff, 0xff, 0xff, 0xff, 7]);
        let understood: Vec<_> = decode(strange).collect();
        assert_eq!(understood, [Slot { share: Share::Callbacks, partition: 3 }]);
    }
}
