use super::*;
use crate::ingress::card_binding::texts::Lang;

/// 2026-02-28T23:59:59.999Z.
const NOW: Timestamp = Timestamp::from_millis(1_772_323_199_999);

fn texts() -> &'static Texts {
    Lang::En.texts()
}

fn form(changes: &[(&str, &str)]) -> Form {
    let fields = [
        ("number", "4242 4242 4242 4242"),
        ("holder", "Siti Rahma"),
        ("expiry", "08/29"),
        ("code", "123"),
    ];
    Form::of(fields.map(|(name, value)| {
        let changed = changes.iter().find(|(other, _)| *other == name);
        (name, changed.map_or(value, |(_, value)| value))
    }))
}

fn errors(changes: &[(&str, &str)]) -> CardErrors {
    read(&form(changes), texts(), NOW).err().map(|(errors, _)| errors).unwrap_or_default()
}

#[test]
fn a_card_is_read_as_people_type_it() {
    for number in ["4242424242424242", "4242-4242-4242-4242", "4242\u{a0}4242 42424242 "] {
        let (card, holder) = read(&form(&[("number", number)]), texts(), NOW).unwrap();
        assert_eq!((card.number(), holder.as_str()), ("4242424242424242", "Siti Rahma"));
        assert_eq!((card.expiry_month(), card.expiry_year()), (8, 2029));
    }
    for expiry in ["08/29", "0829", "8/29", "08 / 29", "08-2029", "082029", "08.29", " 08/2029 "] {
        let (card, _) = read(&form(&[("expiry", expiry)]), texts(), NOW).unwrap();
        assert_eq!((card.expiry_month(), card.expiry_year()), (8, 2029), "{expiry}");
    }
    for name in ["O'Brien", "Nur-Aini S.", "I Gusti  Ngurah", "Łukasz Ö"] {
        assert_eq!(errors(&[("holder", name)]), CardErrors::default(), "{name}");
    }
}

#[test]
fn every_field_has_its_own_words() {
    let texts = texts();
    for (field, value, words) in [
        ("number", " ", texts.number_missing),
        ("number", "4242424242424241", texts.number_wrong),
        ("number", "42424242424", texts.number_wrong),
        ("number", "4242x424242424242", texts.number_wrong),
        ("number", &"42".repeat(20), texts.number_wrong),
        ("holder", "", texts.holder_missing),
        ("holder", "4242 4242", texts.holder_wrong),
        ("holder", "<b>", texts.holder_wrong),
        ("holder", "...", texts.holder_wrong),
        ("holder", &"a".repeat(46), texts.holder_wrong),
        ("expiry", "", texts.expiry_missing),
        ("expiry", "soon", texts.expiry_wrong),
        ("expiry", "13/29", texts.expiry_wrong),
        ("expiry", "00/29", texts.expiry_wrong),
        ("expiry", "08/029", texts.expiry_wrong),
        ("expiry", "+8/29", texts.expiry_wrong),
        ("expiry", "é8é", texts.expiry_wrong),
        ("expiry", "08/2129", texts.expiry_wrong),
        ("expiry", "01/26", texts.expiry_past),
        ("code", "", texts.code_missing),
        ("code", "12", texts.code_wrong),
        ("code", "12a", texts.code_wrong),
        ("code", "12345", texts.code_wrong),
    ] {
        let found = errors(&[(field, value)]);
        let found = match field {
            "number" => found.number,
            "holder" => found.holder,
            "expiry" => found.expiry,
            _ => found.code,
        };
        assert_eq!(found, Some(words), "{field} {value:?}");
    }
    assert_eq!(errors(&[("expiry", "02/26")]), CardErrors::default(), "valid to its last day");
}

#[test]
fn number_and_code_are_not_given_back_and_nothing_that_is_wrong() {
    let typed = form(&[("number", "4242424242424241")]);
    let (_, echo) = read(&typed, texts(), NOW).unwrap_err();
    assert_eq!((echo.holder.as_str(), echo.expiry.as_str()), ("Siti Rahma", "08/29"));
    let swapped = form(&[("holder", "4242424242424242"), ("expiry", "123"), ("code", "x")]);
    let (_, echo) = read(&swapped, texts(), NOW).unwrap_err();
    assert_eq!(echo, CardEcho::default());
}

#[test]
fn a_one_time_code_has_four_to_eight_digits() {
    let texts = texts();
    assert_eq!(otp("123 456", texts).unwrap().as_str(), "123456");
    assert_eq!(otp(" ", texts).unwrap_err(), texts.otp_missing);
    for bad in ["123", "123456789", "12345a", "１２３４５６"] {
        assert_eq!(otp(bad, texts).unwrap_err(), texts.otp_form, "{bad}");
    }
}
