//! Stylesheet, scripts and icon of all pages, in the binary. Their addresses hold a digest of what they
//! are, so browsers keep them for good and a new build is seen at once.

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::LazyLock};

/// Where assets are.
const PREFIX: &str = "/assets";
/// What pages are drawn with.
pub(super) const STYLE: &str = include_str!("assets/purser.css");

/// One asset.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset { name: "purser.css", kind: "text/css; charset=utf-8", text: STYLE },
    Asset { name: "icon.svg", kind: "image/svg+xml", text: include_str!("assets/icon.svg") },
    Asset {
        name: "card-binding.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("assets/card-binding.js"),
    },
];

static ADDRESSES: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let address = |asset: &Asset| {
        let digest = hex::encode(&Sha256::digest(asset.text)[..8]);
        (asset.name, format!("{PREFIX}/{}?v={digest}", asset.name))
    };
    ASSETS.iter().map(address).collect()
});

/// The address of an asset by its name.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("", String::as_str)
}

/// The routes of all assets.
pub(crate) fn router() -> Router {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        let serve = async || {
            let headers = [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (StatusCode::OK, headers, asset.text).into_response()
        };
        router.route(&format!("{PREFIX}/{}", asset.name), get(serve))
    })
}

#[cfg(test)]
mod tests;
