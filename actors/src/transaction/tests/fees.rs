//! Who pays for refunds when fees are odd.

use super::given::{Given, calls, capture, eur, operation, refund, terms};
use purser_subjects::merchant::{FeeSchedule, MerchantTerms, SettlementTerms};

/// Half of the amount, at least 30; settled at once.
fn half_or_thirty() -> MerchantTerms {
    let fees = FeeSchedule { percent_bps: 5_000, min: vec![eur(30)], ..FeeSchedule::default() };
    MerchantTerms { fees, settlement: SettlementTerms::default(), ..terms() }
}

#[test]
fn refunds_from_two_pockets_never_overdraw_what_is_pending() {
    // 100 are settled, and of the next 20 only 10 are pending. A refund of 20 costs 10 on its own, but 20
    // after a refund of 60 from available has brought the fee down to its least.
    let given = Given::with(half_or_thirty()).authorised(120).begun(2, capture(100)).approved(2);
    let given = given.woken().begun(3, capture(20)).approved(3);
    assert_eq!(given.payment().pending, 10);
    let given = given.begun(4, refund(20)).begun(5, refund(60));
    let from_available: Vec<_> =
        given.payment().running.values().map(|operation| operation.from_available).collect();
    assert_eq!(from_available, [true, true]);
    let given = given.funded(4).funded(5).approved(5).approved(4);
    assert_eq!(given.payment().pending, 10);
}

#[test]
fn what_is_pending_pays_again_when_it_is_enough_in_any_case() {
    let given = Given::with(half_or_thirty()).authorised(200).begun(2, capture(100)).approved(2);
    let mut given = given.woken().begun(3, capture(100)).approved(3);
    assert_eq!(given.payment().pending, 50);
    assert_eq!(calls(&given.command(4, refund(40)).unwrap()), [("acquirer", 4)]);
    assert_eq!(calls(&given.command(5, refund(40)).unwrap()), [("hold", 5)]);
}

#[test]
fn a_refund_that_costs_the_merchant_nothing_needs_no_funds() {
    let fees = FeeSchedule { percent_bps: 10_000, ..FeeSchedule::default() };
    let terms = MerchantTerms { fees, ..half_or_thirty() };
    let given = Given::with(terms).purchased(100).woken();
    assert_eq!(given.payment().pending, 0);
    let mut given = given;
    assert_eq!(calls(&given.command(2, refund(100)).unwrap()), [("acquirer", 2)]);
    let given = given.approved(2);
    assert_eq!((given.payment().pending, given.payment().fee), (0, 0));
}

#[test]
fn what_is_set_aside_is_enough_whatever_ends_first() {
    let given = Given::with(half_or_thirty()).purchased(100).woken();
    let given = given.begun(2, refund(40)).begun(3, refund(60));
    let aside: Vec<_> =
        given.payment().running.values().map(|operation| operation.set_aside).collect();
    assert_eq!(aside, [38, 48], "less than the amounts, because some fee comes back in any case");
    for order in [[2, 3], [3, 2]] {
        let mut given = given.clone().funded(2).funded(3);
        let before = given.payment().captured - given.payment().fee;
        let mut taken = 0;
        for number in order {
            let running = &given.payment().running[&operation(number)];
            let (amount, aside, fee) = (running.amount, running.set_aside, given.payment().fee);
            given = given.approved(number);
            let took = amount + given.payment().fee - fee;
            assert!((0..=aside).contains(&took), "{took} of {aside}");
            taken += took;
        }
        assert_eq!(taken, before);
    }
}
