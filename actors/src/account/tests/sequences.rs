//! Whatever is asked in whatever order, the account stays within its rules.

use super::{hold, open, settle, transfer, void};
use crate::{account::Account, entity::given::Given};
use proptest::prelude::*;
use purser_subjects::account::{AccountCommand, Close, Freeze, SetLimits, TransferBatch, Unfreeze};

#[derive(Clone, Debug)]
enum Step {
    /// Others credit the account, as far as it takes credits.
    Credit(i64),
    Ask(AccountCommand),
}

fn step() -> impl Strategy<Value = Step> {
    let name = |n: u8| format!("h{n}");
    let amount = 1i64..60;
    prop_oneof![
        amount.clone().prop_map(Step::Credit),
        amount.clone().prop_map(|minor| Step::Ask(transfer(minor).into())),
        proptest::collection::vec(amount.clone(), 1..4).prop_map(|amounts| {
            let transfers = amounts.into_iter().map(transfer).collect();
            Step::Ask(TransferBatch { transfers }.into())
        }),
        (0u8..4, amount.clone()).prop_map(move |(n, m)| Step::Ask(hold(&name(n), m).into())),
        (0u8..4, amount, any::<bool>())
            .prop_map(move |(n, m, rest)| Step::Ask(settle(&name(n), m, rest).into())),
        (0u8..4).prop_map(move |n| Step::Ask(void(&name(n)).into())),
        (-40i64..40).prop_map(|floor| {
            Step::Ask(SetLimits { floor: Some(floor), ceiling: None }.into())
        }),
        Just(Step::Ask(Freeze {}.into())),
        Just(Step::Ask(Unfreeze {}.into())),
        Just(Step::Ask(Close {}.into())),
    ]
}

proptest! {
    #[test]
    fn no_sequence_breaks_an_account(
        floor in -50i64..=0,
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut alice = Given::<Account>::nothing("alice").and(open(Some(floor), None));
        let (mut credited, mut debited, mut held) = (0, 0, 0);
        for step in steps {
            match step {
                Step::Credit(minor) if alice.state.require_open().is_ok() => {
                    alice.state.posted += minor;
                    credited += minor;
                }
                Step::Credit(_) => {}
                Step::Ask(command) => {
                    let Ok(effects) = alice.when(command) else { continue };
                    for group in &effects.groups {
                        prop_assert_eq!(group.legs.iter().map(|leg| leg.amount).sum::<i64>(), 0);
                        let own = group.legs.iter().filter(|leg| leg.account.as_str() == "alice");
                        debited += own.map(|leg| leg.amount).sum::<i64>();
                    }
                    held += effects.held;
                }
            }
            let state = &alice.state;
            prop_assert_eq!(state.posted, credited - debited);
            prop_assert_eq!(state.held(), held);
            prop_assert!(state.holds.values().all(|held| *held > 0));
            prop_assert!(state.available().is_some_and(|available| available >= 0));
            let mut replayed = alice.replayed();
            replayed.posted += credited;
            prop_assert_eq!(&replayed, state);
        }
    }
}
