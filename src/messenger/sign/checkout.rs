//! The checkout interface: HMAC-SHA256 over `timestamp.body`, in lower-case hex.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature of `body` for an attempt at `timestamp`, which is sent along as it stands here.
pub fn signature(secret: &[u8], timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1700000000.{}' | openssl dgst -sha256 -hmac key`
    #[test]
    fn the_signature_is_that_of_openssl() {
        assert_eq!(
            signature(b"key", "1700000000", b"{}"),
            "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
        );
    }
}
