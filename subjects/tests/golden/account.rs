//! Stored messages of ledger accounts.

use super::{
    case::{Case, Cases},
    samples::{account, account_terms, currency, entity, eur, text, time, uuid},
};
use purser_subjects::{
    Answer, ErrorCode, Rejection,
    account::{
        AccountCommand, AccountEvent, AccountStatus, AccountTerms, AccountView, BalanceView, Close,
        CreditAccepted, CreditCheck, Freeze, HoldPlaced, HoldSettled, HoldView, HoldVoided, Leg,
        LimitsSet, OpenAccount, Opened, PlaceHold, ReadBalance, ReadStatement, SetLimits,
        SettleHold, Side, Statement, StatementCursor, StatementLine, StatusChanged, TimeBasis,
        Transfer, TransferBatch, TransferBatchResult, TransferBooked, Transferred, Unfreeze,
        VoidHold,
    },
};

fn view(status: AccountStatus) -> AccountView {
    AccountView {
        account: account("alice"),
        terms: account_terms(),
        status,
        posted: 123_456,
        held: 1_250,
        available: Some(127_206),
    }
}

fn transfer() -> Transfer {
    Transfer {
        to: account("bob"),
        amount: eur(1_250),
        effective: Some(time(-60)),
        memo: Some(text("rent for July, 2nd half")),
    }
}

fn plain_transfer() -> Transfer {
    Transfer { effective: None, memo: None, ..transfer() }
}

fn settle() -> SettleHold {
    SettleHold {
        hold: entity("order-7"),
        amount: eur(1_000),
        legs: vec![
            Leg { account: account("10001-EUR-pending"), amount: -970 },
            Leg { account: account("10001-EUR-fees"), amount: -30 },
        ],
        release_rest: true,
        memo: Some(text("order 7")),
    }
}

fn balance() -> BalanceView {
    BalanceView {
        account: account("alice"),
        terms: account_terms(),
        status: AccountStatus::Open,
        posted: 123_456,
        held: Some(1_250),
        available: Some(127_206),
    }
}

fn statement() -> Statement {
    let line = |posting, amount, balance| StatementLine {
        posting,
        group: uuid(9),
        amount,
        balance,
        booked_at: time(1),
        effective_at: time(-60),
        memo: text("rent"),
    };
    Statement {
        account: account("alice"),
        terms: account_terms(),
        opening: 0,
        lines: vec![line(41, -500, 500), line(70_000, 200, 300)],
        closing: 300,
        next: Some(StatementCursor { at: time(1), posting: 70_000 }),
    }
}

fn read_statement() -> ReadStatement {
    ReadStatement {
        from: time(-1_440),
        to: time(0),
        by: TimeBasis::Effective,
        after: Some(StatementCursor { at: time(-60), posting: 41 }),
        limit: 1_000,
    }
}

pub(super) fn cases() -> Vec<Case> {
    let terms = account_terms();
    let open = OpenAccount {
        currency: terms.currency,
        side: terms.side,
        floor: terms.floor,
        ceiling: terms.ceiling,
    };
    let unguarded =
        AccountTerms { currency: currency("JPY"), side: Side::Debit, floor: None, ceiling: None };
    let refused = Rejection::new(ErrorCode::InsufficientFunds, "1250 asked for, 7 available");
    let batch = TransferBatchResult {
        results: vec![Answer::Ok(Transferred { transfer: uuid(8) }), Answer::Error(refused)],
    };
    let hold = |remaining, transfer| HoldView { hold: entity("order-7"), remaining, transfer };
    let limits = SetLimits { floor: Some(0), ceiling: Some(5_000_000_000) };
    commands(open, batch, hold, limits)
        .command(
            "unguarded",
            OpenAccount {
                currency: unguarded.currency,
                side: unguarded.side,
                floor: None,
                ceiling: None,
            },
        )
        .reply::<OpenAccount>(
            "unguarded",
            AccountView { terms: unguarded, available: None, ..view(AccountStatus::Open) },
        )
        .command("plain", plain_transfer())
        .command("plain", SettleHold { memo: None, release_rest: false, ..settle() })
        .command("none", SetLimits { floor: None, ceiling: None })
        .command("now", ReadBalance::default())
        .reply::<ReadBalance>("past", BalanceView { held: None, available: None, ..balance() })
        .command("first", ReadStatement { by: TimeBasis::Booking, after: None, ..read_statement() })
        .reply::<ReadStatement>(
            "empty",
            Statement { lines: Vec::new(), closing: 0, next: None, ..statement() },
        )
        .event("", Opened { terms, at: time(0) })
        .event("unguarded", Opened { terms: unguarded, at: time(0) })
        .event("", TransferBooked { transfer: uuid(7), to: account("bob"), amount: 1_250 })
        .event("", HoldPlaced { hold: entity("order-7"), amount: 1_250 })
        .event(
            "",
            HoldSettled {
                hold: entity("order-7"),
                transfer: uuid(7),
                amount: 1_000,
                released: 250,
            },
        )
        .event("", HoldVoided { hold: entity("order-7"), amount: 1_250 })
        .event("", StatusChanged { status: AccountStatus::Frozen })
        .event("", LimitsSet { floor: Some(0), ceiling: Some(5_000_000_000) })
        .event("none", LimitsSet { floor: None, ceiling: None })
        .into_list()
}

/// One command and reply per verb.
fn commands(
    open: OpenAccount,
    batch: TransferBatchResult,
    hold: impl Fn(i64, Option<uuid::Uuid>) -> HoldView,
    limits: SetLimits,
) -> Cases<AccountCommand, AccountEvent> {
    Cases::<AccountCommand, AccountEvent>::new()
        .verb(open, view(AccountStatus::Open))
        .verb(transfer(), Transferred { transfer: uuid(7) })
        .verb(TransferBatch { transfers: vec![transfer(), plain_transfer()] }, batch)
        .verb(PlaceHold { hold: entity("order-7"), amount: eur(1_250) }, hold(1_250, None))
        .verb(settle(), hold(0, Some(uuid(7))))
        .verb(VoidHold { hold: entity("order-7") }, hold(0, None))
        .verb(Freeze {}, view(AccountStatus::Frozen))
        .verb(Unfreeze {}, view(AccountStatus::Open))
        .verb(Close {}, view(AccountStatus::Closed))
        .verb(limits, view(AccountStatus::Open))
        .verb(CreditCheck { amount: eur(1_250) }, CreditAccepted { headroom: Some(9_000) })
        .verb(ReadBalance { at: Some(time(-1)), by: TimeBasis::Effective }, balance())
        .verb(read_statement(), statement())
}
