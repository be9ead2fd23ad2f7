//! Valid requests, and how cases change them.

use super::{CARD, Fixture, PREFIX, SECURITY_CODE, Sent};
use md5::{Digest, Md5};
use std::fmt::Write;

/// One hostile request: a valid one with edits.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The valid request to begin with.
    pub(crate) target: Target,
    pub(crate) edits: &'static [Edit],
    /// Expected HTTP status.
    pub(crate) status: u16,
    /// Expected `result.code`.
    pub(crate) code: &'static str,
}

/// A valid request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// `POST /payments`: PA of 10.00 EUR with a reference of its own.
    Pay,
    /// `POST /payments/{id}`: CP of 1.00.
    Capture(Whose),
    /// `POST /inquiry` by PID.
    Inquire(Whose),
    /// `POST /authToken`.
    LogIn,
}

/// Which payment an operation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Own,
    Others,
    Nobodys,
}

/// A change to a valid request.
pub(crate) enum Edit {
    /// Sets a field before the checksum is made.
    Set(&'static str, &'static str),
    /// Sets a field to so many times a text before the checksum is made.
    Fill(&'static str, &'static str, usize),
    /// Leaves a field out; for the checksum it is empty.
    Remove(&'static str),
    /// Makes the checksum of another text.
    Checksum(fn(&Fixture, &Fields) -> String),
    /// Changes the checksum.
    Digest(fn(String) -> String),
    /// Sets a field after the checksum was made.
    SetLate(&'static str, &'static str),
    /// Adds a field, also when it is there already, after the checksum was made.
    Add(&'static str, &'static str),
    /// Sends another AuthToken, or none.
    Token(fn(&Fixture) -> Option<String>),
    /// Sends a form instead of JSON.
    Form,
    /// Sends another content type, or none.
    ContentType(Option<&'static str>),
    /// Sends one more header.
    Header(&'static str, &'static str),
    /// Sends another method.
    Method(&'static str),
    /// Sends to another path below the prefix.
    Path(&'static str),
    /// Changes the body on its way out.
    Body(fn(Vec<u8>) -> Vec<u8>),
}

/// Fields of a request, in order.
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// The value of a field; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(other, _)| other == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{}:{}", json(name), json(value))).collect();
        format!("{{{}}}", pairs.join(",")).into_bytes()
    }

    pub(crate) fn to_form(&self) -> Vec<u8> {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish().into_bytes()
    }
}

impl Target {
    /// The fields of the valid request, without its checksum.
    pub(crate) fn fields(self, fixture: &Fixture, reference: &str) -> Fields {
        let member = ("authentication.memberId", fixture.member_id.as_str());
        let pairs = match self {
            Self::Pay => vec![
                member,
                ("merchantTransactionId", reference),
                ("amount", "10.00"),
                ("currency", "EUR"),
                ("paymentType", "PA"),
                ("paymentMode", "CC"),
                ("card.number", CARD),
                ("card.expiryMonth", "12"),
                ("card.expiryYear", "2035"),
                ("card.cvv", SECURITY_CODE),
                ("customer.givenName", "Ada"),
                ("customer.email", "ada@shop.example"),
            ],
            Self::Capture(_) => vec![member, ("paymentType", "CP"), ("amount", "1.00")],
            Self::Inquire(whose) => vec![
                member,
                ("paymentType", "IN"),
                ("idType", "PID"),
                ("paymentId", whose.id(fixture)),
            ],
            Self::LogIn => vec![
                ("authentication.partnerId", fixture.partner_id.as_str()),
                ("merchant.username", &fixture.username),
                ("authentication.sKey", &fixture.secure_key),
            ],
        };
        Fields(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    fn path(self, fixture: &Fixture) -> String {
        match self {
            Self::Pay => "/payments".to_owned(),
            Self::Capture(whose) => format!("/payments/{}", whose.id(fixture)),
            Self::Inquire(_) => "/inquiry".to_owned(),
            Self::LogIn => "/authToken".to_owned(),
        }
    }

    /// The text whose MD5 is the checksum.
    fn checksum(self, fixture: &Fixture, fields: &Fields) -> Option<String> {
        let rest = match self {
            Self::Pay => {
                format!("{}|{}", fields.get("merchantTransactionId"), fields.get("amount"))
            }
            Self::Capture(whose) => format!("{}|{}", whose.id(fixture), fields.get("amount")),
            Self::Inquire(_) => fields.get("paymentId").to_owned(),
            Self::LogIn => return None,
        };
        let member = fields.get("authentication.memberId");
        Some(format!("{member}|{}|{rest}", fixture.secure_key))
    }
}

impl Whose {
    fn id(self, fixture: &Fixture) -> &str {
        match self {
            Self::Own => &fixture.payment_id,
            Self::Others => &fixture.other_payment_id,
            Self::Nobodys => "00000000000000000000000000000000",
        }
    }
}

impl Case {
    /// The request of this case; `reference` is the merchantTransactionId of a payment.
    pub(crate) fn request(&self, fixture: &Fixture, reference: &str) -> Sent {
        let mut fields = self.target.fields(fixture, reference);
        for edit in self.edits {
            match edit {
                Edit::Set(name, value) => fields.set(name, value),
                Edit::Fill(name, part, count) => fields.set(name, &part.repeat(*count)),
                Edit::Remove(name) => fields.0.retain(|(other, _)| other != name),
                _ => {}
            }
        }
        self.sign(fixture, &mut fields);
        for edit in self.edits {
            match edit {
                Edit::SetLate(name, value) => fields.set(name, value),
                Edit::Add(name, value) => fields.0.push(((*name).into(), (*value).into())),
                _ => {}
            }
        }
        self.encode(fixture, &fields)
    }

    fn sign(&self, fixture: &Fixture, fields: &mut Fields) {
        let mut text = self.target.checksum(fixture, fields);
        for edit in self.edits {
            match edit {
                Edit::Checksum(of) => text = Some(of(fixture, fields)),
                Edit::Remove("authentication.checksum") => return,
                _ => {}
            }
        }
        let Some(mut digest) = text.map(|text| md5(&text)) else { return };
        for edit in self.edits {
            if let Edit::Digest(change) = edit {
                digest = change(digest);
            }
        }
        fields.set("authentication.checksum", &digest);
    }

    fn encode(&self, fixture: &Fixture, fields: &Fields) -> Sent {
        let form = self.edits.iter().any(|edit| matches!(edit, Edit::Form));
        let mut content_type =
            Some(if form { "application/x-www-form-urlencoded" } else { "application/json" });
        let mut token = (self.target != Target::LogIn).then(|| fixture.token.clone());
        let mut sent = Sent {
            method: "POST",
            path: format!("{PREFIX}{}", self.target.path(fixture)),
            headers: Vec::new(),
            body: if form { fields.to_form() } else { fields.to_json() },
        };
        for edit in self.edits {
            match edit {
                Edit::Token(of) => token = of(fixture),
                Edit::ContentType(other) => content_type = *other,
                Edit::Header(name, value) => sent.headers.push((name, (*value).to_owned())),
                Edit::Method(method) => sent.method = method,
                Edit::Path(path) => sent.path = format!("{PREFIX}{path}"),
                Edit::Body(change) => sent.body = change(sent.body),
                _ => {}
            }
        }
        sent.headers.extend(token.map(|token| ("AuthToken", token)));
        sent.headers.extend(content_type.map(|value| ("Content-Type", value.to_owned())));
        sent
    }
}

/// An inquiry about a payment of the member by its merchantTransactionId.
pub(super) fn inquiry(fixture: &Fixture, reference: &str) -> Sent {
    let text = format!("{}|{}|{reference}", fixture.member_id, fixture.secure_key);
    let digest = md5(&text);
    let fields = [
        ("authentication.memberId", fixture.member_id.as_str()),
        ("authentication.checksum", &digest),
        ("paymentType", "IN"),
        ("idType", "MID"),
        ("merchantTransactionId", reference),
    ];
    Sent {
        method: "POST",
        path: format!("{PREFIX}/inquiry"),
        headers: vec![
            ("AuthToken", fixture.token.clone()),
            ("Content-Type", "application/json".to_owned()),
        ],
        body: Fields(fields.map(|(name, value)| (name.into(), value.into())).into()).to_json(),
    }
}

/// Lower-case hex of the MD5 of `text`.
pub(crate) fn md5(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
