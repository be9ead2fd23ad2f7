use super::*;

fn vault(digit: char) -> Vault {
    Vault::new(MasterKey::from_hex(&digit.to_string().repeat(64)).unwrap())
}

#[test]
fn what_is_sealed_opens_for_the_same_purpose_and_context() {
    let vault = vault('1');
    for plaintext in [&b""[..], b"secret", &[7; 5000]] {
        let sealed = vault.seal("card", "payment-1", plaintext);
        assert_eq!(*vault.open("card", "payment-1", &sealed).unwrap(), plaintext);
    }
}

#[test]
fn sealing_twice_gives_different_bytes() {
    let vault = vault('1');
    assert_ne!(vault.seal("card", "p", b"secret"), vault.seal("card", "p", b"secret"));
}

#[test]
fn another_purpose_or_context_does_not_open() {
    let vault = vault('1');
    let sealed = vault.seal("card", "payment-1", b"secret");
    for (purpose, context) in [("card", "payment-2"), ("key", "payment-1"), ("card|payment-1", "")]
    {
        let opened = vault.open(purpose, context, &sealed);
        assert!(matches!(opened, Err(VaultError::NotAuthentic)), "{purpose} {context}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let vault = vault('1');
    let sealed = vault.seal("card", "p", b"secret");
    for position in 0..sealed.ciphertext().len() {
        let mut bytes = sealed.ciphertext().to_vec();
        bytes[position] ^= 1;
        let error = vault.open("card", "p", &Sealed::from_ciphertext(bytes)).unwrap_err();
        let expected = match position {
            0 => matches!(error, VaultError::UnknownVersion(0)),
            1..=4 => matches!(error, VaultError::OtherKey),
            _ => matches!(error, VaultError::NotAuthentic),
        };
        assert!(expected, "byte {position}: {error:?}");
    }
}

#[test]
fn cut_off_bytes_do_not_open() {
    let vault = vault('1');
    let sealed = vault.seal("card", "p", b"secret");
    for length in 0..sealed.ciphertext().len() {
        let cut = Sealed::from_ciphertext(sealed.ciphertext()[..length].to_vec());
        assert!(matches!(vault.open("card", "p", &cut), Err(VaultError::NotAuthentic)));
    }
}

#[test]
fn another_master_key_is_told_apart() {
    let sealed = vault('1').seal("card", "p", b"secret");
    assert!(matches!(vault('2').open("card", "p", &sealed), Err(VaultError::OtherKey)));
    assert_ne!(vault('1').check_value(), vault('2').check_value());
    assert_eq!(vault('1').check_value(), vault('1').check_value());
}

#[test]
fn fingerprints_and_keys_depend_on_key_and_purpose() {
    let (one, two) = (vault('1'), vault('2'));
    assert_eq!(one.fingerprint("a", b"data"), vault('1').fingerprint("a", b"data"));
    assert_ne!(one.fingerprint("a", b"data"), one.fingerprint("b", b"data"));
    assert_ne!(one.fingerprint("a", b"data"), one.fingerprint("a", b"date"));
    assert_ne!(one.fingerprint("a", b"data"), two.fingerprint("a", b"data"));
    assert_eq!(one.derive_key("a"), vault('1').derive_key("a"));
    assert_ne!(one.derive_key("a"), one.derive_key("b"));
    assert_ne!(one.derive_key("a"), two.derive_key("a"));
}

/// Rows sealed by this version must open for ever: derivation and layout may not change.
#[test]
fn derivation_and_layout_are_stable() {
    let vault = vault('1');
    assert_eq!(hex::encode(vault.check_value()), "6e58dcbbd0396c7654de87ecaaa94138");
    assert_eq!(
        hex::encode(*vault.derive_key("golden")),
        "b1b1850996fc99837e568167f8b50c97c4c437329bb68205538cde5b8ea2606e"
    );
    assert_eq!(
        hex::encode(vault.fingerprint("golden", b"data")),
        "efe06a804396b7adecfd6f7788e0183721e98d681202bdbf1d17129f4590b3e0"
    );
    let golden = hex::decode(
        "016e58dcbb000102030405060708090a0b82edd112d01e05e04e5508794efbbd008a04dabf8877",
    )
    .unwrap();
    let opened = vault.open("card", "golden", &Sealed::from_ciphertext(golden)).unwrap();
    assert_eq!(*opened, b"secret");
}

#[test]
fn debug_output_never_holds_anything() {
    assert_eq!(format!("{:?}", vault('1')), "Vault");
}
