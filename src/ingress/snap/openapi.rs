//! The description of SNAP: OpenAPI 3.1, made from the table of services and prefixes that the router is
//! made from. What stands here besides are the fields, as `docs/snap.md` explains them.

mod fields;

use super::{
    codes,
    service::{Form, PREFIXES, Service},
};
use fields::{Field, Needed, of};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::openapi::OpenApi;

/// The forms that are described, with what they are called.
const FORMS: [(Form, &str, &str); 3] = [
    (Form::First, "Version 1", "The product's first version, with its own service codes."),
    (Form::Standard, "Standard", "The standard as it is written."),
    (
        Form::Third,
        "Version 3",
        "The product's present version. The same paths are also found below /api/v3.0.",
    ),
];

/// The document.
pub fn openapi() -> OpenApi {
    serde_json::from_value(document()).unwrap_or_else(|error| {
        // Made of constants; a test reads it back.
        tracing::error!(%error, "the description of SNAP");
        OpenApi::default()
    })
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(make);

fn document() -> Value {
    DOCUMENT.clone()
}

fn make() -> Value {
    let mut paths = Map::new();
    for (form, tag, _) in FORMS {
        let prefix = PREFIXES.iter().find(|(_, of)| *of == form).map_or("", |(prefix, _)| prefix);
        for service in Service::ALL {
            let mut item = Map::new();
            for method in service.methods() {
                let name = method.to_lowercase();
                item.insert(name.clone(), operation(form, *service, &name, tag));
            }
            paths.insert(format!("{prefix}{}", service.path()), item.into());
        }
    }
    let tags = FORMS.map(|(_, name, words)| json!({ "name": name, "description": words }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Purser: SNAP",
            "description": introduction(),
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "tags": tags,
        "paths": paths,
        "components": { "schemas": { "Refusal": refusal() } },
    })
}

fn introduction() -> String {
    let rows = codes::ALL
        .iter()
        .map(|(case, _)| format!("| `{}{}` | {} |", case.status.as_u16(), case.case, case.message));
    let rows: Vec<_> = rows.collect();
    format!(
        "Card bindings and direct debits by the Indonesian standard. Every `responseCode` is the HTTP \
         status, the two digits of the service, and a case:\n\n| Case | Meaning |\n|---|---|\n{}",
        rows.join("\n")
    )
}

fn operation(form: Form, service: Service, method: &str, tag: &str) -> Value {
    let about = of(service);
    let code = service.code(form);
    let in_query = method == "get";
    let mut parameters = headers(service);
    if service.path().contains("{value}") {
        parameters.push(parameter("value", "path", true, "The merchant's name for its customer."));
    }
    if in_query {
        let query = about.request.iter();
        parameters.extend(query.map(|field| {
            parameter(field.name, "query", field.needed == Needed::Always, field.words)
        }));
    }
    let answers = schema(about.answer, true);
    let mut operation = json!({
        "tags": [tag],
        "operationId": format!("{}_{code}_{method}", tag.to_lowercase().replace(' ', "")),
        "summary": about.summary,
        "description": format!("Service {code}. {}", about.words),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": format!("`200{code}00`, or 202 where the outcome is still open."),
                "content": { "application/json": { "schema": answers } },
            },
            "default": {
                "description": "A refusal; `responseCode` says which.",
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Refusal" } } },
            },
        },
    });
    if !in_query {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema(about.request, false) } },
        });
    }
    operation
}

/// The headers of a service.
fn headers(service: Service) -> Vec<Value> {
    let is_token = matches!(service, Service::B2b | Service::B2b2c);
    let signature = if is_token {
        "SHA256withRSA of client key, `|` and timestamp, in hex or Base64."
    } else {
        "HMAC-SHA512 of method, path, token, digest of the body and timestamp, in hex or Base64."
    };
    let mut headers = vec![
        parameter("X-TIMESTAMP", "header", true, "ISO 8601 with an offset; at most 5 minutes off."),
        parameter("X-SIGNATURE", "header", true, signature),
        parameter("X-CLIENT-KEY", "header", is_token, "The client key, 32 or 36 characters."),
    ];
    if !is_token {
        headers.push(parameter("Authorization", "header", true, "`Bearer` and the access token."));
        headers.push(parameter("X-PARTNER-ID", "header", true, "The partner id."));
        let words = "Unique for the day and service.";
        headers.push(parameter("X-EXTERNAL-ID", "header", true, words));
        headers.push(parameter("CHANNEL-ID", "header", true, "5 digits."));
        let words = "`Bearer` and the customer's token, if there is one.";
        headers.push(parameter("Authorization-Customer", "header", false, words));
    }
    headers
}

fn parameter(name: &str, place: &str, required: bool, words: &str) -> Value {
    json!({
        "name": name,
        "in": place,
        "required": required,
        "description": words,
        "schema": { "type": "string" },
    })
}

/// An object of strings; nested fields have a dot in their name.
fn schema(fields: &[Field], is_answer: bool) -> Value {
    let mut properties = Map::new();
    if is_answer {
        properties.insert("responseCode".to_owned(), text("Status, service and case."));
        properties.insert("responseMessage".to_owned(), text("In words."));
    }
    let mut required = Vec::new();
    for field in fields {
        if field.needed == Needed::Always {
            required.push(field.name);
        }
        let shape = match field.shape {
            fields::Shape::Text => text(field.words),
            fields::Shape::Amount => json!({
                "type": "object",
                "description": field.words,
                "required": ["value", "currency"],
                "properties": {
                    "value": text("Two decimals, such as 10000.00."),
                    "currency": text("ISO 4217."),
                },
            }),
            fields::Shape::Object => json!({ "type": "object", "description": field.words }),
            fields::Shape::List => {
                json!({ "type": "array", "description": field.words, "items": { "type": "object" } })
            }
        };
        properties.insert(field.name.to_owned(), shape);
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

fn text(words: &str) -> Value {
    json!({ "type": "string", "description": words })
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "description": "The body of every refusal.",
        "required": ["responseCode", "responseMessage"],
        "properties": {
            "responseCode": text("HTTP status, service and case, 7 digits."),
            "responseMessage": text("The case's words, and the field at fault."),
            "responseDescription": text("What is wrong, in versions 1 and 3."),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_openapi_and_has_every_service_of_every_form() {
        let read: Result<OpenApi, _> = serde_json::from_value(document());
        let paths = read.unwrap().paths.paths.len();
        assert_eq!(paths, FORMS.len() * Service::ALL.len());
    }

    #[test]
    fn every_field_has_words() {
        for service in Service::ALL {
            let about = of(*service);
            assert!(!about.summary.is_empty());
            for field in about.request.iter().chain(about.answer) {
                assert!(!field.words.is_empty(), "{service:?} {}", field.name);
            }
        }
    }
}
