//! MD5 checksums over fields and the secure key. The scheme is the product's; the AuthToken and TLS
//! carry the weight.

use md5::{Digest, Md5};
use subtle::{Choice, ConstantTimeEq};

/// Lower-case hex of the MD5 of the parts, joined by `|`.
pub(crate) fn of(parts: &[&[u8]]) -> String {
    let mut md5 = Md5::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            md5.update(b"|");
        }
        md5.update(part);
    }
    hex::encode(md5.finalize())
}

/// Whether `given` is the checksum of one of `candidates`, in a time that depends on neither. Only
/// lower-case hex counts, as documented.
pub(crate) fn matches(given: &str, candidates: &[&[&[u8]]]) -> bool {
    let hit = candidates
        .iter()
        .fold(Choice::from(0), |hit, parts| hit | of(parts).as_bytes().ct_eq(given.as_bytes()));
    hit.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a concatenation as it stands in the documentation.
    fn md5(text: &str) -> String {
        let parts: Vec<&[u8]> = text.split('|').map(str::as_bytes).collect();
        of(&parts)
    }

    #[test]
    fn known_vectors() {
        for (text, digest) in [
            ("11344|testkey|Rest Transaction 01|50.00", "ca98a3483e7c3120e9faefedb437454e"),
            ("11344|testkey|PAY123|50.00", "db61c5158a453d005abb53e6b2d9bb17"),
            ("11344|testkey", "40eb1ad196c08e97607b24d346862d67"),
            // RFC 1321, A.5.
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ] {
            assert_eq!(md5(text), digest, "{text}");
        }
    }

    #[test]
    fn only_the_exact_lower_case_digest_matches() {
        let parts: &[&[u8]] = &[b"11344", b"testkey"];
        let other: &[&[u8]] = &[b"testkey", b"11344"];
        let digest = "40eb1ad196c08e97607b24d346862d67";
        assert!(matches(digest, &[parts]));
        assert!(matches(digest, &[other, parts]));
        assert!(!matches(digest, &[other]));
        for wrong in ["", &digest[..31], &digest.to_uppercase(), &format!("{digest}0")] {
            assert!(!matches(wrong, &[parts]), "{wrong}");
        }
    }
}
