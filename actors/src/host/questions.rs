//! Answers what a command must know of other entities, before it reaches its receiver. Asked here and
//! not by the actor, so that two actors can never wait for each other.

use crate::{
    client::{AskOptions, Client},
    entity::{Facts, Question},
};
use futures_util::{StreamExt, stream};
use purser_subjects::{
    AccountId, MerchantId, Money, Rejection,
    account::{CreditCheck, Role, SystemAccount},
    merchant::{MerchantStanding, ReadStanding},
};
use std::time::Duration;

/// Answers wait no longer for other entities.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Questions of one command under way at once.
const CONCURRENT: usize = 32;

/// Asks all of `questions`.
pub(super) async fn answer(client: &Client, questions: Vec<Question>) -> Facts {
    let mut facts = Facts::default();
    let mut credits = Vec::new();
    for question in questions {
        match question {
            Question::Credit(account, amount) => credits.push((account, amount)),
            Question::Standing(merchant) => {
                facts.standing = Some(standing(client, &merchant).await);
            }
        }
    }
    let asks = credits.into_iter().map(|(account, amount)| credit(client, account, amount));
    facts.credits = stream::iter(asks).buffered(CONCURRENT).collect().await;
    facts
}

fn options() -> AskOptions {
    AskOptions { timeout: TIMEOUT, ..AskOptions::default() }
}

async fn standing(client: &Client, merchant: &MerchantId) -> Result<MerchantStanding, Rejection> {
    client.ask(merchant.entity_id(), ReadStanding {}, options()).await
}

async fn credit(
    client: &Client,
    account: AccountId,
    amount: Money,
) -> Result<Option<i64>, Rejection> {
    // System accounts without a floor take everything: nobody can freeze, close or limit them.
    if SystemAccount::parse(&account).is_some_and(|system| system.role != Role::Available) {
        return Ok(None);
    }
    let accepted = client.ask(account.entity_id(), CreditCheck { amount }, options()).await?;
    Ok(accepted.headroom)
}
