//! Who sends a request: the AuthToken names the user, the checksum proves the secure key.

use super::{Gateway, SCHEME, checksum, codes, fields::Fields, refusal::Refusal};
use axum::http::HeaderMap;
use purser_subjects::MerchantId;
use zeroize::Zeroizing;

const TOKEN_HEADER: &str = "authtoken";

/// An authenticated merchant.
pub(crate) struct Caller {
    pub(crate) merchant: MerchantId,
    secure_key: Zeroizing<Vec<u8>>,
}

impl Caller {
    /// Finds who sent the request, by its AuthToken, which must have been issued to its memberId.
    ///
    /// # Errors
    /// The refusal of a token that is missing, not valid, expired or another member's.
    pub(crate) async fn of(
        gateway: &Gateway,
        headers: &HeaderMap,
        fields: &Fields,
    ) -> Result<Self, Refusal> {
        let invalid = || Refusal::new(codes::TOKEN_INVALID);
        let mut tokens = headers.get_all(TOKEN_HEADER).iter();
        let token = tokens.next().ok_or_else(|| Refusal::new(codes::TOKEN_MISSING))?;
        let token = token.to_str().ok().filter(|_| tokens.next().is_none()).ok_or_else(invalid)?;
        let username = gateway.tokens.username(token, gateway.clock.now())?;

        let merchant = gateway.merchants.by_login(SCHEME, &username).await?.ok_or_else(invalid)?;
        if fields.required("authentication.memberId")? != merchant.as_str() {
            return Err(Refusal::new(codes::OTHER_MEMBER));
        }
        let profile = gateway.merchants.by_id(&merchant).await?.ok_or_else(invalid)?;
        let credential = profile
            .credentials
            .iter()
            .find(|credential| credential.scheme == SCHEME && credential.name == *username)
            .ok_or_else(invalid)?;
        let secure_key = gateway.merchants.secret(credential)?;
        Ok(Self { merchant, secure_key })
    }

    /// Checks authentication.checksum against `memberId|secureKey|<rest>` for each of the `rests`.
    ///
    /// # Errors
    /// [`codes::MISSING`] or [`codes::WRONG_CHECKSUM`].
    pub(crate) fn check(&self, fields: &Fields, rests: &[&[&str]]) -> Result<(), Refusal> {
        let given = fields.required("authentication.checksum")?;
        let candidates: Vec<Vec<&[u8]>> = rests
            .iter()
            .map(|rest| {
                let start = [self.merchant.as_str().as_bytes(), &self.secure_key];
                start.into_iter().chain(rest.iter().map(|part| part.as_bytes())).collect()
            })
            .collect();
        let candidates: Vec<&[&[u8]]> = candidates.iter().map(Vec::as_slice).collect();
        if checksum::matches(given, &candidates) {
            Ok(())
        } else {
            Err(Refusal::new(codes::WRONG_CHECKSUM))
        }
    }
}
