//! The form of a JSON body that is signed: without insignificant whitespace, and otherwise as it was
//! sent. Keys keep their order, nulls stay, and nothing within a string is touched.

/// The body is no JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON")]
pub struct NotJson;

/// Whether a byte is insignificant outside of strings (RFC 8259, 2).
fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Removes the whitespace between the tokens of `body`. An empty body, such as that of a GET, stays
/// empty.
///
/// # Errors
/// [`NotJson`] for anything else that a JSON parser refuses: what cannot be read has no signed form.
pub fn minify(body: &[u8]) -> Result<Vec<u8>, NotJson> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|_| NotJson)?;
    // The parser has seen that strings end and that escapes are whole; that is all this relies on. It
    // does not look at the encoding of what it ignores.
    std::str::from_utf8(body).map_err(|_| NotJson)?;
    let mut minified = Vec::with_capacity(body.len());
    let mut in_string = false;
    let mut is_escaped = false;
    for &byte in body {
        if in_string {
            in_string = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
        } else if is_whitespace(byte) {
            continue;
        } else {
            in_string = byte == b'"';
        }
        minified.push(byte);
    }
    Ok(minified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn text(body: &str) -> String {
        String::from_utf8(minify(body.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn only_whitespace_between_tokens_goes() {
        assert_eq!(
            text("{ \"z\" : \"a  b\\\" : c \\\\\" ,\r\n\t\"a\" : [ null , 1.50 , true ] }\n"),
            "{\"z\":\"a  b\\\" : c \\\\\",\"a\":[null,1.50,true]}"
        );
        assert_eq!(text(""), "");
        assert_eq!(text(" {} "), "{}");
        assert_eq!(text("\"tab\\tand space\""), "\"tab\\tand space\"");
        // Spaces that are not JSON's own are part of a string wherever they can stand.
        assert_eq!(text("[\"\u{a0}\u{2003}é\"]"), "[\"\u{a0}\u{2003}é\"]");
    }

    #[test]
    fn what_is_not_json_has_no_minified_form() {
        for body in
            [" ", "{", "{}{}", "{\"a\":}", "\"a", "{'a':1}", "a=1&b=2", "\u{feff}{}", "[1,]"]
        {
            assert_eq!(minify(body.as_bytes()), Err(NotJson), "{body:?}");
        }
        assert_eq!(minify(b"[\"\xff\"]"), Err(NotJson));
        assert_eq!(minify("[".repeat(100_000).as_bytes()), Err(NotJson));
    }

    /// Any JSON value; keys come in any order.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            "[ \\t\\n\\r\"\\\\a-c{}\\[\\]:,é\u{1F600}]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[ \"\\\\a-z]{0,6}", inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    /// Writes a value as clients do who like whitespace; `spaces` is used over and over.
    fn spaced(value: &Value, spaces: &mut impl Iterator<Item = &'static str>) -> String {
        let mut out = spaces.next().unwrap_or_default().to_owned();
        match value {
            Value::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    out.push_str(&spaced(item, spaces));
                }
                out.push(']');
            }
            Value::Object(fields) => {
                out.push('{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    out.push_str(&spaced(&Value::from(name.as_str()), spaces));
                    out.push(':');
                    out.push_str(&spaced(value, spaces));
                }
                out.push('}');
            }
            leaf => out.push_str(&leaf.to_string()),
        }
        out.push_str(spaces.next().unwrap_or_default());
        out
    }

    proptest! {
        #[test]
        fn whatever_whitespace_is_sent_the_compact_form_is_signed(
            value in json(),
            spaces in prop::collection::vec(prop::sample::select(vec!["", " ", "\n", "\t ", "\r\n  "]), 1..20),
        ) {
            let sent = spaced(&value, &mut spaces.into_iter().cycle());
            let minified = minify(sent.as_bytes()).unwrap();
            prop_assert_eq!(String::from_utf8(minified.clone()).unwrap(), value.to_string());
            // As the parser reads it: it may take a long fraction for its neighbour, before and after.
            let read = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
            prop_assert_eq!(read(&minified), read(sent.as_bytes()));
            // The minified form is its own.
            prop_assert_eq!(minify(&minified).unwrap(), minified);
        }

        #[test]
        fn whatever_a_parser_refuses_is_refused(bytes in prop::collection::vec(any::<u8>(), 1..40)) {
            let parses = serde_json::from_slice::<Value>(&bytes).is_ok();
            prop_assert!(!parses || minify(&bytes).is_ok());
            if let Ok(minified) = minify(&bytes) {
                let read = serde_json::from_slice::<serde::de::IgnoredAny>(&minified);
                prop_assert!(read.is_ok());
            }
        }
    }
}
