//! Commands that make a first payment, with nothing but bash, curl, sed and md5sum. They read the
//! secret from sandbox.json, so that none stands on the terminal or in whatever keeps its output.

use crate::admin::MerchantAccess;
use purser_subjects::Timestamp;
use std::path::Path;
use time::OffsetDateTime;

/// Years from now in which the test card expires.
const CARD_YEARS: i32 = 3;

pub(super) fn first_payment(file: &Path, access: &MerchantAccess, now: Timestamp) -> String {
    let url = format!("{}/transactionServices/REST/v1", access.base_url);
    let year = OffsetDateTime::from_unix_timestamp(now.as_millis() / 1000)
        .map_or(2030, |now| now.year() + CARD_YEARS);
    let file = quoted(&file.display().to_string());
    format!(
        r#"Made a sandbox merchant; its credentials are in {file}.
Paste this into bash to make a payment:

  url='{url}'; field() {{ sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" {file} | head -1; }}
  token=$(curl -sS "$url/authToken" -d authentication.partnerId="$(field partnerId)" \
    -d merchant.username="$(field username)" -d authentication.sKey="$(field secureKey)" |
    sed -n 's/.*"AuthToken" *: *"\([^"]*\)".*/\1/p')
  order=order-$(date +%s%N); curl -sS "$url/payments" -H "AuthToken: $token" \
    -d authentication.memberId="$(field memberId)" -d merchantTransactionId="$order" \
    -d authentication.checksum="$(printf '%s' "$(field memberId)|$(field secureKey)|$order|12.50" | md5sum | cut -c1-32)" \
    -d amount=12.50 -d currency=EUR -d paymentType=DB -d paymentMode=CC -d paymentBrand=VISA \
    -d card.number=4242424242424242 -d card.expiryMonth=12 -d card.expiryYear={year} -d card.cvv=123; echo
"#
    )
}

/// A word that the shell takes as it is.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%".contains(&byte);
    if text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_the_shell_needs_it() {
        assert_eq!(quoted("/srv/purser-data/sandbox.json"), "/srv/purser-data/sandbox.json");
        assert_eq!(quoted("/my shop's/x"), r"'/my shop'\''s/x'");
    }
}
