//! Any message as JSON for people: whatever its type, also one of a newer version.

use purser_subjects::{DecodeError, decode};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;
use uuid::Uuid;

/// MessagePack as JSON. Sixteen bytes are an id; other bytes may be sealed and are only counted.
struct Readable(Value);

/// Reads one message.
pub(super) fn read(bytes: &[u8]) -> Result<Value, DecodeError> {
    decode::<Readable>(bytes).map(|message| message.0)
}

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of MessagePack")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Value, E> {
        Ok(match Uuid::from_slice(value) {
            Ok(id) => id.to_string().into(),
            Err(_) => format!("({} bytes)", value.len()).into(),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Readable(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((Readable(key), Readable(value))) = entries.next_entry()? {
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::{
        Envelope, Sealed, encode,
        merchant::{Credential, Environment, MerchantCreated, MerchantTerms},
    };
    use serde_json::json;

    #[test]
    fn ids_are_text_and_sealed_bytes_stay_out_of_sight() {
        let created = MerchantCreated {
            merchant: "10001".parse().unwrap(),
            name: "Shop".to_owned(),
            environment: Environment::Live,
            credentials: vec![Credential {
                scheme: "gateway".to_owned(),
                name: "shop".to_owned(),
                secret: Sealed::from_ciphertext(vec![7; 40]),
                attributes: Default::default(),
            }],
            terms: MerchantTerms::default(),
            at: purser_subjects::Timestamp::from_millis(5),
        };
        let envelope = Envelope::new("purser", created);
        let value = read(&encode(&envelope)).unwrap();
        assert_eq!(value["id"], json!(envelope.id.to_string()));
        assert_eq!(value["payload"]["credentials"][0]["secret"], json!("(40 bytes)"));
        assert_eq!(value["payload"]["at"], json!(5));
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        assert!(read(b"").is_err());
        assert!(read(b"\x81").is_err());
        assert!(read(b"\xc0 and more").is_err());
    }
}
