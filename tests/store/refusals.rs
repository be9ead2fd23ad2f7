//! What may not be stored is named, all of it, and nothing of the batch stays.

use super::fixture::{
    Fixture, account, at, change, delivery, entity, event, guarded, key, posting, slot_of, slots,
    transaction, unguarded, writes,
};
use purser_actors::ports::{
    AccountWrite, AnswerKey, AnswerWrite, BalanceChange, Batch, CredentialWrite, OutboxRow, Refusal,
};
use purser_subjects::account::{AccountStatus, AccountTerms};

/// A batch that writes to every table and would be accepted.
async fn full_batch(fixture: &Fixture) -> Batch {
    let mut batch = fixture.batch();
    batch.entities = vec![entity(key("new"), 0, 1)];
    batch.events = vec![event(key("new"), 1)];
    batch.postings = vec![posting("new", -5, at(1)), posting("other", 5, at(1))];
    batch.balances = vec![BalanceChange { create: Some(guarded()), ..change("new", 5) }];
    let (status, terms) = (AccountStatus::Frozen, unguarded());
    batch.accounts = vec![AccountWrite { account: account("opened"), terms, status }];
    batch.answers = vec![insert(1)];
    batch.outbox = vec![OutboxRow {
        number: 1,
        slot: slot_of(&key("new")),
        to: key("other"),
        verb: "credited".into(),
        envelope: "letter".into(),
    }];
    batch.deliveries = writes([delivery("endpoint", "payment", 1, 0)]);
    batch.credentials = vec![credential("new-name")];
    batch
}

fn insert(key: u8) -> AnswerWrite {
    let (digest, answer) = ([key; 32], Some("done".into()));
    AnswerWrite::Insert { key: AnswerKey([key; 16]), digest, answer }
}

fn credential(name: &str) -> CredentialWrite {
    let merchant = "10001".parse().unwrap();
    CredentialWrite { scheme: "gateway".into(), name: name.into(), merchant }
}

async fn assert_nothing_stored(fixture: &Fixture) {
    let store = &fixture.store;
    assert_eq!(store.journal_head(1).await.unwrap(), fixture.head);
    assert_eq!(
        store.load(&[key("new"), key("opened")]).await.unwrap(),
        [Default::default(), Default::default()]
    );
    assert_eq!(store.answers(&[AnswerKey([1; 16])]).await.unwrap(), [None]);
    assert!(store.outbox(&slots(), 0, 10).await.unwrap().is_empty());
    assert!(super::fixture::due(store, &slots(), at(1_000)).await.is_empty());
    assert!(store.events(1, fixture.head.event, 10).await.unwrap().is_empty());
    assert_eq!(store.merchant_by_credential("gateway", "new-name").await.unwrap(), None);
    let mut audit = fixture.audit().await.unwrap();
    assert!(audit.batches(fixture.head.batch, 10).await.unwrap().is_empty());
    assert_eq!(audit.summary().await.unwrap().postings, fixture.head.posting);
}

