//! Transfers, limits, and balances at past times.

use crate::support::platform::{account, entity, eur, guarded, transfer};
use futures_util::future::join_all;
use purser_actors::AskOptions;
use purser_subjects::{
    Answer, ErrorCode, Timestamp,
    account::{
        Close, Freeze, OpenAccount, ReadBalance, ReadStatement, SetLimits, TimeBasis,
        TransferBatch, Unfreeze,
    },
};
use std::time::Duration;

fn code<T: std::fmt::Debug>(refused: Result<T, purser_subjects::Rejection>) -> ErrorCode {
    refused.unwrap_err().code
}

on_both_platforms! {
    async fn a_transfer_moves_money(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", transfer("bob", 300)).await.unwrap();
        assert_eq!(platform.balance("alice").await.available, Some(700));
        assert_eq!(platform.balance("bob").await.posted, 300);
        assert_eq!(platform.balance("bank").await.posted, 1_000);
    }

    async fn a_thousand_concurrent_debits_grant_exactly_what_is_there(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        let debits = (0..1_000).map(|_| platform.ask("alice", transfer("bob", 1)));
        let outcomes = join_all(debits).await;
        let granted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let mut refused = outcomes.into_iter().filter_map(Result::err);
        assert!(refused.all(|refused| refused.code == ErrorCode::InsufficientFunds));
        assert_eq!(granted, 100);
        assert_eq!(platform.balance("alice").await.posted, 0);
        assert_eq!(platform.balance("bob").await.posted, 100);
    }

    async fn money_that_arrived_from_others_can_be_spent_at_once(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 10).await;
        platform.open_funded("bob", 0, 0).await;
        for _ in 0..20 {
            platform.ask("alice", transfer("bob", 10)).await.unwrap();
            platform.ask("bob", transfer("alice", 10)).await.unwrap();
        }
    }

    async fn twins_of_one_transfer_have_one_effect_and_one_answer(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        let twins = (0..50).map(|_| platform.ask_once("alice", "order-1", transfer("bob", 7)));
        let answers = join_all(twins).await;
        let first = answers[0].clone().unwrap();
        assert!(answers.into_iter().all(|answer| answer.unwrap() == first));
        assert_eq!(platform.balance("bob").await.posted, 7);
        let other = platform.ask_once("alice", "order-1", transfer("bob", 8)).await;
        assert_eq!(code(other), ErrorCode::IdempotencyConflict);
    }

    async fn a_refusal_is_the_answer_of_its_key_for_good(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 0).await;
        platform.open_funded("bob", 0, 0).await;
        let refused = platform.ask_once("alice", "order-1", transfer("bob", 7)).await;
        platform.fund("alice", 100).await;
        let again = platform.ask_once("alice", "order-1", transfer("bob", 7)).await;
        assert_eq!(refused.unwrap_err(), again.unwrap_err());
        assert_eq!(platform.balance("bob").await.posted, 0);
    }

    async fn a_batch_equals_the_same_transfers_one_by_one(platform) {
        let platform = platform.start().await;
        let amounts = [40, 70, 30, 31, 30, 1];
        for (one, two) in [("a", "x"), ("b", "y")] {
            platform.open_funded(one, 0, 100).await;
            platform.open_funded(two, 0, 0).await;
        }
        let transfers = amounts.map(|amount| transfer("x", amount)).to_vec();
        let batch = platform.ask("a", TransferBatch { transfers }).await.unwrap();
        let mut one_by_one = Vec::new();
        for amount in amounts {
            one_by_one.push(platform.ask("b", transfer("y", amount)).await.is_ok());
        }
        let batched: Vec<_> =
            batch.results.iter().map(|result| matches!(result, Answer::Ok(_))).collect();
        assert_eq!(batched, one_by_one);
        assert_eq!(platform.balance("a").await, {
            let mut other = platform.balance("b").await;
            other.account = account("a");
            other
        });
        assert_eq!(platform.balance("x").await.posted, platform.balance("y").await.posted);
    }

    async fn concurrent_credits_stop_at_the_ceiling(platform) {
        let platform = platform.start().await;
        let wallet = OpenAccount { ceiling: Some(100), ..guarded(0) };
        platform.ask("wallet", wallet).await.unwrap();
        for n in 0..20 {
            platform.open_funded(&format!("payer-{n}"), 0, 10).await;
        }
        let names: Vec<_> = (0..20).map(|n| format!("payer-{n}")).collect();
        let credits = names.iter().map(|payer| platform.ask(payer, transfer("wallet", 10)));
        let outcomes = join_all(credits).await;
        let granted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(granted, 10, "{outcomes:?}");
        assert_eq!(platform.balance("wallet").await.posted, 100);
        let above = platform.ask("bank", transfer("wallet", 1)).await;
        assert_eq!(code(above), ErrorCode::CeilingExceeded);
    }

    async fn a_batch_fills_a_ceiling_line_by_line(platform) {
        let platform = platform.start().await;
        let wallet = OpenAccount { ceiling: Some(100), ..guarded(0) };
        platform.ask("wallet", wallet).await.unwrap();
        platform.open_funded("payer", 0, 1_000).await;
        let transfers = [60, 50, 40, 1].map(|amount| transfer("wallet", amount)).to_vec();
        let batch = platform.ask("payer", TransferBatch { transfers }).await.unwrap();
        let done: Vec<_> = batch.results.iter().map(|r| matches!(r, Answer::Ok(_))).collect();
        assert_eq!(done, [true, false, true, false]);
        assert_eq!(platform.balance("wallet").await.posted, 100);
    }

    async fn frozen_and_closed_accounts_take_part_in_nothing(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("bob", Freeze {}).await.unwrap();
        let credit = platform.ask("alice", transfer("bob", 1)).await;
        assert_eq!(code(credit), ErrorCode::AccountFrozen);
        let debit = platform.ask("bob", transfer("alice", 1)).await;
        assert_eq!(code(debit), ErrorCode::AccountFrozen);
        platform.ask("bob", Unfreeze {}).await.unwrap();
        assert_eq!(code(platform.ask("alice", Close {}).await), ErrorCode::AccountNotEmpty);
        platform.ask("bob", Close {}).await.unwrap();
        let credit = platform.ask("alice", transfer("bob", 1)).await;
        assert_eq!(code(credit), ErrorCode::AccountClosed);
        assert_eq!(code(platform.ask("bob", Unfreeze {}).await), ErrorCode::AccountClosed);
    }

    async fn closing_races_with_credits_without_losing_money(platform) {
        let platform = platform.start().await;
        platform.open_funded("payer", 0, 1_000).await;
        for n in 0..20 {
            let name = format!("short-lived-{n}");
            platform.open_funded(&name, 0, 0).await;
            let (credit, closed) = tokio::join!(
                platform.ask("payer", transfer(&name, 1)),
                platform.ask(&name, Close {})
            );
            assert_ne!(credit.is_ok(), closed.is_ok(), "{credit:?} {closed:?}");
        }
    }

    async fn balances_and_statements_of_the_past_are_exact(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        let mut backdated = transfer("bob", 30);
        let before = platform.clock.now();
        tokio::time::sleep(Duration::from_millis(5)).await;
        backdated.effective = Some(Timestamp::from_millis(1_000));
        backdated.memo = Some("rent".into());
        platform.ask("alice", backdated).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let at = |at, by| ReadBalance { at: Some(at), by };
        let asked = platform.ask("alice", at(before, TimeBasis::Booking)).await.unwrap();
        assert_eq!((asked.posted, asked.held, asked.available), (100, None, None));
        let asked = platform.ask("bob", at(before, TimeBasis::Effective)).await.unwrap();
        assert_eq!(asked.posted, 30);
        let future = at(platform.clock.now().plus(Duration::from_secs(9)), TimeBasis::Booking);
        assert_eq!(code(platform.ask("bob", future).await), ErrorCode::TimeInFuture);
        let unknown = platform.ask("nobody", ReadBalance::default()).await;
        assert_eq!(code(unknown), ErrorCode::NotFound);

        tokio::time::sleep(Duration::from_millis(5)).await;
        let page = |after| ReadStatement {
            from: before.start_of_day(),
            to: Timestamp::from_millis(platform.clock.now().as_millis() - 2),
            by: TimeBasis::Booking,
            after,
            limit: 1,
        };
        let first = platform.ask("alice", page(None)).await.unwrap();
        assert_eq!((first.opening, first.closing, first.lines.len()), (0, 100, 1));
        let second = platform.ask("alice", page(first.next)).await.unwrap();
        assert_eq!((second.opening, second.closing, second.next), (100, 70, None));
        assert_eq!(second.lines[0].memo, "rent");
    }

    async fn senseless_commands_are_refused(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        let mut dollars = transfer("bob", 1);
        dollars.amount.currency = "USD".parse().unwrap();
        assert_eq!(code(platform.ask("alice", dollars).await), ErrorCode::CurrencyMismatch);
        let unopened = platform.ask("alice", transfer("nobody", 1)).await;
        assert_eq!(code(unopened), ErrorCode::NotFound);
        for amount in [0, -5, i64::MAX] {
            let refused = platform.ask("alice", transfer("alice", amount)).await;
            assert_eq!(code(refused), ErrorCode::InvalidField);
        }
        assert_eq!(code(platform.ask("alice", guarded(0)).await), ErrorCode::AlreadyExists);
        let ours = platform.ask("10001-EUR-available", guarded(0)).await;
        assert_eq!(code(ours), ErrorCode::AlreadyExists);
        let unguard = SetLimits { floor: None, ceiling: None };
        assert_eq!(code(platform.ask("alice", unguard).await), ErrorCode::StateConflict);
        let late = AskOptions { timeout: Duration::ZERO, ..AskOptions::default() };
        let late = platform.client.ask(&entity("alice"), transfer("bob", 1), late).await;
        assert!(late.is_err());
        assert_eq!(platform.balance("alice").await.posted, eur(100).minor);
    }
}
