//! Rules of fields, wherever they stand: in a body, a query or within another field.

use super::answer::Answer;
use purser_subjects::Money;
use serde_json::{Map, Value};
use url::Url;

/// Which characters a text may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Charset {
    /// Anything but control characters.
    Text,
    /// Visible ASCII.
    Visible,
    /// ASCII letters and digits.
    Alphanumeric,
    /// ASCII letters, digits, and these.
    And(&'static str),
    /// ASCII digits.
    Digits,
}

impl Charset {
    fn has(self, c: char) -> bool {
        match self {
            Self::Text => !c.is_control(),
            Self::Visible => c.is_ascii_graphic(),
            Self::Alphanumeric => c.is_ascii_alphanumeric(),
            Self::And(more) => c.is_ascii_alphanumeric() || more.contains(c),
            Self::Digits => c.is_ascii_digit(),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Text => "characters".to_owned(),
            Self::Visible => "visible ASCII characters".to_owned(),
            Self::Alphanumeric => "letters and digits".to_owned(),
            Self::And(more) => format!("letters, digits and {more:?}"),
            Self::Digits => "digits".to_owned(),
        }
    }
}

/// How long a text may be, and of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) charset: Charset,
}

/// A rule of `min` to `max` characters.
pub(crate) const fn rule(min: usize, max: usize, charset: Charset) -> Rule {
    Rule { min, max, charset }
}

impl Rule {
    /// Checks a value.
    ///
    /// # Errors
    /// The refusal that names the field.
    pub(crate) fn check(self, field: &str, value: &str) -> Result<(), Answer> {
        let length = value.chars().count();
        if (self.min..=self.max).contains(&length) && value.chars().all(|c| self.charset.has(c)) {
            return Ok(());
        }
        let words = self.charset.words();
        Err(Answer::invalid(
            field,
            if self.min == self.max {
                format!("Exactly {} {words}.", self.min)
            } else {
                format!("{} to {} {words}.", self.min, self.max)
            },
        ))
    }
}

/// Fields of an object, with the path at which it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    fields: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Object<'a> {
    /// The fields of a body.
    pub(crate) fn body(fields: &'a Map<String, Value>) -> Self {
        Self { fields, path: "" }
    }

    /// The fields of an object that stands at `path`.
    pub(crate) fn at(fields: &'a Map<String, Value>, path: &'a str) -> Self {
        Self { fields, path }
    }

    /// The name of a field as it is told.
    pub(crate) fn name(self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    fn value(self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    /// A text that may be left out; null and the empty text count as left out.
    pub(crate) fn text(self, field: &str, rule: Rule) -> Result<Option<&'a str>, Answer> {
        let name = || self.name(field);
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => rule.check(&name(), text).map(|()| Some(text.as_str())),
            Some(_) => Err(Answer::invalid(&name(), "A text.")),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(self, field: &str, rule: Rule) -> Result<&'a str, Answer> {
        self.text(field, rule)?.ok_or_else(|| Answer::missing(&self.name(field)))
    }

    /// An object that may be left out.
    pub(crate) fn object(self, field: &str) -> Result<Option<&'a Map<String, Value>>, Answer> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(Answer::invalid(&self.name(field), "An object.")),
        }
    }

    /// A list that may be left out.
    pub(crate) fn list(self, field: &str) -> Result<&'a [Value], Answer> {
        match self.value(field) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(Answer::invalid(&self.name(field), "A list.")),
        }
    }

    /// `YES`/`NO`, `Y`/`N` or a JSON boolean.
    pub(crate) fn flag(self, field: &str) -> Result<Option<bool>, Answer> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) => match text.to_ascii_uppercase().as_str() {
                "" => Ok(None),
                "YES" | "Y" | "TRUE" => Ok(Some(true)),
                "NO" | "N" | "FALSE" => Ok(Some(false)),
                _ => Err(Answer::invalid(&self.name(field), "YES or NO.")),
            },
            Some(_) => Err(Answer::invalid(&self.name(field), "YES or NO.")),
        }
    }

    /// `{"value": "10000.00", "currency": "IDR"}`, more than zero; may be left out.
    pub(crate) fn amount(self, field: &str) -> Result<Option<Money>, Answer> {
        let Some(fields) = self.object(field)? else { return Ok(None) };
        let path = self.name(field);
        let inner = Object::at(fields, &path);
        let value = inner.required("value", rule(1, 19, Charset::And(".")))?;
        let currency = inner.required("currency", rule(3, 3, Charset::Alphanumeric))?;
        let currency = currency
            .parse()
            .map_err(|_| Answer::invalid(&inner.name("currency"), "An ISO 4217 code."))?;
        decimal(&inner.name("value"), value, currency).map(Some)
    }
}

