//! Card bindings against what the issuer did.

use super::same;
use crate::sim::{client::SimClient, cluster::Cluster, command::Deed, history::Record, issuer};
use purser_actors::ports::IssuerAnswer;
use purser_subjects::{
    binding::{SessionStage, TokenStatus},
    connector::IssuerOperation,
};
use std::collections::BTreeMap;

/// A session is bound where its issuer has bound the card, once, and nowhere else; and no card of a customer
/// is bound in two of them.
pub(super) async fn check(
    cluster: &Cluster,
    client: &SimClient,
    records: &[Record],
) -> Result<(), String> {
    let operations = cluster.bank.operations();
    let mut holders = BTreeMap::new();
    for Record { command, answer, .. } in records {
        let Deed::BeginLink { link } = &command.deed else { continue };
        if !matches!(answer, Some(Ok(_))) {
            continue;
        }
        let Some(found) = client.binding(link).await else {
            return Err(format!("{link:?} was begun and cannot be inquired"));
        };
        let place = |what: &str| format!("{what} of {link:?}");
        let id = link.id();
        let count = |counts: &dyn Fn(&issuer::Operation) -> bool| {
            operations.iter().filter(|op| op.binding == id && counts(op)).count()
        };
        let bound = count(&|op| {
            op.kind == IssuerOperation::VerifyOtp && matches!(op.answer, IssuerAnswer::Bound { .. })
        });
        let told =
            count(&|op| op.kind == IssuerOperation::Unbind && op.answer == IssuerAnswer::Done);
        same(place("bound"), usize::from(found.stage == SessionStage::Bound), bound)?;
        let Some(token) = found.token else { continue };
        let is_over = token.status == TokenStatus::Disabled;
        same(place("unbound"), is_over, told > 0)?;
        if !is_over {
            let last4 = found.card.map(|card| card.last4);
            let card = (link.merchant.clone(), link.customer.clone(), last4);
            if let Some(other) = holders.insert(card, id) {
                return Err(format!("the card of {link:?} is bound in {other} too"));
            }
        }
    }
    Ok(())
}
