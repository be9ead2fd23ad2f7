//! Payments against what the acquirer did.

use super::same;
use crate::sim::{
    acquirer::{Fate, Operation},
    client::SimClient,
    cluster::Cluster,
    command::{Deed, euro},
    history::Record,
    readers::sale,
};
use purser_subjects::{
    MerchantId,
    account::{Role, SystemAccount},
    transaction::{OperationKind, PaymentStatus},
};
use std::collections::BTreeMap;

/// Captured and refunded is what the acquirer captured and refunded, on the payment and in the books.
pub(super) async fn check(
    cluster: &Cluster,
    client: &SimClient,
    records: &[Record],
) -> Result<(), String> {
    let operations = cluster.house.operations();
    let mut clearing: BTreeMap<MerchantId, i64> = BTreeMap::new();
    for Record { command, answer, .. } in records {
        let (Deed::Authorise { .. }, Some(sale)) = (&command.deed, sale(command)) else { continue };
        if !matches!(answer, Some(Ok(_))) {
            continue;
        }
        let Some(found) = client.inquire(sale).await else {
            return Err(format!("{sale:?} was accepted and cannot be inquired"));
        };
        let place = |what: &str| format!("{what} of {sale:?}");
        let id = sale.id();
        let of = |kinds: &[OperationKind]| {
            let counts = |operation: &&Operation| {
                operation.payment == id
                    && operation.fate == Fate::Approved
                    && kinds.contains(&operation.kind)
            };
            operations.iter().filter(counts).map(|operation| operation.amount).sum::<i64>()
        };
        let authorised = of(&[OperationKind::Authorise, OperationKind::Purchase]);
        let captured = of(&[OperationKind::Purchase, OperationKind::Capture]);
        let (refunded, voided) = (of(&[OperationKind::Refund]), of(&[OperationKind::Void]));
        same(place("captured"), captured, found.captured)?;
        same(place("refunded"), refunded, found.refunded)?;
        same(place("voided"), voided > 0, found.status == PaymentStatus::Voided)?;
        same(place("declined"), authorised == 0, found.status == PaymentStatus::Declined)?;
        let within = captured <= authorised && refunded <= captured && voided * captured == 0;
        same(place("bounds"), true, within)?;
        *clearing.entry(sale.merchant.clone()).or_default() += captured - refunded;
    }
    for (merchant, owed) in clearing {
        let system = SystemAccount { merchant, currency: euro(), role: Role::Clearing };
        let row = cluster.store.balance(&system.id());
        same(system.id(), owed, -row.map_or(0, |row| row.posted))?;
    }
    Ok(())
}
