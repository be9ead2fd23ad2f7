//! Shops that sell without pause: each flow is one payment and what follows it.

use super::{
    cards::CARDS,
    client::{Client, Request},
    history::{Kind, Payment, Step},
    merchants::{Merchant, Order},
    plan,
};
use rand::{RngExt, rngs::StdRng};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// Flows at a time.
const SHOPS: u64 = 32;
/// Longest pause between two flows, in milliseconds.
const PAUSE_MS: u64 = 40;
/// Longest wait of a customer who goes away without an answer.
const ABANDONED_MS: u64 = 60;
const CURRENCIES: [&str; 4] = ["EUR", "EUR", "USD", "JPY"];

/// What all shops share.
#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) client: Client,
    pub(crate) merchants: Vec<Merchant>,
    pub(crate) receiver: SocketAddr,
    /// Payments answered lately, to be looked for after the next start.
    pub(crate) fresh: Mutex<Vec<Payment>>,
    closing: AtomicBool,
}

impl Market {
    pub(crate) fn new(client: Client, merchants: Vec<Merchant>, receiver: SocketAddr) -> Arc<Self> {
        let (fresh, closing) = (Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { client, merchants, receiver, fresh, closing })
    }

    /// Opens the shops; each ends with all its payments after the market has closed.
    pub(crate) fn open(self: &Arc<Self>, seed: u64) -> JoinSet<Vec<Payment>> {
        let shop = |number| {
            let random = plan::random(seed, number);
            Shop { market: self.clone(), number, random, sold: Vec::new() }.run()
        };
        (1..=SHOPS).map(shop).collect()
    }

    /// Lets the shops finish what they do, and no more.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}

struct Shop {
    market: Arc<Market>,
    number: u64,
    random: StdRng,
    sold: Vec<Payment>,
}

impl Shop {
    async fn run(mut self) -> Vec<Payment> {
        while !self.market.closing.load(Ordering::Relaxed) {
            self.sell().await;
            let pause = self.random.random_range(0..PAUSE_MS);
            sleep(Duration::from_millis(pause)).await;
        }
        self.sold
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    /// One payment, and what the merchant does with it.
    async fn sell(&mut self) {
        let (mut payment, kind, amount) = self.order();
        if self.chance(3) {
            // A customer who does not wait. What came of it shows in the end.
            let wait = Duration::from_millis(self.random.random_range(1..ABANDONED_MS));
            let request = &payment.steps[0].request;
            let _ = timeout(wait, self.market.client.try_once(request)).await;
            self.sold.push(payment);
            return;
        }
        self.answer_last(&mut payment).await;
        let fresh = payment.clone();
        self.market.fresh.lock().expect("no holder panics").push(fresh);
        match kind {
            Kind::Authorise => self.after_authorisation(&mut payment, amount).await,
            _ => self.maybe_refund(&mut payment, amount, 40).await,
        }
        self.sold.push(payment);
    }

    fn order(&mut self) -> (Payment, Kind, i64) {
        let merchant = self.random.random_range(0..self.market.merchants.len());
        let currency = CURRENCIES[self.random.random_range(0..CURRENCIES.len())];
        let mut draw = self.random.random_range(0..CARDS.iter().map(|card| card.weight).sum());
        let drawn = |card: &&super::cards::Card| match draw.checked_sub(card.weight) {
            Some(rest) => {
                draw = rest;
                false
            }
            None => true,
        };
        let card = CARDS.iter().find(drawn).expect("the draw is below the sum");
        let amount = self.random.random_range(1..50_000);
        let kind = if self.chance(50) { Kind::Purchase } else { Kind::Authorise };
        let reference = format!("shop{}-{}", self.number, self.sold.len());
        // Half of the notifications go to one endpoint of the merchant, the rest to one for each payment.
        let notify = if self.chance(50) {
            format!("/{merchant}")
        } else {
            format!("/{merchant}/{reference}")
        };
        let url = format!("http://{}{notify}", self.market.receiver);
        let number = card.number;
        let order = Order { reference: &reference, amount, currency, card: number, notify: &url };
        let mut request = self.market.merchants[merchant].pay(kind, &order);
        request.as_form = self.chance(30);
        let steps = vec![Step { kind, amount, request, answer: None }];
        (Payment { merchant, reference, currency, card, notify, steps }, kind, amount)
    }

    /// Captures, reverses, both at once, or neither.
    async fn after_authorisation(&mut self, payment: &mut Payment, amount: i64) {
        let part = self.random.random_range(1..=amount);
        match self.random.random_range(0..10) {
            0..3 => self.change(payment, Kind::Capture, amount).await,
            3..6 => {
                self.change(payment, Kind::Capture, part).await;
                if amount > part && self.chance(50) {
                    self.change(payment, Kind::Capture, amount - part).await;
                }
            }
            6..8 => return self.change(payment, Kind::Void, amount).await,
            8 => return self.race(payment, amount).await,
            _ => return,
        }
        self.maybe_refund(payment, part, 40).await;
    }

    async fn maybe_refund(&mut self, payment: &mut Payment, amount: i64, percent: u32) {
        if !self.chance(percent) {
            return;
        }
        let part = self.random.random_range(1..=amount);
        self.change(payment, Kind::Refund, part).await;
        if part < amount && self.chance(30) {
            self.change(payment, Kind::Refund, amount - part).await;
        }
    }

    /// A capture and a reversal at the same time: one of them wins.
    async fn race(&mut self, payment: &mut Payment, amount: i64) {
        let Some(capture) = self.step(payment, Kind::Capture, amount) else { return };
        payment.steps.push(capture);
        let Some(void) = self.step(payment, Kind::Void, amount) else { return };
        payment.steps.push(void);
        let client = &self.market.client;
        let [.., capture, void] = &mut payment.steps[..] else { return };
        let answers = tokio::join!(client.ask(&capture.request), client.ask(&void.request));
        (capture.answer, void.answer) = (Some(answers.0), Some(answers.1));
    }

    async fn change(&mut self, payment: &mut Payment, kind: Kind, amount: i64) {
        if let Some(step) = self.step(payment, kind, amount) {
            payment.steps.push(step);
            self.answer_last(payment).await;
        }
    }

    fn step(&self, payment: &Payment, kind: Kind, amount: i64) -> Option<Step> {
        let id = payment.id().filter(|id| id != "-")?;
        let merchant = &self.market.merchants[payment.merchant];
        let key = format!("{}-{}", payment.reference, payment.steps.len());
        let request: Request = merchant.change(kind, &id, amount, payment.currency, key);
        Some(Step { kind, amount, request, answer: None })
    }

    /// Asks until the last step is answered; sometimes twice at once, sometimes once more after it.
    async fn answer_last(&mut self, payment: &mut Payment) {
        let (twice, again) = (self.chance(4), self.chance(5));
        let client = &self.market.client;
        let step = payment.steps.last_mut().expect("a payment has a step");
        let answer = if twice {
            let (one, other) = tokio::join!(client.ask(&step.request), client.ask(&step.request));
            assert_eq!(one, other, "twins of {:?}", step.request);
            one
        } else {
            client.ask(&step.request).await
        };
        if again {
            assert_eq!(client.ask(&step.request).await, answer, "repeated {:?}", step.request);
        }
        step.answer = Some(answer);
        // Panics on an answer that cannot be right, while it is still known what happened around it.
        payment.end(payment.steps.last().expect("a payment has a step"));
    }
}