on_every_engine! {
    async fn an_accepted_batch_is_stored_whole(fixture) {
        let mut fixture = fixture;
        let batch = full_batch(&fixture).await;
        fixture.commit(batch).await.unwrap();
        let store = &fixture.store;
        let found = store.load(&[key("new"), key("opened")]).await.unwrap();
        assert_eq!((found[0].version, found[0].balance.as_ref().unwrap().posted), (1, 5));
        assert_eq!(found[1].balance.as_ref().unwrap().status, AccountStatus::Frozen);
        assert!(store.answers(&[AnswerKey([1; 16])]).await.unwrap()[0].is_some());
        assert_eq!(store.outbox(&slots(), 0, 10).await.unwrap().len(), 1);
        assert_eq!(super::fixture::due(store, &slots(), at(1_000)).await.len(), 1);
        assert_eq!(store.events(1, 0, 10).await.unwrap().len(), 1);
        let owner = store.merchant_by_credential("gateway", "new-name").await.unwrap();
        assert_eq!(owner, Some("10001".parse().unwrap()));
    }

    async fn entities_of_another_version_are_stale(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.entities = vec![entity(key("one"), 0, 1), entity(key("two"), 0, 2)];
        fixture.commit(batch).await.unwrap();
        let mut batch = full_batch(&fixture).await;
        batch.entities.extend([
            entity(key("one"), 0, 1),
            entity(key("two"), 1, 2),
            entity(transaction("missing"), 3, 4),
        ]);
        // The event would clash with nothing but shows that the entity is asked first.
        batch.events.push(event(key("one"), 1));
        let refused = fixture.refusals(batch).await;
        assert_eq!(refused, [
            Refusal::StaleEntity(key("one")),
            Refusal::StaleEntity(key("two")),
            Refusal::StaleEntity(transaction("missing")),
        ]);
        assert_nothing_stored(&fixture).await;
    }

    async fn every_rule_of_balances_is_asked(fixture) {
        let mut fixture = fixture;
        let ceiling = AccountTerms { ceiling: Some(10), ..guarded() };
        fixture.with_balances(&[
            ("above", 10, ceiling),
            ("below", 10, guarded()),
            ("frozen", 10, guarded()),
            ("guarded", 10, guarded()),
            ("huge", 1 << 61, unguarded()),
        ]).await;
        let mut freeze = fixture.batch();
        let (status, terms) = (AccountStatus::Frozen, guarded());
        freeze.accounts = vec![AccountWrite { account: account("frozen"), terms, status }];
        fixture.commit(freeze).await.unwrap();

        let mut batch = full_batch(&fixture).await;
        batch.balances.extend([
            BalanceChange { credited_by_others: true, ..change("above", 1) },
            BalanceChange { debited_by_owner: true, ..change("below", -11) },
            BalanceChange { credited_by_others: true, ..change("frozen", 1) },
            BalanceChange { debited_by_others: true, ..change("guarded", -1) },
            change("huge", 1),
            change("unknown", 1),
        ]);
        let refused = fixture.refusals(batch).await;
        assert_eq!(refused, [
            Refusal::AboveCeiling(account("above"), 1),
            Refusal::BelowFloor(account("below")),
            Refusal::AccountNotOpen(account("frozen"), AccountStatus::Frozen),
            Refusal::GuardedDebit(account("guarded")),
            Refusal::OutOfRange(account("huge")),
            Refusal::UnknownAccount(account("unknown")),
        ]);
        assert_nothing_stored(&fixture).await;
    }

    async fn sums_that_would_overflow_are_out_of_range(fixture) {
        let mut fixture = fixture;
        let names = ["a", "b", "c", "d", "e"];
        let full = names.map(|name| (name, 1 << 61, unguarded()));
        fixture.with_balances(&full).await;
        let mut negative = fixture.batch();
        negative.balances = vec![change("e", -(1 << 62))];
        fixture.commit(negative).await.unwrap();
        let mut batch = full_batch(&fixture).await;
        batch.balances.extend([
            change("a", i64::MAX),
            change("b", 1 << 62),
            change("c", (1 << 62) + 1),
            BalanceChange { held: i64::MAX, ..change("d", 0) },
            change("e", i64::MIN),
        ]);
        let mut refused = fixture.refusals(batch).await;
        refused.sort_by_key(|refusal| format!("{refusal:?}"));
        assert_eq!(refused, names.map(|name| Refusal::OutOfRange(account(name))));
        assert_nothing_stored(&fixture).await;
    }

    async fn another_currency_is_out_of_range(fixture) {
        let mut fixture = fixture;
        let books = ["created", "posted", "written"].map(|name| (name, 0, unguarded()));
        fixture.with_balances(&books).await;
        let dollars = AccountTerms { currency: "USD".parse().unwrap(), ..unguarded() };
        let mut batch = full_batch(&fixture).await;
        batch.balances.push(BalanceChange { create: Some(dollars), ..change("created", 1) });
        batch.balances.push(change("posted", 1));
        let mut wrong = posting("posted", -1, at(0));
        wrong.currency = dollars.currency;
        batch.postings.push(wrong);
        let (status, terms) = (AccountStatus::Open, dollars);
        batch.accounts.push(AccountWrite { account: account("written"), terms, status });
        let refused = fixture.refusals(batch).await;
        assert_eq!(refused, ["created", "posted", "written"]
            .map(|name| Refusal::OutOfRange(account(name))));
        assert_nothing_stored(&fixture).await;
    }

    async fn a_taken_log_in_name_is_refused(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.credentials = vec![credential("taken")];
        fixture.commit(batch).await.unwrap();
        let mut batch = full_batch(&fixture).await;
        batch.credentials.extend([
            credential("taken"),
            credential("twice"),
            credential("twice"),
            CredentialWrite { scheme: "wallet".into(), ..credential("taken") },
        ]);
        let refused = fixture.refusals(batch).await;
        assert_eq!(refused, ["taken", "twice"].map(|name| Refusal::CredentialTaken {
            scheme: "gateway".into(),
            name: name.into(),
        }));
        assert_nothing_stored(&fixture).await;
    }

    async fn one_refusal_lists_every_kind_of_culprit(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(9)];
        fixture.commit(batch).await.unwrap();
        let mut batch = full_batch(&fixture).await;
        batch.entities.push(entity(key("missing"), 1, 2));
        batch.balances.push(change("unknown", 1));
        batch.balances.push(change("wild", i64::MIN));
        batch.answers.push(insert(9));
        batch.credentials.push(credential("new-name"));
        let refused = fixture.refusals(batch).await;
        let (scheme, name) = ("gateway".into(), "new-name".into());
        assert_eq!(refused, [
            Refusal::OutOfRange(account("wild")),
            Refusal::UnknownAccount(account("unknown")),
            Refusal::StaleEntity(key("missing")),
            Refusal::AnswerTaken(AnswerKey([9; 16])),
            Refusal::CredentialTaken { scheme, name },
        ]);
        assert_nothing_stored(&fixture).await;
    }

    async fn the_rest_can_be_stored_after_a_refusal(fixture) {
        let mut fixture = fixture;
        let mut batch = full_batch(&fixture).await;
        batch.entities.push(entity(key("missing"), 1, 2));
        fixture.refusals(batch.clone()).await;
        batch.entities.pop();
        fixture.commit(batch).await.unwrap();
    }
}
