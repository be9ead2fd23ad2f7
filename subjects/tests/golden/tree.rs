//! Messages as trees of values, to change them as no type of this crate could.

use rmpv::Value;

/// Maps whose keys are data or the name of a variant, and so are no fields.
const NOT_FIELDS: [&str; 14] = [
    "details",
    "attributes",
    "ok",
    "error",
    "declined",
    "approved",
    "never_received",
    "unknown",
    "otp_sent",
    "bound",
    "done",
    "refused",
    "charge",
    "limit",
];

pub(super) fn decode(mut bytes: &[u8]) -> Value {
    rmpv::decode::read_value(&mut bytes).expect("today's encoding is MessagePack")
}

pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).expect("writing to memory succeeds");
    bytes
}

/// Calls `see` for `value` and all values in it.
pub(super) fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| visit(value, see)),
        _ => {}
    }
}

fn is_variant(entries: &[(Value, Value)]) -> bool {
    matches!(entries, [(key, _)] if NOT_FIELDS.contains(&key.as_str().unwrap_or_default()))
}

/// The message as a newer version might write it: with one more field wherever fields are.
pub(super) fn with_unknown_fields(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_unknown_fields).collect(),
        Value::Map(entries) => {
            let is_variant = is_variant(&entries);
            let grow = |(key, value): (Value, Value)| match key.as_str() {
                Some("details" | "attributes") => (key, value),
                _ => (key, with_unknown_fields(value)),
            };
            let mut entries: Vec<_> = entries.into_iter().map(grow).collect();
            if !is_variant {
                let nested = Value::Map(vec![(Value::from(1), Value::Nil)]);
                let added = Value::Array(vec![Value::from("new"), nested, Value::from(0.5)]);
                entries.insert(0, (Value::from("added_later"), added));
            }
            Value::Map(entries)
        }
        other => other,
    }
}

/// One tree per value in `value`, in which `replacement` stands in its place.
pub(super) fn with_each_value_replaced(value: &Value, replacement: &Value) -> Vec<Value> {
    let mut trees = vec![replacement.clone()];
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                trees.extend(with_each_value_replaced(item, replacement).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[n] = item;
                    Value::Array(items)
                }));
            }
        }
        Value::Map(entries) => {
            for (n, (_, value)) in entries.iter().enumerate() {
                trees.extend(with_each_value_replaced(value, replacement).into_iter().map(
                    |value| {
                        let mut entries = entries.clone();
                        entries[n].1 = value;
                        Value::Map(entries)
                    },
                ));
            }
        }
        _ => {}
    }
    trees
}
