//! The ledger against the test's own reckoning from what the merchants were answered.

use super::{history::Payment, merchants::Merchant};
use purser::store::{self, StoreTarget};
use purser_actors::ports::Store;
use purser_subjects::{
    EntityKey, EntityKind,
    account::{Role, SystemAccount},
};
use std::collections::{BTreeMap, BTreeSet};

/// Entities read at a time.
const PAGE: u32 = 500;

/// What one merchant's accounts in one currency must come to, in minor units.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    /// What the acquirer owes.
    clearing: i64,
    fees: i64,
    /// Pending, available and reserve: what is owed to the merchant, settled or not.
    owed: i64,
    held: i64,
}

/// Compares the balances of a stopped server with what its payments come to.
pub(crate) async fn check(target: &StoreTarget, merchants: &[Merchant], payments: &[Payment]) {
    let mut expected: BTreeMap<(usize, &str), Books> = BTreeMap::new();
    for payment in payments {
        let net = payment.captured() - payment.refunded();
        let fee = merchants[payment.merchant].fee(net, payment.currency);
        let books = expected.entry((payment.merchant, payment.currency)).or_default();
        books.clearing += net;
        books.fees += fee;
        books.owed += net - fee;
    }
    let store = store::open(target).await.expect("the store opens");
    for ((merchant, currency), expected) in expected {
        let found = balances(&*store, &merchants[merchant].id, currency).await;
        assert_eq!(found, expected, "{currency} of merchant {merchant}");
    }
    let known: BTreeSet<String> = payments.iter().filter_map(Payment::id).collect();
    assert_eq!(stored_payments(target).await, known, "payments that nobody made, or lost ones");
}

async fn balances(store: &dyn Store, merchant: &str, currency: &str) -> Books {
    let posted = async |role| {
        let account = SystemAccount {
            merchant: merchant.parse().expect("an id"),
            currency: currency.parse().expect("a currency"),
            role,
        };
        let key = EntityKey::new(EntityKind::Account, account.id().entity_id().clone());
        let stored = store.load(&[key]).await.expect("the store can be read");
        let balance = stored[0].balance.as_ref();
        balance.map_or((0, 0), |balance| (balance.posted, balance.held))
    };
    let (pending, _) = posted(Role::Pending).await;
    let (available, held) = posted(Role::Available).await;
    let (reserve, _) = posted(Role::Reserve).await;
    Books {
        clearing: -posted(Role::Clearing).await.0,
        fees: posted(Role::Fees).await.0,
        owed: pending + available + reserve,
        held,
    }
}

async fn stored_payments(target: &StoreTarget) -> BTreeSet<String> {
    let mut audit = store::audit(target).await.expect("the store can be read");
    let (mut ids, mut after) = (BTreeSet::new(), None);
    loop {
        let page = audit.entities(after.as_ref(), PAGE).await.expect("the store can be read");
        let Some(last) = page.last() else { return ids };
        after = Some(last.key.clone());
        let payments = page.iter().filter(|entity| entity.key.kind == EntityKind::Transaction);
        ids.extend(payments.map(|entity| entity.key.id.to_string()));
    }
}
