//! Reading back.

use super::{
    error,
    tables::{Place, Tables, place},
};
use purser_actors::ports::{PostingRow, Slot, StatementQuery, StoreError, StoredEntity};
use purser_subjects::{AccountId, EntityKey, EntityKind, Timestamp, account::TimeBasis};

impl Tables {
    pub(super) fn entity(&self, key: &EntityKey) -> StoredEntity {
        let row = self.entities.get(&place(key));
        let is_account = key.kind == EntityKind::Account;
        let balance = is_account.then(|| self.balances.get(&key.id.clone().into())).flatten();
        StoredEntity {
            version: row.map_or(0, |row| row.version),
            state: row.map(|row| row.state.clone()),
            balance: balance.cloned(),
        }
    }

    pub(super) fn due_entities(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(EntityKey, Timestamp)>,
        limit: u32,
    ) -> Vec<(EntityKey, Timestamp)> {
        let after = after.map(|(key, at)| (*at, place(key)));
        let is_new = |wake: &&(Timestamp, Place)| after.as_ref().is_none_or(|after| *wake > after);
        let due = self.wakes.iter().take_while(|(at, _)| *at <= until).filter(is_new);
        let rows = due.map(|(at, place)| (&self.entities[place], *at));
        rows.filter(|(row, _)| slots.contains(&row.slot))
            .take(limit as usize)
            .map(|(row, at)| (row.key.clone(), at))
            .collect()
    }

    pub(super) fn next_wake(&self, slots: &[Slot], after: Timestamp) -> Option<Timestamp> {
        let is_next = |(at, place): &&(Timestamp, Place)| {
            *at > after && slots.contains(&self.entities[place].slot)
        };
        self.wakes.iter().find(is_next).map(|(at, _)| *at)
    }

    pub(super) fn posted_sum(
        &self,
        account: &AccountId,
        at: Timestamp,
        by: TimeBasis,
    ) -> Result<i64, StoreError> {
        let of_account = self.postings.iter().filter(|posting| posting.account == *account);
        sum(of_account.filter(|posting| time(posting, by) <= at))
    }

    pub(super) fn postings(
        &self,
        query: &StatementQuery,
    ) -> Result<(i64, Vec<PostingRow>), StoreError> {
        let by = query.by;
        // The page begins after this point in the order of (time, number); numbers begin at 1.
        let start = match query.after {
            Some(cursor) if cursor.at >= query.from => (cursor.at, cursor.posting),
            _ => (query.from, 0),
        };
        let of_account = |posting: &&PostingRow| posting.account == query.account;
        let (before, mut lines): (Vec<_>, Vec<_>) = self
            .postings
            .iter()
            .filter(of_account)
            .partition(|posting| (time(posting, by), posting.number) <= start);
        lines.retain(|posting| time(posting, by) <= query.to);
        lines.sort_by_key(|posting| (time(posting, by), posting.number));
        let page = lines.into_iter().take(query.limit as usize).cloned().collect();
        Ok((sum(before.into_iter())?, page))
    }
}

fn time(posting: &PostingRow, by: TimeBasis) -> Timestamp {
    match by {
        TimeBasis::Booking => posting.booked_at,
        TimeBasis::Effective => posting.effective_at,
    }
}

fn sum<'p>(postings: impl Iterator<Item = &'p PostingRow>) -> Result<i64, StoreError> {
    let sum: i128 = postings.map(|posting| i128::from(posting.amount)).sum();
    i64::try_from(sum).map_err(|_| error("a sum does not fit 63 bits"))
}
