//! What a session's code is redeemed for.

use super::given::*;
use crate::entity::given::reply;
use purser_subjects::{
    ErrorCode,
    binding::{
        BindingView, CheckCustomerToken, ClaimBinding, CustomerToken, ExchangeCode, RefreshToken,
        UnbindCard,
    },
};

fn exchange() -> ExchangeCode {
    ExchangeCode {
        merchant: merchant(),
        code: code(),
        token: digest(1),
        valid_secs: 100,
        refresh: digest(2),
        refresh_valid_secs: 200,
    }
}

fn refresh(refresh: u8) -> RefreshToken {
    RefreshToken {
        merchant: merchant(),
        refresh: digest(refresh),
        token: digest(3),
        valid_secs: 100,
        next_refresh: digest(4),
        refresh_valid_secs: 200,
    }
}

fn check(token: u8) -> CheckCustomerToken {
    CheckCustomerToken { merchant: merchant(), token: digest(token) }
}

fn claim() -> ClaimBinding {
    ClaimBinding { merchant: merchant(), code: code() }
}

#[test]
fn a_code_is_redeemed_once_for_each() {
    let mut given = bound_card();
    let token: CustomerToken = reply(&given.when(exchange()).unwrap());
    assert_eq!(token.customer.as_deref(), Some("customer-7"));
    assert_eq!(given.refused(exchange()), ErrorCode::CodeUsed);
    let view: BindingView = reply(&given.when(claim()).unwrap());
    assert!(view.token.unwrap().claimed);
    assert_eq!(given.refused(claim()), ErrorCode::CodeUsed);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_code_is_good_for_ten_minutes_and_only_with_a_bound_card() {
    assert_eq!(otp_sent().refused(exchange()), ErrorCode::StateConflict);
    assert_eq!(otp_sent().refused(claim()), ErrorCode::StateConflict);
    let mut given = bound_card();
    later(&mut given, 600);
    assert_eq!(given.refused(exchange()), ErrorCode::CodeUsed);
    assert_eq!(given.refused(claim()), ErrorCode::CodeUsed);
}

#[test]
fn strangers_redeem_nothing() {
    let mut given = bound_card();
    let other = ExchangeCode { merchant: "10002".parse().unwrap(), ..exchange() };
    assert_eq!(given.refused(other), ErrorCode::NotFound);
    let wrong = ExchangeCode { code: digest(9), ..exchange() };
    assert_eq!(given.refused(wrong), ErrorCode::NotFound);
}

#[test]
fn a_customer_token_runs_out_and_is_replaced_once() {
    let mut given = bound_card().and(exchange());
    given.when(check(1)).unwrap();
    assert_eq!(given.refused(check(9)), ErrorCode::NotFound);
    later(&mut given, 100);
    assert_eq!(given.refused(check(1)), ErrorCode::TokenExpired);
    given.when(refresh(2)).unwrap();
    given.when(check(3)).unwrap();
    assert_eq!(given.refused(check(1)), ErrorCode::NotFound);
    assert_eq!(given.refused(refresh(2)), ErrorCode::NotFound);
    later(&mut given, 200);
    assert_eq!(given.refused(refresh(4)), ErrorCode::TokenExpired);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_customer_token_ends_with_its_card() {
    let unbind = UnbindCard { merchant: merchant(), proof: None };
    let mut given = bound_card().and(exchange()).and(unbind);
    assert_eq!(given.refused(check(1)), ErrorCode::TokenExpired);
    assert_eq!(given.refused(refresh(2)), ErrorCode::TokenExpired);
}
