//! The rule of every field that the gateway knows, in one table.

use super::{codes, fields::Fields, refusal::Refusal, rules};

/// What a field may hold.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Anything, with at most so many characters. It is echoed, so also at most 255 bytes.
    Text(usize),
    /// Anything, with at most so many characters. It is neither stored nor echoed.
    Free(usize),
    /// From so many to so many digits.
    Digits(usize, usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// `[0-9]{1,8}\.[0-9]{2}`, more than zero.
    Amount,
    /// An active ISO 4217 code.
    Currency,
    /// An http or https URL with at most 100 characters.
    Url,
    /// An e-mail address.
    Email,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A day as YYYYMMDD.
    Day,
    /// Digits, spaces and `+()-.`, at most so many.
    Phone(usize),
    /// An optional minus and up to so many digits.
    Number(usize),
    /// Checked where it is used, by a rule with a code of its own.
    Elsewhere,
}

use Rule::{
    Amount, Currency, Day, Digits, Elsewhere, Email, Free, Ip, Number, OneOf, Phone, Text, Url,
};

const BOOLEAN: Rule = OneOf(&["true", "false"]);

/// Every field with its rule, in the order in which they are checked.
const FIELDS: &[(&str, Rule)] = &[
    ("authentication.memberId", Digits(1, 10)),
    ("authentication.checksum", Elsewhere),
    ("authentication.terminalId", Digits(1, 6)),
    ("authentication.accountId", Digits(1, 10)),
    ("authentication.partnerId", Digits(1, 10)),
    ("authentication.sKey", Free(255)),
    ("merchant.username", Free(100)),
    ("merchantTransactionId", Text(100)),
    ("paymentId", Free(64)),
    ("idType", OneOf(&["PID", "MID"])),
    ("paymentType", Elsewhere),
    ("amount", Amount),
    ("currency", Currency),
    ("tmpl_amount", Amount),
    ("tmpl_currency", Currency),
    ("orderDescriptor", Text(255)),
    ("paymentMode", Elsewhere),
    ("paymentBrand", Elsewhere),
    ("card.number", Elsewhere),
    ("card.expiryMonth", Elsewhere),
    ("card.expiryYear", Elsewhere),
    ("card.cvv", Elsewhere),
    ("customer.telnocc", Digits(3, 3)),
    ("customer.phone", Phone(24)),
    ("customer.email", Email),
    ("customer.givenName", Text(50)),
    ("customer.surname", Text(50)),
    ("customer.ip", Ip),
    ("customer.birthDate", Day),
    ("customer.customerId", Text(100)),
    ("shipping.country", Free(3)),
    ("shipping.city", Free(100)),
    ("shipping.state", Free(100)),
    ("shipping.postcode", Free(20)),
    ("shipping.street1", Free(255)),
    ("shipping.givenName", Free(50)),
    ("shipping.surname", Free(50)),
    ("shipping.language", Free(5)),
    ("merchantRedirectUrl", Url),
    ("notificationUrl", Url),
    ("recurringType", Elsewhere),
    ("createRegistration", Elsewhere),
    ("attemptThreeD", Elsewhere),
    ("redirectMethod", OneOf(&["GET", "POST"])),
    ("installment", Elsewhere),
    ("virtualPrivateAddress", Elsewhere),
    ("paymentProvider", Elsewhere),
    ("deviceDetails.user_Agent", Free(2048)),
    ("deviceDetails.browserLanguage", Free(5)),
    ("deviceDetails.browserTimezoneOffset", Number(4)),
    ("deviceDetails.browserColorDepth", Digits(1, 2)),
    ("deviceDetails.browserAcceptHeader", Free(2048)),
    ("deviceDetails.browserScreenHeight", Digits(1, 6)),
    ("deviceDetails.browserScreenWidth", Digits(1, 6)),
    ("deviceDetails.browserJavaEnabled", BOOLEAN),
];

/// The name of a field from the table, if it stands there.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    FIELDS.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// Checks every field that was sent against its rule.
///
/// # Errors
/// The refusal of the first field, in the order of the table, that breaks its rule.
pub(crate) fn check(fields: &Fields) -> Result<(), Refusal> {
    for (name, rule) in FIELDS {
        if let Some(value) = fields.get(name) {
            rule.check(name, value)?;
        }
    }
    Ok(())
}

impl Rule {
    fn check(self, name: &str, value: &str) -> Result<(), Refusal> {
        let valid = match self {
            Elsewhere => true,
            Text(max) => {
                let long = value.chars().nth(max).is_some() || value.len() > rules::MAX_ECHO_BYTES;
                return if long { Err(too_long(name, max)) } else { Ok(()) };
            }
            Free(max) => {
                let long = value.chars().nth(max).is_some();
                return if long { Err(too_long(name, max)) } else { Ok(()) };
            }
            Amount => return rules::amount(name, value),
            Currency => return rules::currency(name, value).map(drop),
            Url => return rules::url(name, value),
            Digits(min, max) => (min..=max).contains(&value.len()) && rules::digits(value),
            OneOf(values) => values.contains(&value),
            Email => rules::is_email(value),
            Ip => value.parse::<std::net::IpAddr>().is_ok(),
            Day => rules::is_day(value),
            Phone(max) => {
                let allowed = |b: u8| b.is_ascii_digit() || b" +()-.".contains(&b);
                value.len() <= max && value.bytes().all(allowed)
            }
            Number(max) => {
                let digits = value.strip_prefix('-').unwrap_or(value);
                (1..=max).contains(&digits.len()) && rules::digits(digits)
            }
        };
        if valid { Ok(()) } else { Err(Refusal::of(codes::INVALID, self.meaning(name))) }
    }

    /// The rule in words.
    fn meaning(self, name: &str) -> String {
        match self {
            Digits(min, max) if min == max => format!("{name} must have {min} digits"),
            Digits(min, max) => format!("{name} must have {min} to {max} digits"),
            OneOf(values) => format!("{name} must be one of {}", values.join(", ")),
            Email => format!("{name} must be an e-mail address"),
            Ip => format!("{name} must be an IP address"),
            Day => format!("{name} must be a day as YYYYMMDD"),
            Phone(max) => format!("{name} must have at most {max} digits, spaces or +()-."),
            Number(max) => format!("{name} must be a whole number of at most {max} digits"),
            _ => name.to_owned(),
        }
    }
}

fn too_long(name: &str, max: usize) -> Refusal {
    Refusal::of(codes::TOO_LONG, format!("{name} may have {max} characters"))
}

#[cfg(test)]
mod tests;
