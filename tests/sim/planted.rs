//! Bugs planted on purpose: the simulation must find each; how soon
//! depends on how much else stands in its way: a node whose lease has run out rarely gets to a commit.

use super::{
    run::{Plan, run},
    sabotage::Sabotage,
};

/// The first of `seeds` seeds that finds the bug, and what it found.
fn find(sabotage: Sabotage, seeds: u64) -> (u64, String) {
    find_as(sabotage, seeds, |_| true)
}

/// The same, of those that find it as `expected`.
fn find_as(sabotage: Sabotage, seeds: u64, expected: impl Fn(&str) -> bool) -> (u64, String) {
    let plan = |seed| Plan { seed, sabotage: Some(sabotage), is_printed: false };
    let found = (0..seeds).find_map(|seed| {
        let failure = run(plan(seed)).err().filter(|failure| expected(failure.what()))?;
        Some((seed, failure))
    });
    let (seed, failure) =
        found.unwrap_or_else(|| panic!("{sabotage:?} is not found by {seeds} seeds"));
    println!("{failure}");
    (seed, failure.what().to_owned())
}

#[test]
fn a_reply_before_its_commit_is_found() {
    find(Sabotage::ReplyBeforeCommit, 100);
}

#[test]
fn a_missing_fence_is_found() {
    let (_, what) = find(Sabotage::NoFence, 1_000);
    assert!(what.contains("without the slot"), "{what}");
}

#[test]
fn a_retry_that_is_done_twice_is_found() {
    // Some seeds find it by clients that wait for ever, which might have other reasons.
    let is_told = |what: &str| what.contains("postings of") || what.contains("was answered");
    find_as(Sabotage::ForgetAnswers, 100, is_told);
}

#[test]
fn a_card_that_is_bound_twice_is_found() {
    let (_, what) = find(Sabotage::ForgetClaims, 100);
    assert!(what.contains("bound twice") || what.contains("is bound in"), "{what}");
}
