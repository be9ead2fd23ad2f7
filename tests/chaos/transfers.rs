//! Transfers between a thousand accounts over the broker: some asked for, some handed over as durable
//! commands, many of them more than once.

use super::nodes::partitions;
use crate::shops::plan;
use futures_util::{StreamExt, stream};
use purser_actors::{AskOptions, Client, ports::Bus};
use purser_subjects::{
    Address, Ask, EntityId, EntityKey, Envelope, ErrorCode, Money, Rejection, Subject,
    account::{BalanceView, OpenAccount, ReadBalance, Side, TimeBasis, Transfer, Transferred},
    encode,
};
use rand::{RngExt, rngs::StdRng};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

const ACCOUNTS: usize = 1_000;
/// A few accounts that most transfers leave from.
const HOT: usize = 4;
const TELLERS: u64 = 16;
/// What an account may owe, in minor units: little enough that some transfers are refused.
const OVERDRAFT: i64 = 20_000;
const PAUSE: Duration = Duration::from_millis(100);
/// One try.
const TIMEOUT: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 32;

/// The accounts, and how to reach them.
#[derive(Clone)]
pub(crate) struct Bank {
    client: Client,
    bus: Arc<dyn Bus>,
    patience: Duration,
    closing: Arc<AtomicBool>,
}

/// One transfer, and whether it took place as far as its caller was told.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    from: usize,
    to: usize,
    amount: i64,
    key: String,
    done: Option<bool>,
}

impl Order {
    fn random(random: &mut StdRng, key: String) -> Self {
        let is_hot = random.random_ratio(3, 4);
        let from = random.random_range(0..if is_hot { HOT } else { ACCOUNTS });
        let to = (from + random.random_range(1..ACCOUNTS)) % ACCOUNTS;
        Self { from, to, amount: random.random_range(1..1_000), key, done: None }
    }

    fn command(&self) -> Transfer {
        Transfer {
            to: id(self.to).into(),
            amount: euros(self.amount),
            memo: Some(self.key.clone()),
            effective: None,
        }
    }
}

fn id(account: usize) -> EntityId {
    format!("chaos-{account}").parse().expect("an id")
}

fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().expect("a currency"))
}

impl Bank {
    /// Opens the accounts.
    pub(crate) async fn open(client: Client, bus: Arc<dyn Bus>, patience: Duration) -> Self {
        let bank = Self { client, bus, patience, closing: Arc::default() };
        let open = async |account: usize| {
            let command = OpenAccount {
                currency: euros(0).currency,
                side: Side::Credit,
                floor: Some(-OVERDRAFT),
                ceiling: None,
            };
            let opened = bank.ask(account, command, &format!("open-{account}")).await;
            opened.expect("an account can be opened");
        };
        stream::iter(0..ACCOUNTS).for_each_concurrent(AT_ONCE, open).await;
        bank
    }

    /// Lets tellers transfer until the bank closes.
    pub(crate) fn transfer(&self, seed: u64) -> JoinSet<Vec<Order>> {
        let teller = |number| {
            let random = plan::random(seed, 1_000 + number);
            self.clone().teller(number, random)
        };
        (1..=TELLERS).map(teller).collect()
    }

    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    async fn teller(self, number: u64, mut random: StdRng) -> Vec<Order> {
        let mut orders = Vec::new();
        while !self.closing.load(Ordering::Relaxed) {
            let mut order = Order::random(&mut random, format!("t{number}-{}", orders.len()));
            match random.random_range(0..10) {
                0..3 => self.hand_over(&order, random.random_range(1..=3)).await,
                3 => {
                    let (one, other) = tokio::join!(self.carry_out(&order), self.carry_out(&order));
                    assert_eq!(one, other, "twins of {order:?}");
                    order.done = Some(one);
                }
                _ => order.done = Some(self.carry_out(&order).await),
            }
            orders.push(order);
            sleep(Duration::from_millis(random.random_range(0..20))).await;
        }
        orders
    }

