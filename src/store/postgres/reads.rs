//! Queries that SQLite understands too.

reads!(sqlx::Postgres, in("= ANY(", ")"));

/// Slots as one parameter.
pub(super) fn slot_list(slots: &[Slot]) -> Vec<i32> {
    slots.iter().map(|slot| slot.number()).collect()
}

pub(super) fn number_list(numbers: &[i64]) -> &[i64] {
    numbers
}