/// An amount with two decimals, `[0-9]{1,16}\.[0-9]{2}`, more than zero.
pub(crate) fn decimal(
    field: &str,
    text: &str,
    currency: purser_subjects::Currency,
) -> Result<Money, Answer> {
    let invalid =
        || Answer::invalid(field, "1 to 16 digits, a point and 2 digits; more than zero.");
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_shaped = text.split_once('.').is_some_and(|(whole, fraction)| {
        (1..=16).contains(&whole.len()) && fraction.len() == 2 && digits(whole) && digits(fraction)
    });
    let money = Money::parse_decimal(text, currency).ok().filter(|_| is_shaped);
    money.filter(|money| money.minor > 0).ok_or_else(invalid)
}

/// A URL to which a browser or a notification can be sent: http or https, with a host and without a
/// user.
pub(crate) fn url(field: &str, text: &str, max_bytes: usize) -> Result<(), Answer> {
    // The parser forgives what the next reader may take for another host.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_valid = text.len() <= max_bytes
        && is_plain
        && Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        });
    let rule = || format!("An http or https URL of at most {max_bytes} bytes without a user.");
    if is_valid { Ok(()) } else { Err(Answer::invalid(field, rule())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn amounts_are_read_strictly() {
        let read = |value: Value| {
            let fields = map(json!({ "amount": value }));
            Object::body(&fields).amount("amount").map(|amount| amount.map(|money| money.minor))
        };
        assert_eq!(read(json!({"value": "10000.00", "currency": "IDR"})).unwrap(), Some(1_000_000));
        assert_eq!(read(Value::Null).unwrap(), None);
        for bad in [
            json!("10000.00"),
            json!({"value": 10000, "currency": "IDR"}),
            json!({"value": "10000", "currency": "IDR"}),
            json!({"value": "0.00", "currency": "IDR"}),
            json!({"value": "-1.00", "currency": "IDR"}),
            json!({"value": "1.000", "currency": "IDR"}),
            json!({"value": "1.00", "currency": "RUPIAH"}),
            json!({"value": "1.00", "currency": "XXX"}),
            json!({"value": "12345678901234567.00", "currency": "IDR"}),
            json!({"currency": "IDR"}),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_plain_web_addresses_are_urls() {
        assert!(url("u", "https://shop.example/a?b=c#d", 64).is_ok());
        for bad in [
            "",
            "shop.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://shop.example/",
            "https://user@shop.example/",
            "https://user:word@shop.example/",
            "https:\\\\shop.example",
            "https://shop.example/ a",
            "https://shop.example/\u{202e}",
            &format!("https://shop.example/{}", "a".repeat(64)),
        ] {
            assert!(url("u", bad, 64).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_are_measured_in_characters() {
        let fields = map(json!({ "name": "é".repeat(3), "no": null, "empty": "", "number": 7 }));
        let object = Object::at(&fields, "a");
        assert_eq!(object.text("name", rule(3, 3, Charset::Text)).unwrap().unwrap(), "ééé");
        assert!(object.text("name", rule(1, 2, Charset::Text)).is_err());
        assert!(object.text("name", rule(1, 3, Charset::Alphanumeric)).is_err());
        assert!(object.text("no", rule(1, 3, Charset::Text)).unwrap().is_none());
        assert!(object.text("empty", rule(1, 3, Charset::Text)).unwrap().is_none());
        assert!(object.text("number", rule(1, 3, Charset::Text)).is_err());
        assert!(object.required("no", rule(1, 3, Charset::Text)).is_err());
        assert_eq!(object.name("x"), "a.x");
    }
}
