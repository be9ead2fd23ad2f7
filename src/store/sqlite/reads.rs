//! Queries that PostgreSQL understands too.

reads!(sqlx::Sqlite, in("IN (SELECT value FROM json_each(", "))"));

/// Slots as one parameter: SQLite has no arrays.
pub(super) fn slot_list(slots: &[Slot]) -> String {
    let numbers: Vec<_> = slots.iter().map(|slot| slot.number().into()).collect();
    number_list(&numbers)
}

pub(super) fn number_list(numbers: &[i64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}
