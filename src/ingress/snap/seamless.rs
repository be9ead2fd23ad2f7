//! `seamlessData`: what the merchant knows of its customer already.

use super::{
    answer::Answer,
    body,
    caller::Client,
    fields::{Charset, Object, rule},
    timestamp,
};
use purser_subjects::Timestamp;
use std::time::Duration;

/// For how long the merchant's word that a phone number was verified counts.
const VERIFIED_FOR: Duration = Duration::from_secs(600);
const NAME: &str = "seamlessData";

/// What pre-fills the pages, and names the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seamless {
    pub(crate) mobile_number: Option<String>,
    pub(crate) bank_code: Option<String>,
    pub(crate) user_id: Option<String>,
}

impl Seamless {
    /// As the brief has it: `mobileNumber` of 9 to 13 digits, `bankCode` of 3 digits, `userId` of at most
    /// 20 letters, digits and `/-_`; one of the first and the last at least.
    ///
    /// # Errors
    /// The refusal that names the field.
    pub(crate) fn briefs(text: &str) -> Result<Self, Answer> {
        let object = body::object(text.as_bytes())
            .map_err(|_| Answer::invalid(NAME, "A JSON object, percent-encoded."))?;
        let object = Object::at(&object, NAME);
        let data = Self {
            mobile_number: owned(object.text("mobileNumber", rule(9, 13, Charset::Digits))?),
            bank_code: owned(object.text("bankCode", rule(3, 3, Charset::Digits))?),
            user_id: owned(object.text("userId", rule(1, 20, Charset::And("/-_")))?),
        };
        if data.mobile_number.is_none() && data.user_id.is_none() {
            return Err(Answer::missing(&object.name("mobileNumber"))
                .describe("mobileNumber or userId must be there."));
        }
        Ok(data)
    }

    /// As the standard has it: signed with the merchant's private key, and ignored where the signature is
    /// not right. A phone number counts for 10 minutes after the merchant verified it.
    ///
    /// # Errors
    /// The refusal that names a field which is signed and breaks its rule.
    pub(crate) fn standard(
        text: &str,
        sign: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Self, Answer> {
        // Both the plain text and its percent-encoded form are signed by clients in use.
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let encoded = [encoded.replace('+', "%20"), encoded];
        let is_signed = client.has_signed(text, sign)
            || encoded.iter().any(|encoded| client.has_signed(encoded, sign));
        if !is_signed {
            return Ok(Self::default());
        }
        let object = body::object(text.as_bytes())
            .map_err(|_| Answer::invalid(NAME, "A JSON object, percent-encoded."))?;
        let object = Object::at(&object, NAME);
        let mobile_number = object.text("mobileNumber", rule(9, 16, Charset::Digits))?;
        let verified = object.text("verifiedTime", rule(20, 35, Charset::Visible))?;
        let user_id = object.text("externalUid", rule(1, 32, Charset::And("/-_")))?;
        let is_fresh = match verified {
            None => true,
            Some(at) => {
                let at = timestamp::parse(at).ok_or_else(|| {
                    Answer::invalid(&object.name("verifiedTime"), "ISO 8601 with an offset")
                })?;
                timestamp::is_within(at, now, VERIFIED_FOR)
            }
        };
        let bank_code = object.text("bankCode", rule(3, 3, Charset::Digits))?;
        Ok(Self {
            mobile_number: owned(mobile_number.filter(|_| is_fresh)),
            bank_code: owned(bank_code),
            user_id: owned(user_id),
        })
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brief_rules_hold() {
        let data = Seamless::briefs(
            r#"{"mobileNumber":"628123456789","bankCode":"008","userId":"u/1-_","more":1}"#,
        )
        .unwrap();
        assert_eq!(data.mobile_number.as_deref(), Some("628123456789"));
        assert!(Seamless::briefs(r#"{"userId":"u"}"#).is_ok());
        for bad in [
            "",
            "628123456789",
            "[]",
            r#"{"bankCode":"008"}"#,
            r#"{"mobileNumber":"62812345"}"#,
            r#"{"mobileNumber":"62812345678901"}"#,
            r#"{"mobileNumber":"+6281234567"}"#,
            r#"{"mobileNumber":628123456789}"#,
            r#"{"userId":"u","bankCode":"08"}"#,
            r#"{"userId":"u","bankCode":"0081"}"#,
            r#"{"userId":"u 1"}"#,
            r#"{"userId":"aaaaaaaaaaaaaaaaaaaaa"}"#,
            r#"{"userId":"u","userId":"v"}"#,
        ] {
            assert!(Seamless::briefs(bad).is_err(), "{bad}");
        }
    }
}
