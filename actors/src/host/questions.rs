//! Answers what a command must know of other entities, before it reaches its receiver. Asked here and
//! not by the actor, so that two actors can never wait for each other.

use super::{
    deliver::{CommandInput, Deliver, Input},
    registry::Hosted,
    services::Services,
};
use crate::{
    account::Account,
    entity::{Facts, Question},
    merchant::Merchant,
};
use futures_util::{StreamExt, stream};
use purser_subjects::{
    AccountId, Answer, Ask, EntityId, ErrorCode, MerchantId, Money, Rejection,
    account::{CreditCheck, Role, SystemAccount},
    merchant::{MerchantStanding, ReadStanding},
};
use std::time::Duration;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use uuid::Uuid;

/// Answers wait no longer for other entities.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Questions of one command under way at once.
const CONCURRENT: usize = 32;

/// Puts the questions of one command to entities of this node. Straight to their hosts: a question over
/// the bus costs as much as the command that it is for.
pub(super) struct Inquiry<'a> {
    pub(super) services: &'a Services,
    /// Bounds the questions of the node.
    pub(super) permits: &'a Semaphore,
    /// Correlation of the command.
    pub(super) correlation: Uuid,
    /// Id of the command.
    pub(super) causation: Uuid,
}

impl Inquiry<'_> {
    /// Asks all of `questions`.
    pub(super) async fn answer(&self, questions: Vec<Question>) -> Facts {
        let mut facts = Facts::default();
        let mut credits = Vec::new();
        for question in questions {
            match question {
                Question::Credit(account, amount) => credits.push((account, amount)),
                Question::Standing(merchant) => {
                    facts.standing = Some(self.standing(&merchant).await);
                }
            }
        }
        let asks = credits.into_iter().map(|(account, amount)| self.credit(account, amount));
        facts.credits = stream::iter(asks).buffered(CONCURRENT).collect().await;
        facts
    }

    async fn standing(&self, merchant: &MerchantId) -> Result<MerchantStanding, Rejection> {
        self.ask::<Merchant, _>(merchant.entity_id(), ReadStanding {}).await
    }

    async fn credit(&self, account: AccountId, amount: Money) -> Result<Option<i64>, Rejection> {
        // System accounts without a floor take everything: nobody can freeze, close or limit them.
        if SystemAccount::parse(&account).is_some_and(|system| system.role != Role::Available) {
            return Ok(None);
        }
        let check = CreditCheck { amount };
        Ok(self.ask::<Account, _>(account.entity_id(), check).await?.headroom)
    }

    async fn ask<E: Hosted, A: Ask>(&self, id: &EntityId, ask: A) -> Result<A::Reply, Rejection>
    where
        E::Command: From<A>,
    {
        let Ok(permit) = self.permits.try_acquire() else {
            metrics::counter!("purser_overloaded_total").increment(1);
            let why = "too many questions between entities";
            return Err(Rejection::new(ErrorCode::Overloaded, why).retry_after_ms(1_000));
        };
        let (reply, answered) = oneshot::channel();
        let (command, facts) = (ask.into(), Facts::default());
        self.services.hosts().of::<E>(id).do_send(Deliver {
            id: id.clone(),
            input: Input::Command(Box::new(CommandInput { command, key: None, facts })),
            reply: Some(reply),
            arrival: self.services.next_arrival(),
            correlation: self.correlation,
            causation: self.causation,
            ticket: self.services.in_flight.enter(E::KIND, self.services.clock.now()),
        });
        let answer = timeout(TIMEOUT, answered).await;
        drop(permit);
        let unavailable =
            |why: &str| Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(200);
        let answer = answer
            .map_err(|_| unavailable("another entity did not answer in time"))?
            .map_err(|_| unavailable("another entity failed at a question"))?;
        Answer::from_bytes(&answer).map_err(|error| unavailable(&error.to_string()))?.into_result()
    }
}
