//! Money set aside.

use crate::support::platform::{account, entity, eur, transfer};
use futures_util::future::join_all;
use purser_subjects::{
    ErrorCode,
    account::{HoldView, Leg, PlaceHold, SettleHold, VoidHold},
};

fn hold(name: &str, amount: i64) -> PlaceHold {
    PlaceHold { hold: entity(name), amount: eur(amount) }
}

fn settle(name: &str, amount: i64, to: &str, release_rest: bool) -> SettleHold {
    let legs = vec![Leg { account: account(to), amount: -amount }];
    SettleHold { hold: entity(name), amount: eur(amount), legs, release_rest, memo: None }
}

fn void(name: &str) -> VoidHold {
    VoidHold { hold: entity(name) }
}

on_both_platforms! {
    async fn held_money_cannot_be_spent_twice(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", hold("h", 60)).await.unwrap();
        let refused = platform.ask("alice", transfer("bob", 41)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InsufficientFunds);
        platform.ask("alice", transfer("bob", 40)).await.unwrap();
        let balance = platform.balance("alice").await;
        assert_eq!((balance.posted, balance.held, balance.available), (60, Some(60), Some(0)));
    }

    async fn of_a_hundred_settles_and_voids_exactly_one_wins(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", hold("h", 100)).await.unwrap();
        let settles = (0..50).map(|_| platform.ask("alice", settle("h", 100, "bob", false)));
        let voids = (0..50).map(|_| platform.ask("alice", void("h")));
        let (settles, voids) = tokio::join!(join_all(settles), join_all(voids));
        let won = settles.iter().chain(&voids).filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1);
        let settled = settles.iter().any(Result::is_ok);
        let expected = if settled { 100 } else { 0 };
        assert_eq!(platform.balance("bob").await.posted, expected);
        assert_eq!(platform.balance("alice").await.held, Some(0));
    }

    async fn voiding_a_partly_settled_hold_leaves_exact_balances_with_an_overdraft(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", -50, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", hold("h", 150)).await.unwrap();
        assert_eq!(platform.balance("alice").await.available, Some(0));
        let view: HoldView = platform.ask("alice", settle("h", 120, "bob", false)).await.unwrap();
        assert_eq!(view.remaining, 30);
        platform.ask("alice", void("h")).await.unwrap();
        let balance = platform.balance("alice").await;
        assert_eq!((balance.posted, balance.held, balance.available), (-20, Some(0), Some(30)));
        assert_eq!(platform.balance("bob").await.posted, 120);
    }

    async fn a_settlement_can_release_the_rest(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", hold("h", 100)).await.unwrap();
        platform.ask("alice", settle("h", 10, "bob", true)).await.unwrap();
        assert_eq!(platform.balance("alice").await.available, Some(90));
        let gone = platform.ask("alice", void("h")).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::StateConflict);
    }

    async fn a_hold_cannot_be_settled_beyond_itself_or_out_of_balance(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask("alice", hold("h", 50)).await.unwrap();
        let over = platform.ask("alice", settle("h", 51, "bob", false)).await.unwrap_err();
        assert_eq!(over.code, ErrorCode::AmountExceeded);
        let mut skewed = settle("h", 50, "bob", false);
        skewed.legs[0].amount = -49;
        let skewed = platform.ask("alice", skewed).await.unwrap_err();
        assert_eq!(skewed.code, ErrorCode::InvalidField);
        let mut taking = settle("h", 50, "bank", false);
        taking.legs = vec![
            Leg { account: account("bob"), amount: 10 },
            Leg { account: account("bank"), amount: -60 },
        ];
        let taking = platform.ask("alice", taking).await.unwrap_err();
        assert_eq!(taking.code, ErrorCode::InvalidField);
    }
}
