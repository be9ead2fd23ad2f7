//! MessagePack as maps, so that fields can be added without breaking a reader.

use serde::{Serialize, de::DeserializeOwned};

/// The bytes are not a message of the expected shape.
///
/// Tells what was expected and never what stood there: a value in the wrong place may be a card number.
#[derive(Debug, thiserror::Error)]
#[error("not a valid message: {0}")]
pub struct DecodeError(String);

impl From<rmp_serde::decode::Error> for DecodeError {
    fn from(error: rmp_serde::decode::Error) -> Self {
        let text = error.to_string();
        // serde writes "<what stood there>, expected <a fixed text>" for these.
        let quotes = ["invalid type", "invalid value", "unknown variant"];
        if !quotes.iter().any(|begin| text.starts_with(begin)) {
            return Self(text);
        }
        let expected = text.rsplit_once(", expected ").map_or("another value", |(_, tail)| tail);
        Self(format!("a field has the wrong type or value, expected {expected}"))
    }
}

/// Encodes `value` as a MessagePack map with field names.
///
/// # Panics
/// Never for the types of this crate: they hold no map keys or sizes that MessagePack cannot carry.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("contract types always encode")
}

/// Decodes one message; unknown fields are ignored, trailing bytes are refused.
///
/// # Errors
/// [`DecodeError`] when a required field is missing, a value has the wrong type, or bytes follow.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut rest = bytes;
    let value = T::deserialize(&mut rmp_serde::Deserializer::new(&mut rest))?;
    if !rest.is_empty() {
        return Err(DecodeError(format!("{} bytes follow the message", rest.len())));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Money, account::Side};

    #[test]
    fn what_follows_a_message_is_refused() {
        let mut bytes = encode("EUR");
        bytes.push(0xc0);
        let error = decode::<crate::Currency>(&bytes).unwrap_err().to_string();
        assert_eq!(error, "not a valid message: 1 bytes follow the message");
    }

    #[test]
    fn errors_name_what_is_missing_but_repeat_no_value() {
        let missing = decode::<Money>(&[0x80]).unwrap_err().to_string();
        assert!(missing.contains("missing field `minor`"), "{missing}");
        let card = "4111111111111111, expected 4111111111111111";
        for error in [
            decode::<i64>(&encode(card)).unwrap_err(),
            decode::<Side>(&encode(card)).unwrap_err(),
            decode::<crate::EntityId>(&encode(card)).unwrap_err(),
            decode::<crate::Currency>(&encode(card)).unwrap_err(),
            decode::<crate::Sealed>(&encode(&[4111])).unwrap_err(),
        ] {
            assert!(!error.to_string().contains("4111"), "{error}");
            assert!(!format!("{error:?}").contains("4111"), "{error:?}");
        }
    }

    #[test]
    fn a_float_is_no_amount() {
        assert!(decode::<i64>(&encode(&12.0f64)).is_err());
    }
}
