//! Clients that only look, and compare what they see with what they know.

use super::{
    client::SimClient,
    command::{Command, Deed, PATIENCE, Sale},
    history::Record,
    link::CardLink,
    script::{SINK, account},
};
use purser_actors::AskOptions;
use purser_subjects::{
    account::{BalanceView, ReadBalance},
    binding::{BindingView, InquireBinding},
    decode,
    transaction::{Inquire, PaymentReply, PaymentView},
};
use std::time::Duration;
use tokio::time::sleep;

impl SimClient {
    /// Reads the sink's balance again and again. It must have all that was acknowledged when the question
    /// was put, and nothing that had not been asked for when the answer came.
    pub(crate) async fn watch_sink(self) {
        let mut seen = 0;
        loop {
            sleep(Duration::from_millis(self.world.dice.between(100, 2_000))).await;
            let least = self.sum_to_sink(Record::is_done);
            let options = AskOptions { timeout: PATIENCE, ..AskOptions::default() };
            let sink = account(SINK);
            let answer = self.client.ask(sink.entity_id(), ReadBalance::default(), options).await;
            let Ok(BalanceView { posted, .. }) = answer else { continue };
            let most = self.sum_to_sink(|_| true);
            if posted < least || posted < seen || posted > most {
                let what = format!("the sink had {posted}, not {least} or {seen} to {most}");
                self.history.complain(what);
            }
            seen = posted;
        }
    }

    /// Sum of what commands that `count` moved into the sink, or would move.
    fn sum_to_sink(&self, count: impl Fn(&Record) -> bool) -> i64 {
        let amount = |record: &Record| match &record.command.deed {
            Deed::Transfer { to, amount, .. } | Deed::Settle { to, amount, .. }
                if to.as_str() == SINK =>
            {
                *amount
            }
            _ => 0,
        };
        self.history.records().iter().filter(|record| count(record)).map(amount).sum()
    }

    /// Looks at payments again and again: what was acknowledged about one must show.
    pub(crate) async fn watch_payments(self) {
        loop {
            sleep(Duration::from_millis(self.world.dice.between(100, 1_500))).await;
            let records = self.history.records();
            let done: Vec<&Record> =
                records.iter().filter(|r| sale(&r.command).is_some()).collect();
            if done.is_empty() {
                continue;
            }
            let record = *self.world.dice.pick(&done);
            if let (Some(sale), Some(Ok(reply))) = (sale(&record.command), &record.answer) {
                let known = decode::<PaymentReply>(reply).unwrap().payment;
                self.compare(sale, &known).await;
            }
        }
    }

    async fn compare(&self, sale: &Sale, known: &PaymentView) {
        let Some(found) = self.inquire(sale).await else { return };
        let has_all = found.captured >= known.captured && found.refunded >= known.refunded;
        let same = found.reference == known.reference && found.amount == known.amount;
        if !has_all || !same {
            self.history.complain(format!("a payment went back: from {known:?} to {found:?}"));
        }
    }

    /// The payment as it stands; `None` when nobody says.
    pub(crate) async fn inquire(&self, sale: &Sale) -> Option<PaymentView> {
        let options = AskOptions { timeout: PATIENCE, ..AskOptions::default() };
        let inquire = Inquire { merchant: sale.merchant.clone() };
        self.client.ask(sale.id().entity_id(), inquire, options).await.ok()
    }
}

impl SimClient {
    /// A card binding as it stands; `None` when nobody says.
    pub(crate) async fn binding(&self, link: &CardLink) -> Option<BindingView> {
        let options = AskOptions { timeout: PATIENCE, ..AskOptions::default() };
        let inquire = InquireBinding { merchant: link.merchant.clone() };
        self.client.ask(link.id().entity_id(), inquire, options).await.ok()
    }
}

/// The payment that the command is about.
pub(crate) fn sale(command: &Command) -> Option<&Sale> {
    match &command.deed {
        Deed::Authorise { sale, .. }
        | Deed::Capture { sale, .. }
        | Deed::Void { sale }
        | Deed::Refund { sale, .. } => Some(sale),
        _ => None,
    }
}
