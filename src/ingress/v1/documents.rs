//! The interface's description: OpenAPI 3.1, made from the code, and a page for people made from that.

pub(crate) mod page;

use super::{codes, refusal::ErrorBody, routes};
use axum::{
    Json,
    http::{HeaderName, header},
    response::Html,
};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

/// The page has its style inline and nothing else.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Purser",
        description = "Purser's own interface for merchants: where they are notified, and what became of notifications.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorBody)),
    modifiers(&Key),
    security(("api_key" = [])),
    tags(
        (name = "Callback endpoints", description = "Where events are sent to."),
        (name = "Deliveries", description = "What was sent, and how it was answered.")
    )
)]
struct Description;

/// How a merchant proves who it is.
struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut Document) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("An API key, such as pk_sandbox_...".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI document of the interface.
pub fn openapi() -> Document {
    let described = utoipa_axum::router::OpenApiRouter::with_openapi(Description::openapi());
    let (_, mut document) = described.nest(super::PREFIX, routes()).split_for_parts();
    let codes: Vec<_> = codes::ALL
        .iter()
        .map(|code| format!("| `{}` | {} | {} |", code.code, code.status.as_u16(), code.message))
        .collect();
    let intro = document.info.description.take().unwrap_or_default();
    document.info.description = Some(format!(
        "{intro}\n\nEvery refusal has the shape `Error`. Its codes:\n\n| Code | Status | Meaning |\n\
         |---|---|---|\n{}",
        codes.join("\n")
    ));
    document
}

/// What the page says of the interface besides the document.
const NOTE: &str = "<p>Every call carries <code>Authorization: Bearer KEY</code>. The document for programs is \
     <a href=\"/v1/openapi.json\">/v1/openapi.json</a>. <a href=\"/docs/snap\">SNAP</a> has a page of its own.</p>";

static DOCUMENT: LazyLock<Document> = LazyLock::new(openapi);
static PAGE: LazyLock<String> = LazyLock::new(|| page::render(&DOCUMENT, NOTE));

/// `GET /v1/openapi.json`
pub(super) async fn json() -> Json<&'static Document> {
    Json(&DOCUMENT)
}

/// `GET /docs`
pub(super) async fn page() -> ([(HeaderName, &'static str); 2], Html<&'static str>) {
    let headers =
        [(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, Html(&PAGE))
}
