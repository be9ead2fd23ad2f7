//! Finds secrets in bytes, however they are written.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use memchr::memmem::{self, Finder};
use std::collections::BTreeSet;

/// What must not be found.
pub(crate) struct Secret {
    name: String,
    forms: Forms,
}

enum Forms {
    /// Long enough that it stands nowhere by chance.
    Anywhere(Vec<Finder<'static>>),
    /// Digits of a card number, which people also write in groups.
    Digits(Vec<Finder<'static>>),
    /// Four digits, which stand in much by chance: found only where they mean a code.
    Code(Box<Finder<'static>>),
}

/// Characters of what surrounds a code that are shown when it is found.
const SHOWN: usize = 60;

impl Secret {
    /// A key or a token.
    pub(crate) fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), forms: Forms::Anywhere(finders(&encodings(text))) }
    }

    /// A key that is no text.
    pub(crate) fn bytes(name: &str, bytes: &[u8]) -> Self {
        let hex = hex::encode(bytes);
        let forms = vec![bytes.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
        Self { name: name.to_owned(), forms: Forms::Anywhere(finders(&forms)) }
    }

    /// A card number.
    pub(crate) fn card(number: &str) -> Self {
        let name = format!("card {}…{}", &number[..6], &number[number.len() - 4..]);
        Self { name, forms: Forms::Digits(finders(&encodings(number))) }
    }

    /// A security code of four digits.
    pub(crate) fn code(code: &str) -> Self {
        assert_eq!(code.len(), 4, "shorter ones stand in too much by chance");
        let code = Finder::new(code).into_owned();
        Self { name: "security code".to_owned(), forms: Forms::Code(Box::new(code)) }
    }

    /// Where it is, if it is there; of a code what surrounds it.
    fn look(&self, bytes: &[u8], grouped: &[u8], is_text: bool) -> Option<String> {
        let any = |forms: &[Finder], bytes| forms.iter().any(|form| form.find(bytes).is_some());
        match &self.forms {
            Forms::Anywhere(forms) => any(forms, bytes).then(String::new),
            Forms::Digits(forms) => {
                (any(forms, bytes) || forms[0].find(grouped).is_some()).then(String::new)
            }
            Forms::Code(code) => {
                let end = |at| at + code.needle().len();
                let at = code
                    .find_iter(bytes)
                    .find(|at| means_a_code(&bytes[..*at], &bytes[end(*at)..], is_text))?;
                let shown = &bytes[at.saturating_sub(SHOWN)..(end(at) + SHOWN).min(bytes.len())];
                Some(format!(": …{}…", shown.escape_ascii()))
            }
        }
    }
}

fn finders(forms: &[Vec<u8>]) -> Vec<Finder<'static>> {
    forms.iter().map(|form| Finder::new(form).into_owned()).collect()
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    memmem::find(bytes, form).is_some()
}

/// The text itself, in hex, in UTF-16, and in base64 at each of the three alignments.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let wide = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let hex = hex::encode(text);
    let mut forms = vec![text.into(), hex.to_uppercase().into_bytes(), hex.into_bytes(), wide];
    for before in 0..3 {
        let coded = STANDARD_NO_PAD.encode([&[0; 2][..before], text.as_bytes()].concat());
        // Characters at both ends depend on the neighbours too.
        let (from, to) = ([0, 2, 3][before], coded.len() - coded.len() % 4);
        forms.push(coded.as_bytes()[from..to].to_vec());
    }
    forms
}

