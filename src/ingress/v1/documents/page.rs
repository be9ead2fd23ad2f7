//! The description as a page: no script, nothing loaded from elsewhere.

use serde_json::{Map, Value};
use std::fmt::Write;
use utoipa::openapi::OpenApi;

const HEAD: &str = include_str!("page.html");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page of a document; `note` is HTML that follows its description.
pub(crate) fn render(document: &OpenApi, note: &str) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut page = HEAD.to_owned();
    let info = &document["info"];
    let _ = write!(page, "<h1>{}</h1>", escaped(text(&info["title"])));
    page.push_str(&prose(text(&info["description"])));
    page.push_str(note);
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        let _ = write!(page, "<h2>{}</h2>", escaped(name));
        page.push_str(&prose(text(&tag["description"])));
        for (path, method, operation) in operations(&document, name) {
            render_operation(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Objects</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let _ =
            write!(page, "<details id=\"{0}\"><summary><b>{0}</b></summary><div>", escaped(name));
        page.push_str(&prose(text(&schema["description"])));
        render_fields(&mut page, schema);
        page.push_str("</div></details>");
    }
    page.push_str("</main></body></html>");
    page
}

fn operations<'a>(
    document: &'a Value,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, &'static str, &'a Value)> {
    let tagged = move |operation: &Value| {
        operation["tags"].as_array().is_some_and(|tags| tags.iter().any(|named| *named == tag))
    };
    entries(&document["paths"]).flat_map(move |(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let operation = item.get(method)?;
            tagged(operation).then_some((path, method, operation))
        })
    })
}

fn render_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<details><summary><b>{}</b><code>{}</code><span>{}</span></summary><div>",
        method.to_uppercase(),
        escaped(path),
        escaped(text(&operation["summary"])),
    );
    page.push_str(&prose(text(&operation["description"])));
    let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        page.push_str("<h3>Parameters</h3><table>");
        for parameter in parameters {
            let _ = write!(
                page,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escaped(text(&parameter["name"])),
                escaped(text(&parameter["in"])),
                escaped(text(&parameter["description"])),
            );
        }
        page.push_str("</table>");
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !schema.is_null() {
        let _ = write!(page, "<h3>Body</h3><p>{}</p>", kind(schema));
    }
    page.push_str("<h3>Answers</h3><table>");
    for (status, answer) in entries(&operation["responses"]) {
        let schema = &answer["content"]["application/json"]["schema"];
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escaped(status),
            if schema.is_null() { String::new() } else { kind(schema) },
            escaped(text(&answer["description"])),
        );
    }
    page.push_str("</table></div></details>");
}

fn render_fields(page: &mut String, schema: &Value) {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> =
            values.iter().map(|value| format!("<code>{}</code>", escaped(text(value)))).collect();
        let _ = write!(page, "<p>{}</p>", values.join(", "));
    }
    let required = schema["required"].as_array();
    page.push_str("<table>");
    for (name, field) in entries(&schema["properties"]) {
        let is_required = required.is_some_and(|names| names.iter().any(|had| *had == name));
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td>{}{}</td><td>{}</td></tr>",
            escaped(name),
            kind(field),
            if is_required { "" } else { ", may be absent" },
            escaped(text(&field["description"])),
        );
    }
    page.push_str("</table>");
}

/// The type of a schema, in few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escaped(name));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let choices = choices.iter().filter(|choice| choice["type"] != "null");
        return choices.map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => escaped(name),
        Value::Array(names) => {
            let names = names.iter().map(text).filter(|name| *name != "null");
            let names: Vec<_> = names.collect();
            if names == ["array"] {
                return format!("list of {}", kind(&schema["items"]));
            }
            escaped(&names.join(" or "))
        }
        _ => "anything".to_owned(),
    }
}

/// Paragraphs and tables; nothing else of Markdown is used.
fn prose(markdown: &str) -> String {
    let mut html = String::new();
    for block in markdown.split("\n\n").filter(|block| !block.trim().is_empty()) {
        if !block.starts_with('|') {
            let _ = write!(html, "<p>{}</p>", coded(block));
            continue;
        }
        html.push_str("<table>");
        for line in block.lines().filter(|line| !line.starts_with("|---")) {
            let cells = line.trim_matches('|').split('|');
            let cells = cells.map(|cell| format!("<td>{}</td>", coded(cell.trim())));
            let _ = write!(html, "<tr>{}</tr>", cells.collect::<String>());
        }
        html.push_str("</table>");
    }
    html
}

/// Escaped text whose backquoted parts are code.
fn coded(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_object_of_the_document_stands_on_the_page() {
        let document = super::super::openapi();
        let page = render(&document, "");
        let document = serde_json::to_value(&document).unwrap();
        let mut operations = 0;
        for (path, item) in entries(&document["paths"]) {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
            operations += METHODS.iter().filter(|method| item.get(**method).is_some()).count();
        }
        // Each begins with its method in bold; objects are bold too.
        let objects = entries(&document["components"]["schemas"]).count();
        assert_eq!(page.matches("<summary><b>").count(), operations + objects);
        assert!(operations > 10, "{operations}");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(prose("a < b & `<c>`"), "<p>a &lt; b &amp; <code>&lt;c&gt;</code></p>");
        assert_eq!(prose("| a | `b` |\n|---|---|\n| c | d |").matches("<td>").count(), 4);
    }
}
