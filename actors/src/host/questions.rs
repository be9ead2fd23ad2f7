//! Answers what a command must know of other entities, before it reaches its receiver. Asked here and
//! not by the actor, so that two actors can never wait for each other.

use super::{
    deliver::{CommandInput, Deliver, Input},
    reads,
    registry::Hosted,
    services::Services,
};
use crate::{
    account::Account,
    entity::{Facts, Question},
    merchant::Merchant,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use purser_subjects::{
    AccountId, Address, Answer, Ask, EntityId, EntityKey, Envelope, ErrorCode, MerchantId, Money,
    Rejection,
    account::{CreditCheck, Role, SystemAccount},
    encode,
    merchant::{MerchantStanding, MerchantStatus, ReadStanding},
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

/// Puts the questions of one command to other entities.
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
                Question::Issuing(merchant) => {
                    facts.standing = Some(self.issuing(&merchant).await);
                }
                Question::Delivery(delivery) => {
                    let read = self.services.store.delivery(delivery).await;
                    facts.delivery = Some(read.map_err(|_| reads::store_failed()));
                }
            }
        }
        let asks = credits.into_iter().map(|(account, amount)| self.credit(account, amount));
        facts.credits = stream::iter(asks).buffered(CONCURRENT).collect().await;
        facts
    }

    async fn standing(&self, merchant: &MerchantId) -> Result<MerchantStanding, Rejection> {
        let standing = self.read_standing(merchant).await?;
        if standing.status == MerchantStatus::Active {
            // What cannot be sent is refused before anything is stored; a suspension is told first.
            let acquirer = standing.terms.acquirer.as_ref();
            self.services.acquirer.serves(standing.environment, acquirer)?;
        }
        Ok(standing)
    }

    async fn issuing(&self, merchant: &MerchantId) -> Result<MerchantStanding, Rejection> {
        let standing = self.read_standing(merchant).await?;
        if standing.status == MerchantStatus::Active {
            let issuer = standing.terms.issuer.as_ref();
            self.services.issuer.serves(standing.environment, issuer)?;
        }
        Ok(standing)
    }

    async fn read_standing(&self, merchant: &MerchantId) -> Result<MerchantStanding, Rejection> {
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
        let answer = timeout(TIMEOUT, self.put::<E, A>(id, ask)).await;
        drop(permit);
        let answer =
            answer.map_err(|_| unavailable("another entity did not answer in time")).flatten()?;
        Answer::from_bytes(&answer).map_err(|error| unavailable(&error.to_string()))?.into_result()
    }

    /// Straight to the host when the slot is here: a question over the bus costs as much as the command
    /// that it is for. Else to the node that has the slot, also when it goes there just now.
    async fn put<E: Hosted, A: Ask>(&self, id: &EntityId, ask: A) -> Result<Bytes, Rejection>
    where
        E::Command: From<A>,
    {
        let ownership = &self.services.ownership;
        let entity = EntityKey::new(E::KIND, id.clone());
        let slot = ownership.slot_of(&entity);
        if ownership.is_open(slot) {
            let (reply, answered) = oneshot::channel();
            let (command, facts) = (ask.clone().into(), Facts::default());
            self.services.hosts().of::<E>(slot.partition).do_send(Deliver {
                id: id.clone(),
                input: Input::Command(Box::new(CommandInput { command, key: None, facts })),
                reply: Some(reply),
                arrival: self.services.next_arrival(),
                correlation: self.correlation,
                causation: self.causation,
                ticket: self.services.in_flight.enter(E::KIND, self.services.clock.now()),
            });
            match answered.await {
                Ok(answer) => return Ok(answer),
                Err(_) if ownership.is_open(slot) => {
                    return Err(unavailable("another entity failed at a question"));
                }
                Err(_) => {}
            }
        }
        let mut envelope = Envelope::new("purser", ask);
        // Without a deadline: a late answer does no harm, and by the other node's clock the question may
        // seem to come too late, which is not what the command's sender should be told.
        (envelope.correlation, envelope.causation) = (self.correlation, Some(self.causation));
        let to = Address::new(entity, A::VERB, ownership.partitions());
        self.services.ask_owner(to, encode(&envelope).into(), TIMEOUT).await
    }
}

fn unavailable(why: &str) -> Rejection {
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(200)
}
