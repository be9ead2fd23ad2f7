//! Card bindings as they are looked up, and claims that one binding holds at a time.

use super::fixture::{Fixture, at};
use purser_actors::ports::{Batch, BindingQuery, BindingRow, Refusal};
use purser_subjects::{BindingId, binding::TokenStatus};

fn row(id: &str, customer: Option<&str>, claim: Option<&str>) -> BindingRow {
    BindingRow {
        binding: id.parse().unwrap(),
        merchant: "10001".parse().unwrap(),
        customer: customer.map(str::to_owned),
        status: None,
        bank_code: None,
        last4: "4242".into(),
        claim: claim.map(str::to_owned),
        created_at: at(0),
    }
}

fn holding(id: &str, claim: &str) -> BindingRow {
    row(id, Some("siti"), Some(claim))
}

fn released(id: &str) -> BindingRow {
    row(id, Some("siti"), None)
}

fn batch(fixture: &Fixture, bindings: Vec<BindingRow>) -> Batch {
    Batch { bindings, ..fixture.batch() }
}

fn all(merchant: &str, customer: Option<&str>) -> BindingQuery {
    let (merchant, customer) = (merchant.parse().unwrap(), customer.map(str::to_owned));
    BindingQuery { merchant, customer, after: None, limit: 10 }
}

fn taken(id: &str) -> Refusal {
    Refusal::ClaimTaken(id.parse().unwrap())
}

async fn holder(fixture: &Fixture, claim: &str) -> Vec<BindingId> {
    let rows = fixture.store.bindings(&all("10001", None)).await.unwrap();
    let of_claim = rows.into_iter().filter(|row| row.claim.as_deref() == Some(claim));
    of_claim.map(|row| row.binding).collect()
}

on_every_engine! {
    async fn bindings_read_back_by_merchant_and_customer(fixture) {
        let mut fixture = fixture;
        let siti = holding("b1", "c1");
        let nobody = row("b2", None, Some("c2"));
        let other = BindingRow {
            merchant: "10002".parse().unwrap(),
            ..row("b3", Some("siti"), Some("c3"))
        };
        let rows = vec![siti.clone(), nobody.clone(), other.clone()];
        fixture.commit(batch(&fixture, rows)).await.unwrap();
        let store = fixture.store.clone();
        let found = store.bindings(&all("10001", None)).await.unwrap();
        assert_eq!(found, [siti.clone(), nobody.clone()]);
        let hers = store.bindings(&all("10001", Some("siti"))).await.unwrap();
        assert_eq!(hers, std::slice::from_ref(&siti));
        assert_eq!(store.bindings(&all("10002", Some("siti"))).await.unwrap(), [other]);
        assert_eq!(store.bindings(&all("10001", Some("ani"))).await.unwrap(), []);
        let first = BindingQuery { limit: 1, ..all("10001", None) };
        assert_eq!(store.bindings(&first).await.unwrap(), [siti]);
        let rest = BindingQuery { after: Some("b1".parse().unwrap()), ..all("10001", None) };
        assert_eq!(store.bindings(&rest).await.unwrap(), [nobody]);

        let bound = BindingRow {
            status: Some(TokenStatus::Active),
            bank_code: Some("002".into()),
            last4: "1111".into(),
            ..holding("b1", "c1")
        };
        fixture.commit(batch(&fixture, vec![bound.clone()])).await.unwrap();
        assert_eq!(store.bindings(&all("10001", Some("siti"))).await.unwrap(), [bound]);
    }

    async fn a_claim_has_one_holder(fixture) {
        let mut fixture = fixture;
        fixture.commit(batch(&fixture, vec![holding("b1", "c1")])).await.unwrap();
        let second = batch(&fixture, vec![holding("b2", "c1"), holding("b3", "c2")]);
        assert_eq!(fixture.refusals(second).await, [taken("b2")]);
        // Nothing of the refused batch is there.
        assert_eq!(holder(&fixture, "c2").await, []);
        // Its holder may keep it.
        fixture.commit(batch(&fixture, vec![holding("b1", "c1")])).await.unwrap();
        assert_eq!(holder(&fixture, "c1").await, ["b1".parse().unwrap()]);
    }

    async fn of_two_in_a_batch_one_gets_the_claim(fixture) {
        let mut fixture = fixture;
        let both = batch(&fixture, vec![holding("b1", "c1"), holding("b2", "c1")]);
        assert_eq!(fixture.refusals(both).await.len(), 1);
    }

    async fn what_is_given_back_is_free_in_the_same_batch(fixture) {
        let mut fixture = fixture;
        fixture.commit(batch(&fixture, vec![holding("b2", "c1")])).await.unwrap();
        let change = batch(&fixture, vec![holding("b1", "c1"), released("b2")]);
        fixture.commit(change).await.unwrap();
        assert_eq!(holder(&fixture, "c1").await, ["b1".parse().unwrap()]);
        // Another claim takes the place of the one before.
        fixture.commit(batch(&fixture, vec![holding("b1", "c2")])).await.unwrap();
        fixture.commit(batch(&fixture, vec![holding("b2", "c1")])).await.unwrap();
        assert_eq!(holder(&fixture, "c2").await, ["b1".parse().unwrap()]);
    }

    async fn nodes_that_take_one_claim_at_once_do_not_both_get_it(fixture) {
        let mut fixture = fixture;
        let mut other = fixture.beside(super::fixture::LONG).await;
        let first = batch(&fixture, vec![holding("b1", "c1")]);
        let second = batch(&other, vec![holding("b2", "c1")]);
        let (first, second) = tokio::join!(fixture.commit(first), other.commit(second));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert_eq!(holder(&fixture, "c1").await.len(), 1);
    }
}
