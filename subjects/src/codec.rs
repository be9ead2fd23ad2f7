//! MessagePack as maps, so that fields can be added without breaking a reader.

use serde::{Serialize, de::DeserializeOwned};

/// The bytes are not a message of the expected shape.
#[derive(Debug, thiserror::Error)]
#[error("not a valid message: {0}")]
pub struct DecodeError(#[from] rmp_serde::decode::Error);

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
        let extra = format!("{} bytes follow the message", rest.len());
        return Err(DecodeError(rmp_serde::decode::Error::Syntax(extra)));
    }
    Ok(value)
}
