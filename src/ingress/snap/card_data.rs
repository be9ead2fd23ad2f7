//! Card data that a merchant sends itself: a JSON object, encrypted with the client secret.
//!
//! AES-128-CBC with PKCS #7 padding; the key is the first 16 characters of the client secret, filled up
//! with `-`; what is sent is `Base64(ciphertext)|Base64(IV)` with a random IV of 16 bytes.

use super::{
    answer::Answer,
    body, codes,
    fields::{Charset, Object, rule},
};
use crate::card::{CardError, CardSecret, is_over, luhn_valid};
use aws_lc_rs::{
    cipher::{
        AES_128, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
    },
    iv::FixedLength,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use purser_subjects::Timestamp;
use zeroize::Zeroizing;

const NAME: &str = "cardData";
const KEY_BYTES: usize = 16;

/// A card as a merchant sent it.
pub(crate) struct CardData {
    pub(crate) card: CardSecret,
    pub(crate) phone: Option<String>,
}

/// Decrypts and reads card data. No refusal repeats any of it.
///
/// # Errors
/// The refusal that names the field.
pub(crate) fn read(text: &str, secret: &[u8], now: Timestamp) -> Result<CardData, Answer> {
    let invalid = || Answer::invalid(NAME, "Base64(AES-128-CBC)|Base64(IV), see the documents.");
    let plain = decrypt(text, secret).ok_or_else(invalid)?;
    let object = body::object(&plain).map_err(|_| invalid())?;
    let object = Object::at(&object, NAME);
    let number = object.required("bankCardNo", rule(12, 19, Charset::Digits))?;
    if !luhn_valid(number) {
        return Err(Answer::invalid(&object.name("bankCardNo"), "A card number."));
    }
    let expiry = object.required("expiryDate", rule(4, 4, Charset::Digits))?;
    let phone = object.text("phoneNo", rule(9, 16, Charset::Digits))?;
    let month: u8 = expiry[..2].parse().unwrap_or(0);
    let year = 2000 + expiry[2..].parse::<u16>().unwrap_or(0);
    let card = CardSecret::new(number, month, year, None).map_err(|error| match error {
        CardError::Expiry => Answer::invalid(&object.name("expiryDate"), "MMYY"),
        _ => Answer::invalid(&object.name("bankCardNo"), "A card number."),
    })?;
    if is_over(month, year, now) {
        return Err(Answer::new(codes::CARD_EXPIRED));
    }
    Ok(CardData { card, phone: phone.map(str::to_owned) })
}

fn key(secret: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([b'-'; KEY_BYTES]);
    for (place, byte) in key.iter_mut().zip(secret) {
        *place = *byte;
    }
    key
}

fn decrypt(text: &str, secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (cipher, iv) = text.split_once('|')?;
    let iv: [u8; AES_CBC_IV_LEN] = STANDARD.decode(iv).ok()?.try_into().ok()?;
    let mut bytes = Zeroizing::new(STANDARD.decode(cipher).ok()?);
    let key = UnboundCipherKey::new(&AES_128, &*key(secret)).ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let plain = key.decrypt(&mut bytes, context).ok()?.len();
    bytes.truncate(plain);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::cipher::PaddedBlockEncryptingKey;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn encrypt(plain: &str, secret: &[u8]) -> String {
        let key = UnboundCipherKey::new(&AES_128, &*key(secret)).unwrap();
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
        let mut bytes = plain.as_bytes().to_vec();
        let context = key.encrypt(&mut bytes).unwrap();
        let DecryptionContext::Iv128(iv) = context else { panic!("an IV") };
        let iv: &[u8; 16] = iv.as_ref();
        format!("{}|{}", STANDARD.encode(bytes), STANDARD.encode(iv))
    }

    #[test]
    fn what_the_client_encrypts_is_read() {
        for secret in [b"short".as_slice(), b"a secret of more than sixteen bytes"] {
            let sent = encrypt(
                r#"{"bankCardNo":"4242424242424242","expiryDate":"1235","phoneNo":"628123456789"}"#,
                secret,
            );
            let data = read(&sent, secret, NOW).ok().unwrap();
            assert_eq!(data.card.last4(), "4242");
            assert_eq!((data.card.expiry_month(), data.card.expiry_year()), (12, 2035));
            assert_eq!(data.phone.as_deref(), Some("628123456789"));
            assert!(read(&sent, b"another secret!!", NOW).is_err());
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_a_word_of_it() {
        let secret = b"a secret of more than sixteen bytes";
        let plain = |text: &str| encrypt(text, secret);
        for (sent, case) in [
            (String::new(), codes::INVALID_FORMAT),
            ("AAAA".to_owned(), codes::INVALID_FORMAT),
            ("AAAA|AAAA".to_owned(), codes::INVALID_FORMAT),
            (plain("4242424242424242"), codes::INVALID_FORMAT),
            (plain(r#"{"expiryDate":"1235"}"#), codes::MANDATORY),
            (
                plain(r#"{"bankCardNo":"4242424242424241","expiryDate":"1235"}"#),
                codes::INVALID_FORMAT,
            ),
            (
                plain(r#"{"bankCardNo":"4242424242424242","expiryDate":"1335"}"#),
                codes::INVALID_FORMAT,
            ),
            (
                plain(r#"{"bankCardNo":"4242424242424242","expiryDate":"1220"}"#),
                codes::CARD_EXPIRED,
            ),
        ] {
            let refused = read(&sent, secret, NOW).err().unwrap();
            assert_eq!(refused.case, case, "{sent}");
            assert!(!format!("{refused:?}").contains("4242"));
        }
    }
}
