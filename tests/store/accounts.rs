//! Balances and the terms of accounts.

use super::fixture::{account, change, entity, guarded, key, unguarded};
use purser_actors::ports::{AccountWrite, BalanceChange, BalanceRow, Refusal};
use purser_subjects::account::{AccountStatus, AccountTerms, Side};

fn row(name: &str, posted: i64, held: i64, terms: AccountTerms) -> BalanceRow {
    BalanceRow { account: account(name), terms, status: AccountStatus::Open, posted, held }
}

on_every_engine! {
    async fn a_balance_is_created_once_and_then_added_to(fixture) {
        let mut fixture = fixture;
        let terms = AccountTerms { side: Side::Debit, ceiling: Some(100), ..guarded() };
        fixture.with_balances(&[("alice", 10, terms)]).await;
        let other = AccountTerms { ceiling: None, ..terms };
        let mut batch = fixture.batch();
        batch.balances = vec![
            BalanceChange { create: Some(other), held: 3, ..change("alice", 20) },
            BalanceChange { create: Some(other), ..change("bob", -1) },
        ];
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.balances = vec![BalanceChange { held: -1, ..change("alice", -5) }];
        fixture.commit(batch).await.unwrap();
        let found = fixture.store.load(&[key("alice"), key("bob")]).await.unwrap();
        assert_eq!(found[0].balance, Some(row("alice", 25, 2, terms)));
        assert_eq!(found[1].balance, Some(row("bob", -1, 0, other)));
    }

    async fn changes_are_checked_against_the_terms_before_the_batch(fixture) {
        let mut fixture = fixture;
        fixture.with_balances(&[("alice", 10, guarded())]).await;
        let overdraft = AccountTerms { floor: Some(-100), ..guarded() };
        let (status, name) = (AccountStatus::Open, account("alice"));
        let terms = AccountWrite { account: name.clone(), terms: overdraft, status };
        let debit = BalanceChange { debited_by_owner: true, ..change("alice", -11) };
        let mut batch = fixture.batch();
        (batch.balances, batch.accounts) = (vec![debit.clone()], vec![terms.clone()]);
        assert_eq!(fixture.refusals(batch).await, [Refusal::BelowFloor(name)]);

        let mut batch = fixture.batch();
        batch.accounts = vec![terms];
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.balances = vec![debit];
        fixture.commit(batch).await.unwrap();
        let found = fixture.store.load(&[key("alice")]).await.unwrap();
        assert_eq!(found[0].balance, Some(row("alice", -1, 0, overdraft)));
    }

    async fn opening_an_account_makes_its_balance(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.entities = vec![entity(key("alice"), 0, 1)];
        let (terms, status) = (guarded(), AccountStatus::Open);
        batch.accounts = vec![AccountWrite { account: account("alice"), terms, status }];
        fixture.commit(batch).await.unwrap();
        let mut close = fixture.batch();
        close.entities = vec![entity(key("alice"), 1, 2)];
        let status = AccountStatus::Closed;
        close.accounts = vec![AccountWrite { account: account("alice"), terms, status }];
        fixture.commit(close).await.unwrap();
        let found = fixture.store.load(&[key("alice")]).await.unwrap();
        let closed = BalanceRow { status, ..row("alice", 0, 0, terms) };
        assert_eq!((found[0].version, found[0].balance.clone()), (2, Some(closed)));
    }

    async fn hundreds_of_balances_change_in_one_batch(fixture) {
        let mut fixture = fixture;
        let names: Vec<_> = (0..701).map(|number| format!("account-{number:03}")).collect();
        let books: Vec<_> = names.iter().map(|name| (name.as_str(), 1, unguarded())).collect();
        fixture.with_balances(&books).await;
        let mut batch = fixture.batch();
        batch.balances = names.iter().map(|name| change(name, 2)).collect();
        batch.entities = names.iter().map(|name| entity(key(name), 0, 1)).collect();
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.entities = names.iter().map(|name| entity(key(name), 1, 3)).collect();
        fixture.commit(batch).await.unwrap();
        let keys: Vec<_> = names.iter().rev().map(|name| key(name)).collect();
        let found = fixture.store.load(&keys).await.unwrap();
        for (entity, name) in found.iter().zip(names.iter().rev()) {
            assert_eq!(entity.balance, Some(row(name, 3, 0, unguarded())));
            assert_eq!(entity.version, 3);
        }
    }
}
