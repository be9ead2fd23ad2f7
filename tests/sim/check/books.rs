//! Balances as clients must believe them to be, from nothing but their answers.

use super::same;
use crate::{
    sim::{
        command::{Command, Deed},
        history::Record,
    },
    support::memory_store::MemoryStore,
};
use purser_subjects::{AccountId, EntityId, account::HoldView, decode};
use std::collections::BTreeMap;

/// An account as its customers know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Believed {
    posted: i64,
    held: i64,
}

/// Each command was done as often as its client was told: once, or not at all.
pub(super) fn check(store: &MemoryStore, records: &[Record]) -> Result<(), String> {
    let mut believed: BTreeMap<AccountId, Believed> = BTreeMap::new();
    let mut holds: BTreeMap<(AccountId, EntityId), i64> = BTreeMap::new();
    for Record { command, answer, .. } in records {
        let Some(answer) = answer else {
            return Err(format!("{command:?} was never answered"));
        };
        let times = store.postings_with_memo(&command.key);
        let expected = usize::from(answer.is_ok() && moves_money(command)) * 2;
        same(format!("postings of {command:?}, {answer:?}"), expected, times)?;
        let Ok(reply) = answer else { continue };
        let mut moves = |from: &AccountId, to: &AccountId, amount: i64| {
            believed.entry(from.clone()).or_default().posted -= amount;
            believed.entry(to.clone()).or_default().posted += amount;
        };
        match &command.deed {
            Deed::Open { account, .. } => {
                believed.entry(account.clone()).or_default();
            }
            Deed::Transfer { from, to, amount } => moves(from, to, *amount),
            Deed::Settle { account, to, amount, .. } => moves(account, to, *amount),
            _ => {}
        }
        if let Deed::Hold { account, hold, .. }
        | Deed::Settle { account, hold, .. }
        | Deed::VoidHold { account, hold } = &command.deed
        {
            // What a hold has left only ever shrinks.
            let view: HoldView = decode(reply).map_err(|error| error.to_string())?;
            let left = holds.entry((account.clone(), hold.clone())).or_insert(i64::MAX);
            *left = (*left).min(view.remaining);
        }
    }
    for ((account, _), left) in holds {
        believed.entry(account).or_default().held += left;
    }
    for (account, believed) in believed {
        let row = store.balance(&account);
        let found = row.map(|row| Believed { posted: row.posted, held: row.held });
        same(format!("account {account}"), Some(believed), found)?;
    }
    Ok(())
}

fn moves_money(command: &Command) -> bool {
    matches!(command.deed, Deed::Transfer { .. } | Deed::Settle { .. })
}