/// Whether digits between `before` and `after` are told as a security code: by a name in front, by
/// quotes, as a MessagePack text of four bytes, or in a text as a word of its own. Digits that go on
/// as letters are a part of a hash or of a key.
fn means_a_code(before: &[u8], after: &[u8], is_text: bool) -> bool {
    let near = before[before.len().saturating_sub(16)..].to_ascii_lowercase();
    let named = ["cvv", "cvc", "code"].iter().any(|name| contains(&near, name.as_bytes()));
    let (last, next) = (before.last().copied(), after.first().copied());
    let quoted =
        matches!((last, next), (Some(b'"'), Some(b'"' | b'\\')) | (Some(b'\''), Some(b'\'')));
    let joined = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    let counted = after.starts_with(b" bytes");
    let bare = is_text && !joined(last) && !joined(next) && !counted;
    (named && !next.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        || quoted
        || last == Some(0xa4)
        || bare
}

/// Everything looked through, and what was found.
pub(crate) struct Report {
    secrets: Vec<Secret>,
    found: BTreeSet<String>,
    places: BTreeSet<String>,
    bytes: usize,
}

impl Report {
    pub(crate) fn new(secrets: Vec<Secret>) -> Self {
        Self { secrets, found: BTreeSet::new(), places: BTreeSet::new(), bytes: 0 }
    }

    /// Looks through something for people to read.
    pub(crate) fn scan_text(&mut self, place: &str, bytes: &[u8], excused: &[&str]) {
        self.scan(place, bytes, excused, true);
    }

    /// Looks through something in which any four digits may stand.
    pub(crate) fn scan_binary(&mut self, place: &str, bytes: &[u8], excused: &[&str]) {
        self.scan(place, bytes, excused, false);
    }

    fn scan(&mut self, place: &str, bytes: &[u8], excused: &[&str], is_text: bool) {
        let grouped: Vec<u8> =
            bytes.iter().copied().filter(|byte| !b" -+.\t".contains(byte)).collect();
        for secret in self.secrets.iter().filter(|s| !excused.contains(&s.name.as_str())) {
            if let Some(around) = secret.look(bytes, &grouped, is_text) {
                self.found.insert(format!("{} in {place}{around}", secret.name));
                self.places.insert(place.to_owned());
            }
        }
        self.bytes += bytes.len();
    }

    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        assert!(self.bytes > 0 && !self.secrets.is_empty(), "nothing was looked through");
        assert!(self.found.is_empty(), "found: {:#?}", self.found);
    }

    #[track_caller]
    pub(crate) fn assert_found(&self, place: &str) {
        assert!(self.places.contains(place), "not found in {place}");
    }
}

/// The values of all bytea columns in a dump, which has them in hex.
pub(crate) fn decode_bytea(dump: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for at in memmem::find_iter(dump, b"\\x") {
        let digits = dump[at + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let digits = &dump[at + 2..at + 2 + digits / 2 * 2];
        bytes.extend(hex::decode(digits).expect("an even number of hex digits"));
        bytes.push(0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "4242424242424242";

    fn finds(secret: Secret, bytes: &[u8], is_text: bool) -> bool {
        let mut report = Report::new(vec![secret]);
        report.scan("here", bytes, &[], is_text);
        !report.found.is_empty()
    }

    #[test]
    fn a_planted_number_is_found_however_it_is_written() {
        let coded = |before: &str| STANDARD_NO_PAD.encode(format!("{before}{NUMBER}-and-more"));
        for planted in [
            NUMBER.to_owned(),
            format!("x{NUMBER}9"),
            "4242 4242 4242 4242".to_owned(),
            "4242-4242-4242-4242".to_owned(),
            hex::encode(NUMBER),
            hex::encode_upper(NUMBER),
            coded(""),
            coded("a"),
            coded("ab"),
            coded("abc"),
            NUMBER.chars().flat_map(|digit| [digit, '\0']).collect(),
        ] {
            let hay = format!("\u{1}\u{2}before {planted} after");
            assert!(finds(Secret::card(NUMBER), hay.as_bytes(), false), "{planted}");
        }
        assert!(!finds(Secret::card(NUMBER), b"424242...4242, 424242424242424", true));
    }

    #[test]
    fn a_planted_code_is_found_where_it_means_one() {
        let code = || Secret::code("9371");
        for planted in [
            &br#"{"card.cvv":"9371"}"#[..],
            b"card.cvv=9371&x=1",
            b"Card { code: Some(9371) }",
            b"\xa4code\xa49371",
            b"value '9371' is wrong",
        ] {
            assert!(finds(code(), planted, false), "{:?}", String::from_utf8_lossy(planted));
        }
        assert!(finds(code(), b"the code of it was: secret 9371", true));
        for chance in [
            &b"019a9371-9371-7000-8000-000000009371"[..],
            b"took 1.9371 s at 09:9371",
            b"flushed 9371 bytes",
            b"\x00\x019371\x02",
            b"\x00\xa4code\xd9@f89371fface19217f2469ae4f41e16323c42675bd312cd2f88aac7d72c22f0d44a",
        ] {
            let is_text = !chance.contains(&0);
            assert!(!finds(code(), chance, is_text), "{:?}", String::from_utf8_lossy(chance));
        }
    }

    #[test]
    fn bytes_of_a_dump_are_decoded() {
        let dump = format!("1\t\\\\x{}\t\\\\x00ff\n", hex::encode(NUMBER));
        assert_eq!(decode_bytea(dump.as_bytes()), [NUMBER.as_bytes(), b"\0\0\xff\0"].concat());
    }

    #[test]
    fn a_secret_is_excused_only_where_it_belongs() {
        let mut report = Report::new(vec![Secret::text("secureKey", "key-of-the-merchant")]);
        report.scan_binary("sandbox.json", b"key-of-the-merchant", &["secureKey"]);
        report.assert_clean();
        report.scan_binary("log", b"key-of-the-merchant", &["master key"]);
        report.assert_found("log");
    }
}
