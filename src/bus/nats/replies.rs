//! Answers find their askers: one subscription for all, and a number for each. The library's own
//! `request` keeps an entry for ever when no answer comes; here it goes with the one who waits.

use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::oneshot;

/// Those who wait for answers.
pub(super) struct Replies {
    /// Answers arrive on `<inbox>.<number>`.
    inbox: String,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Message>>>,
}

/// An answer that is waited for; dropping it ends the wait.
pub(super) struct Expected<'a> {
    replies: &'a Replies,
    number: u64,
    message: oneshot::Receiver<Message>,
}

impl Replies {
    pub(super) fn new(inbox: String) -> Self {
        Self { inbox, next: AtomicU64::new(1), waiting: Mutex::default() }
    }

    /// What the one subscription listens on.
    pub(super) fn pattern(&self) -> String {
        format!("{}.*", self.inbox)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Message>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait for an answer.
    pub(super) fn expect(&self) -> Expected<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, message) = oneshot::channel();
        self.waiting().insert(number, sender);
        Expected { replies: self, number, message }
    }

    /// Hands a message to the one who waits for it. Late ones are dropped.
    fn deliver(&self, message: Message) {
        let number = message.subject.rsplit('.').next().and_then(|number| number.parse().ok());
        let sender = number.and_then(|number: u64| self.waiting().remove(&number));
        if let Some(sender) = sender {
            let _ = sender.send(message);
        }
    }

    /// Tells everybody who waits that no answer will come.
    pub(super) fn give_up(&self) {
        self.waiting().clear();
    }

    /// Delivers what arrives until the connection ends for good.
    pub(super) async fn run(link: Arc<super::connect::Link>, mut arriving: Subscriber) {
        while let Some(message) = arriving.next().await {
            link.replies.deliver(message);
        }
        link.replies.give_up();
    }
}

impl Expected<'_> {
    /// Where the answer is to be sent.
    pub(super) fn address(&self) -> String {
        format!("{}.{}", self.replies.inbox, self.number)
    }

    /// The answer; `None` when the connection was lost before it came.
    pub(super) async fn answer(&mut self) -> Option<Message> {
        (&mut self.message).await.ok()
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.replies.waiting().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str) -> Message {
        Message {
            subject: subject.into(),
            reply: None,
            payload: bytes::Bytes::from_static(b"answer"),
            headers: None,
            status: None,
            description: None,
            length: 6,
        }
    }

    #[tokio::test]
    async fn an_answer_finds_its_asker_and_strays_are_dropped() {
        let replies = Replies::new("inbox".into());
        let (mut first, mut second) = (replies.expect(), replies.expect());
        for subject in ["inbox.77", "inbox.x", "inbox", &second.address()] {
            replies.deliver(message(subject));
        }
        assert_eq!(second.answer().await.unwrap().payload, "answer");
        replies.deliver(message(&first.address()));
        assert!(first.answer().await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_kept_for_those_who_gave_up() {
        let replies = Replies::new("inbox".into());
        for _ in 0..1000 {
            drop(replies.expect());
        }
        assert!(replies.waiting().is_empty());
        let mut left = replies.expect();
        replies.give_up();
        assert!(left.answer().await.is_none() && replies.waiting().is_empty());
    }
}
