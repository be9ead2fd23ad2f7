//! What the gateway answers: an ordered tree of texts, written as JSON or XML.
//!
//! The order of the fields is part of the answer, so that equal answers are equal bytes.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// An object of the answer; fields keep their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(&'static str, Node)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Text(String),
    Object(Object),
}

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub(crate) fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, Node::Text(value.into())));
        self
    }

    /// Adds a text if there is one.
    #[must_use]
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds an object.
    #[must_use]
    pub(crate) fn object(mut self, name: &'static str, value: Self) -> Self {
        self.0.push((name, Node::Object(value)));
        self
    }

    /// Adds the fields of another object.
    #[must_use]
    pub(crate) fn append(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts always encode")
    }

    /// `<response>` with one element per field. The vendor's own layout is not published.
    pub(crate) fn to_xml(&self) -> Vec<u8> {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>");
        self.write_xml(&mut xml);
        xml.push_str("</response>\n");
        xml.into_bytes()
    }

    fn write_xml(&self, xml: &mut String) {
        for (name, node) in &self.0 {
            xml.extend(["<", name, ">"]);
            match node {
                Node::Text(text) => text.chars().for_each(|c| escape_xml(c, xml)),
                Node::Object(object) => object.write_xml(xml),
            }
            xml.extend(["</", name, ">"]);
        }
    }
}

/// XML 1.0, 2.2: some characters cannot be written at all; they become `?`.
fn escape_xml(c: char, xml: &mut String) {
    match c {
        '&' => xml.push_str("&amp;"),
        '<' => xml.push_str("&lt;"),
        '>' => xml.push_str("&gt;"),
        '\u{FFFE}' | '\u{FFFF}' => xml.push('?'),
        c if c.is_control() => xml.push('?'),
        c => xml.push(c),
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, node) in &self.0 {
            match node {
                Node::Text(text) => map.serialize_entry(name, text)?,
                Node::Object(object) => map.serialize_entry(name, object)?,
            }
        }
        map.end()
    }
}

/// An answer before it is known whether the client reads JSON or XML.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Object,
    /// Seconds after which a retry makes sense.
    pub(crate) retry_after_s: Option<u64>,
}

impl Reply {
    /// An answer with HTTP status 200.
    pub(crate) fn ok(body: Object) -> Self {
        Self { status: StatusCode::OK, body, retry_after_s: None }
    }

    /// The answer as bytes on the wire.
    pub(crate) fn write(self, format: Format) -> Response {
        let (content_type, body) = match format {
            Format::Json => ("application/json; charset=utf-8", self.body.to_json()),
            Format::Xml => ("application/xml; charset=utf-8", self.body.to_xml()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Carries the reply to the layer that writes it in the format the client reads.
impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// XML when the `Accept` header prefers it (RFC 9110, 12.5.1), else JSON.
    pub(crate) fn accepted(accept: &str) -> Self {
        let quality = |names: &[&str]| {
            accept
                .split(',')
                .filter_map(|range| {
                    let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
                    let name = name.trim().to_ascii_lowercase();
                    names.contains(&name.as_str()).then(|| millis(parameters))
                })
                .max()
        };
        let wildcard = quality(&["application/*"]).or_else(|| quality(&["*/*"])).unwrap_or(0);
        let json = quality(&["application/json"]).unwrap_or(wildcard);
        let xml = quality(&["application/xml", "text/xml"]).unwrap_or(wildcard);
        if xml > json { Self::Xml } else { Self::Json }
    }
}

/// The `q` of a media range in thousandths.
fn millis(parameters: &str) -> u16 {
    let q = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    match q.map(|q| q.split_once('.').unwrap_or((q, ""))) {
        Some(("0", fraction)) => format!("{fraction:0<3.3}").parse().unwrap_or(0),
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_the_order_and_escapes() {
        let inner = Object::new().text("z", "a\"b").text("a", "é");
        let object = Object::new().text("b", "1").object("a", inner).maybe("no", None::<String>);
        assert_eq!(object.to_json(), r#"{"b":"1","a":{"z":"a\"b","a":"é"}}"#.as_bytes());
    }

    #[test]
    fn xml_cannot_be_broken_out_of() {
        let object = Object::new().text("a", "</a><b>&\u{1}").object("c", Object::new());
        let xml = String::from_utf8(object.to_xml()).unwrap();
        assert!(xml.ends_with("<response><a>&lt;/a&gt;&lt;b&gt;&amp;?</a><c></c></response>\n"));
    }

    #[test]
    fn xml_is_written_only_where_it_is_preferred() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("application/json", Format::Json),
            ("application/xml", Format::Xml),
            ("text/xml, */*;q=0.1", Format::Xml),
            ("application/xml;q=0.5, application/json", Format::Json),
            ("application/xml, application/json", Format::Json),
            ("text/html,application/xml;q=0.9,*/*;q=0.8", Format::Xml),
            ("application/xml;q=0", Format::Json),
            ("image/png", Format::Json),
        ] {
            assert_eq!(Format::accepted(accept), format, "{accept}");
        }
    }
}