    /// Asks for the transfer until it is answered.
    pub(crate) async fn insist(&self, order: &Order) {
        self.carry_out(order).await;
    }

    /// Asks until it is certain whether the transfer took place.
    async fn carry_out(&self, order: &Order) -> bool {
        match self.ask(order.from, order.command(), &order.key).await {
            Ok(Transferred { .. }) => true,
            Err(rejection) if rejection.code == ErrorCode::InsufficientFunds => false,
            Err(rejection) => panic!("{order:?}: {rejection}"),
        }
    }

    /// Transfers that nobody has asked for yet.
    pub(crate) fn orders(random: &mut StdRng, name: &str, count: usize) -> Vec<Order> {
        (0..count).map(|number| Order::random(random, format!("{name}-{number}"))).collect()
    }

    /// Hands the transfer over `times` as a durable command, until the bus has it.
    pub(crate) async fn hand_over(&self, order: &Order, times: u128) {
        let address = Address::new(
            EntityKey::new(Transfer::ENTITY, id(order.from)),
            Transfer::VERB,
            partitions(),
        );
        let subject = Subject::Command(address);
        let mut envelope = Envelope::new("chaos", order.command());
        envelope.key = Some(order.key.clone());
        let message: bytes::Bytes = encode(&envelope).into();
        let give_up = Instant::now() + self.patience;
        for time in 0..times {
            // Each time under an id of its own, so that the broker does not drop it.
            let id = format!("{}-{}", order.key, envelope.id.as_u128() + time);
            while let Err(error) = self.bus.submit(&subject, &id, message.clone()).await {
                assert!(Instant::now() < give_up, "{order:?}: {error}");
                sleep(PAUSE).await;
            }
        }
    }

    async fn ask<A: Ask + Clone>(
        &self,
        account: usize,
        command: A,
        key: &str,
    ) -> Result<A::Reply, Rejection> {
        let give_up = Instant::now() + self.patience;
        loop {
            let options =
                AskOptions { key: Some(key.to_owned()), timeout: TIMEOUT, ..AskOptions::default() };
            match self.client.ask(&id(account), command.clone(), options).await {
                Err(rejection) if rejection.code.is_retryable() => {
                    assert!(Instant::now() < give_up, "{key} was never answered: {rejection}");
                    sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    /// What is posted to every account.
    pub(crate) async fn posted(&self) -> Vec<i64> {
        let read = async |account| {
            let options = AskOptions { timeout: TIMEOUT, ..AskOptions::default() };
            let (id, read) = (id(account), ReadBalance { at: None, by: TimeBasis::default() });
            let balance: BalanceView =
                self.client.ask(&id, read, options).await.expect("a balance can be read");
            balance.posted
        };
        stream::iter(0..ACCOUNTS).map(read).buffered(AT_ONCE).collect().await
    }

    /// Compares the accounts with what their callers were told. All durable commands have been taken.
    pub(crate) async fn check(&self, mut orders: Vec<Order>) -> String {
        let before = self.posted().await;
        let unknown = orders.iter().filter(|order| order.done.is_none()).count();
        let settle = async |order: &mut Order| {
            // Asking once more changes nothing and tells what became of a durable command; what was
            // answered before is answered again.
            let done = self.carry_out(order).await;
            assert!(order.done.is_none_or(|told| told == done), "{order:?} is now {done}");
            order.done = Some(done);
        };
        stream::iter(&mut orders).for_each_concurrent(AT_ONCE, settle).await;
        let mut expected = vec![0; ACCOUNTS];
        for order in orders.iter().filter(|order| order.done == Some(true)) {
            expected[order.from] -= order.amount;
            expected[order.to] += order.amount;
        }
        assert_eq!(before, expected, "balances against what was answered");
        assert_eq!(self.posted().await, expected, "asking again has changed something");
        assert!(before.iter().all(|posted| *posted >= -OVERDRAFT), "below the floor");
        let done = orders.iter().filter(|order| order.done == Some(true)).count();
        format!("{} transfers ({unknown} durable commands), {done} took place", orders.len())
    }
}
