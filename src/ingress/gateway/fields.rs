//! The decoded fields of a request, whatever format they came in.

use super::{codes, refusal::Refusal, schema};
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// Fields that no rule knows are ignored, but no more of them than this.
const MAX_UNKNOWN: usize = 100;
/// Longest name of a field, in bytes.
const MAX_NAME: usize = 100;
/// Longest value of any field, in characters.
const MAX_VALUE: usize = 2048;
/// Follows from the rest of the request, so it does not tell two requests apart.
const CHECKSUM: &str = "authentication.checksum";

/// Flat fields by name. A field that was sent empty counts as not sent.
#[derive(Default)]
pub(crate) struct Fields {
    by_name: BTreeMap<String, Zeroizing<String>>,
    unknown: usize,
}

impl Fields {
    /// Adds a field.
    ///
    /// # Errors
    /// A refusal when the name stands there already, or name or value break the rules of all fields.
    pub(crate) fn add(&mut self, name: String, value: String) -> Result<(), Refusal> {
        let value = Zeroizing::new(value);
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Refusal::of(codes::MALFORMED, "a field's name"));
        }
        let known = schema::known(&name);
        self.unknown += usize::from(known.is_none());
        if self.unknown > MAX_UNKNOWN || value.chars().nth(MAX_VALUE).is_some() {
            return Err(Refusal::new(codes::TOO_MUCH));
        }
        let told = known.unwrap_or("a field without meaning here");
        if value.chars().any(is_control) {
            return Err(Refusal::of(codes::CONTROL, told));
        }
        if self.by_name.insert(name, value).is_some() {
            return Err(Refusal::of(codes::DUPLICATE_FIELD, told));
        }
        Ok(())
    }

    /// The value of a field, if it was sent and is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a field that must be there.
    ///
    /// # Errors
    /// [`codes::MISSING`].
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::of(codes::MISSING, name))
    }

    /// Whether the name or value of a field other than `name` holds the digits that are the value of
    /// `name`, also in groups, as people write the number of a card.
    pub(crate) fn repeats(&self, name: &str) -> bool {
        let Some(value) = self.get(name) else { return false };
        let holds = |text: &str| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            Zeroizing::new(digits).contains(value)
        };
        self.by_name.iter().any(|(other, text)| other != name && (holds(other) || holds(text)))
    }

    /// All fields in one unambiguous form that does not depend on their order or on the format of the
    /// body: each name and value with its length in front.
    pub(crate) fn canonical(&self) -> Zeroizing<Vec<u8>> {
        let filled =
            || self.by_name.iter().filter(|(name, value)| !value.is_empty() && *name != CHECKSUM);
        let size = filled().map(|(name, value)| name.len() + value.len() + 16).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        for (name, value) in filled() {
            for part in [name.as_bytes(), value.as_bytes()] {
                bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }
}

/// Names only: values may be card data.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// Control characters and the two separators that some readers take for a line break.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in pairs {
            fields.add((*name).into(), (*value).into()).unwrap();
        }
        fields
    }

    #[test]
    fn the_canonical_form_ignores_order_and_empty_fields_alone() {
        let one = fields(&[("a", "1"), ("b", "2"), ("c", "")]).canonical();
        assert_eq!(one, fields(&[("b", "2"), ("a", "1")]).canonical());
        for other in [
            &[("a", "1"), ("b", "3")][..],
            &[("a", "1b"), ("b", "")],
            &[("a", "1")],
            &[("a", "1"), ("b", "2"), ("d", "4")],
        ] {
            assert_ne!(one, fields(other).canonical());
        }
    }

    #[test]
    fn too_many_unknown_fields_are_refused() {
        let mut fields = Fields::default();
        for number in 0..MAX_UNKNOWN {
            fields.add(format!("x{number}"), "1".into()).unwrap();
        }
        fields.add("amount".into(), "1.00".into()).unwrap();
        let refused = fields.add("one-more".into(), String::new()).unwrap_err();
        assert_eq!(refused.code, codes::TOO_MUCH);
    }

    #[test]
    fn a_number_is_found_in_other_fields_however_it_is_grouped() {
        let number = "4111111111111111";
        for (name, value) in [
            ("note", "pay by 4111111111111111!"),
            ("note", "4111 1111 1111 1111"),
            ("note", "4111-1111-1111-1111"),
            ("note", "(4111) 1111.1111/1111"),
            ("x4111111111111111", "1"),
        ] {
            let fields = fields(&[("card.number", number), (name, value)]);
            assert!(fields.repeats("card.number"), "{name}: {value}");
        }
        let apart = fields(&[("card.number", number), ("a", "4111 1111"), ("b", "1111 1111")]);
        assert!(!apart.repeats("card.number"));
        assert!(!fields(&[("note", number)]).repeats("card.number"));
    }

    #[test]
    fn debug_output_holds_no_value() {
        let fields = fields(&[("card.number", "4111111111111111")]);
        assert!(!format!("{fields:?}").contains("4111"));
    }
}
