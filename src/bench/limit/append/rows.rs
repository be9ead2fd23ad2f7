//! The rows of a group of units, as the product would write them.

use super::Shape;
use crate::bench::spread::{Pairs, Spread};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Accounts that transfers go between.
const ACCOUNTS: usize = 10_000;
/// Bytes of encoded events, states and answers, as a database of the product has them on average.
const TRANSFER_EVENT: usize = 70;
const ACCOUNT_STATE: usize = 110;
const PAYMENT_EVENTS: [(&str, usize); 3] =
    [("begun", 560), ("operation-begun", 90), ("operation-approved", 110)];
const PAYMENT_STATE: usize = 860;
const PAYMENT_ANSWER: usize = 560;
const NOTIFICATION: usize = 560;
/// Accounts that every payment of a merchant posts to.
const PAYMENT_ACCOUNTS: [&str; 3] =
    ["12345678-EUR-clearing", "12345678-EUR-pending", "12345678-EUR-fees"];
/// Kinds of entities, as their numbers stand in rows.
pub(super) const ACCOUNT: i16 = 2;
pub(super) const TRANSACTION: i16 = 3;
const BOOKED_AT: i64 = 1_750_000_000_000;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Small(i16),
    Int(i32),
    Big(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

/// Rows of one table that are only ever added.
pub(super) struct Rows {
    pub(super) table: &'static str,
    pub(super) columns: &'static str,
    pub(super) width: usize,
    pub(super) cells: Vec<Cell>,
}

/// State of an entity: its kind, id, version and bytes. The last one of a group counts.
pub(super) type States = BTreeMap<(i16, String), (i64, Vec<u8>)>;

/// What is written together.
pub(super) struct Group {
    pub(super) added: Vec<Rows>,
    pub(super) states: States,
    /// By how much balances change.
    pub(super) balances: BTreeMap<String, i64>,
}

impl Group {
    /// The rows of the units with these numbers.
    pub(super) fn of(shape: Shape, batch: i64, numbers: &[u64]) -> Self {
        let (states, balances) = (States::new(), BTreeMap::new());
        let mut group = Self { added: empty(), states, balances };
        match shape {
            Shape::Transfer => {
                let pairs = Pairs::new(Spread::Uniform, ACCOUNTS);
                numbers.iter().for_each(|number| group.transfer(batch, *number, &pairs));
            }
            Shape::Payment => numbers.iter().for_each(|number| group.payment(batch, *number)),
        }
        group.added.retain(|rows| !rows.cells.is_empty());
        group
    }

    fn transfer(&mut self, batch: i64, number: u64, pairs: &Pairs) {
        let (from, to) = pairs.of(number);
        let [from, to] = [from, to].map(|place| format!("bench-{place}"));
        let number = number as i64 + 1;
        self.event(batch, number, (ACCOUNT, &from), number, ("transferred", TRANSFER_EVENT));
        self.state((ACCOUNT, &from), number, ACCOUNT_STATE);
        let group = Uuid::now_v7();
        self.posting(batch, 2 * number, group, &from, 1);
        self.posting(batch, 2 * number + 1, group, &to, -1);
    }

    fn payment(&mut self, batch: i64, number: u64) {
        let number = number as i64 + 1;
        let (key, delivery, group) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let payment = key.simple().to_string();
        for (place, event) in PAYMENT_EVENTS.into_iter().enumerate() {
            let place = place as i64;
            self.event(batch, 3 * number + place, (TRANSACTION, &payment), place + 1, event);
        }
        self.state((TRANSACTION, &payment), 3, PAYMENT_STATE);
        for (place, account) in PAYMENT_ACCOUNTS.into_iter().enumerate() {
            let amount = [1_250, -1_184, -66][place];
            self.posting(batch, 3 * number + place as i64, group, account, amount);
        }
        self.added[2].cells.extend([
            Cell::Id(key),
            Cell::Bytes(vec![1; 32]),
            Cell::Bytes(vec![2; PAYMENT_ANSWER]),
        ]);
        let text = |text: &str| Cell::Text(text.to_owned());
        self.added[3].cells.extend([
            Cell::Id(delivery),
            Cell::Big(BOOKED_AT),
            Cell::Big(BOOKED_AT),
            Cell::Big(1),
            Cell::Big(0),
            Cell::Small(TRANSACTION),
            Cell::Text(payment),
            text("url-0123456789abcdef0123456789abcdef"),
            text("12345678"),
            text("gateway"),
            text("http://127.0.0.1:40000/00"),
            Cell::Bytes(vec![3; NOTIFICATION]),
            Cell::Int(65_536),
        ]);
    }

    fn event(
        &mut self,
        batch: i64,
        number: i64,
        entity: (i16, &str),
        version: i64,
        (name, size): (&str, usize),
    ) {
        let id = Uuid::now_v7();
        self.added[0].cells.extend([
            Cell::Big(number),
            Cell::Big(batch),
            Cell::Big(version),
            Cell::Id(id),
            Cell::Id(id),
            Cell::Small(entity.0),
            Cell::Text(entity.1.to_owned()),
            Cell::Text(name.to_owned()),
            Cell::Bytes(vec![4; size]),
        ]);
    }

    fn posting(&mut self, batch: i64, number: i64, group: Uuid, account: &str, amount: i64) {
        self.added[1].cells.extend([
            Cell::Big(number),
            Cell::Big(batch),
            Cell::Big(amount),
            Cell::Big(BOOKED_AT + batch),
            Cell::Big(BOOKED_AT + batch),
            Cell::Id(group),
            Cell::Text(account.to_owned()),
            Cell::Text("EUR".to_owned()),
            Cell::Text(String::new()),
        ]);
        *self.balances.entry(account.to_owned()).or_default() -= amount;
    }

    fn state(&mut self, (kind, id): (i16, &str), version: i64, size: usize) {
        self.states.insert((kind, id.to_owned()), (version, vec![5; size]));
    }
}

fn empty() -> Vec<Rows> {
    let rows = |table, columns, width| Rows { table, columns, width, cells: Vec::new() };
    vec![
        rows(
            "events",
            "number, batch, version, correlation, causation, kind, id, name, payload",
            9,
        ),
        rows(
            "postings",
            "number, batch, amount, booked_at, effective_at, posting_group, account, currency, memo",
            9,
        ),
        rows("answers", "key, digest, answer", 3),
        rows(
            "deliveries",
            "id, created_at, due_at, sequence, attempts, object_kind, object_id, endpoint, \
             merchant, format, url, payload, slot",
            13,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(group: &Group) -> Vec<(&'static str, usize)> {
        let count = |rows: &Rows| (rows.table, rows.cells.len() / rows.width);
        group.added.iter().map(count).collect()
    }

    #[test]
    fn each_unit_brings_its_rows_and_postings_sum_to_zero() {
        let group = Group::of(Shape::Transfer, 1, &[0, 1, 2]);
        assert_eq!(added(&group), [("events", 3), ("postings", 6)]);
        assert_eq!(group.balances.values().sum::<i64>(), 0);
        let group = Group::of(Shape::Payment, 1, &[0, 1]);
        let expected = [("events", 6), ("postings", 6), ("answers", 2), ("deliveries", 2)];
        assert_eq!(added(&group), expected);
        assert_eq!((group.states.len(), group.balances.len()), (2, 3));
        assert_eq!(group.balances.values().sum::<i64>(), 0);
    }
}
