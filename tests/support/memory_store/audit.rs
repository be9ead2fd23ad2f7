//! One moment of the whole store.

use super::tables::{BatchRow, Place, Tables, place};
use async_trait::async_trait;
use purser_actors::ports::{
    Audit, AuditedBatch, AuditedEntity, BalanceRow, EventRow, JournalSummary, PostingRow,
    StoreError,
};
use purser_subjects::{AccountId, EntityKey};
use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
};

/// The tables as they were, with the events of each entity put together.
pub(super) struct Snapshot {
    tables: Tables,
    histories: BTreeMap<Place, Vec<EventRow>>,
    contents: BTreeMap<i64, (Vec<EventRow>, Vec<PostingRow>)>,
}

impl Snapshot {
    pub(super) fn of(tables: &Tables) -> Self {
        let mut histories: BTreeMap<Place, Vec<EventRow>> = BTreeMap::new();
        let mut contents: BTreeMap<i64, (Vec<EventRow>, Vec<PostingRow>)> = BTreeMap::new();
        for event in tables.events.values().flatten() {
            histories.entry(place(&event.entity)).or_default().push(event.clone());
            contents.entry(event.batch).or_default().0.push(event.clone());
        }
        for posting in &tables.postings {
            contents.entry(posting.batch).or_default().1.push(posting.clone());
        }
        for history in histories.values_mut() {
            history.sort_by_key(|event| event.version);
        }
        Self { tables: tables.clone(), histories, contents }
    }
}

#[async_trait]
impl Audit for Snapshot {
    async fn summary(&mut self) -> Result<JournalSummary, StoreError> {
        let tables = &self.tables;
        let has_no_entity =
            |event: &&EventRow| !tables.entities.contains_key(&place(&event.entity));
        let events = || tables.events.values().flatten();
        Ok(JournalSummary {
            heads: tables.journals.values().cloned().collect(),
            events: events().count() as i64,
            postings: tables.postings.len() as i64,
            entities: tables.entities.len() as i64,
            orphan_events: events().filter(has_no_entity).count() as i64,
        })
    }

    async fn batches(&mut self, after: i64, limit: u32) -> Result<Vec<AuditedBatch>, StoreError> {
        let rows = self.tables.batches.range(after + 1..).take(limit as usize);
        let batch = |(number, row): (&i64, &BatchRow)| {
            let (events, postings) = self.contents.get(number).cloned().unwrap_or_default();
            let BatchRow { booked_at, hash } = *row;
            AuditedBatch { number: *number, booked_at, hash, events, postings }
        };
        Ok(rows.map(batch).collect())
    }

    async fn entities(
        &mut self,
        after: Option<&EntityKey>,
        limit: u32,
    ) -> Result<Vec<AuditedEntity>, StoreError> {
        let after = after.map_or(Unbounded, |key| Excluded(place(key)));
        let rows = self.tables.entities.range((after, Unbounded)).take(limit as usize);
        Ok(rows
            .map(|(place, row)| AuditedEntity {
                key: row.key.clone(),
                version: row.version,
                state: row.state.clone(),
                wake_at: row.wake_at,
                events: self.histories.get(place).cloned().unwrap_or_default(),
            })
            .collect())
    }

    async fn balances(
        &mut self,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<BalanceRow>, StoreError> {
        let after = after.map_or(Unbounded, |account| Excluded(account.clone()));
        let rows = self.tables.balances.range((after, Unbounded)).take(limit as usize);
        Ok(rows.map(|(_, row)| row.clone()).collect())
    }
}
