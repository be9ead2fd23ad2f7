//! A merchant's server as it speaks SNAP, which knows of the platform only what its page tells.

pub(crate) use super::message::{Answer, Draft};
use crate::support::{merchant::Merchant, platform::TestPlatform};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use purser::{
    clock::SystemClock,
    ingress::snap::{
        CLIENT_SCHEME, PARTNER_SCHEME,
        signature::{Encoding, PrivateKey, service_string, sign_service, to_pem, token_string},
    },
};
use purser_actors::ports::Clock;
use purser_subjects::{
    Timestamp,
    merchant::{Credential, SetCredential},
};
use reqwest::{Method, header::HeaderValue};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use time::{OffsetDateTime, UtcOffset};

/// The forms' prefixes.
pub(crate) const FIRST: &str = "/api/v1.0";
pub(crate) const STANDARD: &str = "/v1.0";
pub(crate) const THIRD: &str = "/dd/api/v3.0";

/// A key pair in PEM, private and public. Making one takes long in a build for tests.
static KEYS: LazyLock<(String, String)> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (to_pem(private.as_ref(), "PRIVATE KEY"), to_pem(public.as_ref(), "PUBLIC KEY"))
});

/// A merchant with a SNAP client.
#[derive(Clone)]
pub(crate) struct SnapShop {
    pub(crate) merchant: Merchant,
    pub(crate) client_key: String,
    pub(crate) client_secret: String,
    pub(crate) private_key: String,
    pub(crate) partner_id: String,
    pub(crate) merchant_id: String,
    pub(crate) channel_id: String,
    /// Which form it speaks.
    pub(crate) prefix: &'static str,
    pub(crate) encoding: Encoding,
    base: String,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
    token: Arc<Mutex<Option<String>>>,
}

impl SnapShop {
    /// A new merchant of `platform` with a client, which speaks the first form.
    pub(crate) async fn open(platform: &TestPlatform, name: &str) -> Self {
        // Several of one name are several merchants.
        let name = format!("{name}-{}", uuid::Uuid::now_v7().simple());
        let merchant = platform.merchant(&name).with_multiple_refunds().create().await;
        Self::of(platform, merchant).await
    }

    /// Gives a merchant a client.
    pub(crate) async fn of(platform: &TestPlatform, merchant: Merchant) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(100_001);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let shop = Self {
            merchant,
            client_key: format!("{number:032x}"),
            client_secret: format!("client-secret-{number}"),
            private_key: KEYS.0.clone(),
            partner_id: number.to_string(),
            merchant_id: format!("M{:05}", number % 100_000),
            channel_id: format!("{:05}", number % 100_000),
            prefix: FIRST,
            encoding: Encoding::Hex,
            base: platform.base_url(),
            clock: Arc::clone(&platform.clock),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: Arc::default(),
        };
        shop.set(platform, &[]).await;
        let partner = Credential {
            scheme: PARTNER_SCHEME.to_owned(),
            name: shop.partner_id.clone(),
            secret: platform.vault.seal(
                "credential",
                &format!("{PARTNER_SCHEME}:{}", shop.partner_id),
                b"",
            ),
            attributes: BTreeMap::new(),
        };
        let member = shop.merchant.member_id.clone();
        platform.ask(&member, SetCredential { credential: partner }).await.unwrap();
        shop
    }

    /// The merchant of a file `sandbox.json`, whose platform is at `base`.
    pub(crate) fn from_sandbox(base: &str, sandbox: &Value) -> Self {
        let text = |name: &str| sandbox["snap"][name].as_str().expect("a text").to_owned();
        Self {
            merchant: Merchant::from_sandbox(sandbox),
            client_key: text("clientKey"),
            client_secret: text("clientSecret"),
            private_key: text("privateKeyPem"),
            partner_id: text("partnerId"),
            merchant_id: text("merchantId"),
            channel_id: text("channelId"),
            prefix: FIRST,
            encoding: Encoding::Hex,
            base: base.to_owned(),
            clock: Arc::new(SystemClock::new()),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: Arc::default(),
        }
    }

    /// Sets the client's credential, with some other attributes.
    pub(crate) async fn set(&self, platform: &TestPlatform, attributes: &[(&str, &str)]) {
        let usual = [
            ("partnerId", self.partner_id.as_str()),
            ("merchantId", &self.merchant_id),
            ("channelId", &self.channel_id),
            ("publicKey", &KEYS.1),
        ];
        let all = usual.iter().chain(attributes);
        let context = format!("{CLIENT_SCHEME}:{}", self.client_key);
        let credential = Credential {
            scheme: CLIENT_SCHEME.to_owned(),
            name: self.client_key.clone(),
            secret: platform.vault.seal("credential", &context, self.client_secret.as_bytes()),
            attributes: all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        platform.ask(&self.merchant.member_id, SetCredential { credential }).await.unwrap();
    }

    /// The platform's present in Jakarta, with seconds and offset: 25 characters.
    pub(crate) fn now(&self) -> String {
        at(self.clock.now())
    }

    /// The same client speaking another form.
    pub(crate) fn speaking(&self, prefix: &'static str) -> Self {
        Self { prefix, ..self.clone() }
    }

    /// The request of an access token, signed at `timestamp`.
    pub(crate) fn token_draft(&self, service: &str, body: &Value, timestamp: &str) -> Draft {
        let text = token_string(&self.client_key, timestamp);
        let signature = PrivateKey::from_pem(&self.private_key).unwrap().sign(&text).unwrap();
        let draft = Draft {
            method: Method::POST,
            path: format!("{}/{service}", self.prefix),
            query: None,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
            signed_path: None,
            signature: Some(self.encoding.encode(&signature)),
        };
        draft
            .header("Content-Type", "application/json")
            .header("X-CLIENT-KEY", &self.client_key)
            .header("X-TIMESTAMP", timestamp)
    }

    /// A new access token.
    pub(crate) async fn new_token(&self) -> String {
        let body = json!({ "grantType": "client_credentials" });
        let answer = self.send(self.token_draft("access-token/b2b", &body, &self.now())).await;
        answer.expect("2007300").text("accessToken")
    }

    /// Uses a new access token from now on.
    pub(crate) async fn renew(&self) {
        let token = self.new_token().await;
        *self.token.lock().unwrap() = Some(token);
    }

    /// The access token that it uses all the time.
    pub(crate) async fn token(&self) -> String {
        if let Some(token) = self.token.lock().unwrap().clone() {
            return token;
        }
        let token = self.new_token().await;
        *self.token.lock().unwrap() = Some(token.clone());
        token
    }

    /// A POST with another access token than usual.
    pub(crate) async fn draft_with(&self, token: &str, service: &str, body: &Value) -> Draft {
        self.unsigned(token, Method::POST, service, Some(body))
    }

    /// A valid request but for its signature, which is made when it is sent.
    pub(crate) async fn draft(&self, method: Method, service: &str, body: Option<&Value>) -> Draft {
        let token = self.token().await;
        self.unsigned(&token, method, service, body)
    }

    fn unsigned(&self, token: &str, method: Method, service: &str, body: Option<&Value>) -> Draft {
        let draft = Draft {
            method,
            path: format!("{}/{service}", self.prefix),
            query: None,
            headers: Vec::new(),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            signed_path: None,
            signature: None,
        };
        draft
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("Authorization", &format!("Bearer {token}"))
            .header("X-TIMESTAMP", &self.now())
            .header("X-CLIENT-KEY", &self.client_key)
            .header("X-PARTNER-ID", &self.partner_id)
            .header("X-EXTERNAL-ID", &external_id())
            .header("CHANNEL-ID", &self.channel_id)
    }

    /// Signs what is not signed, and sends it.
    pub(crate) async fn send(&self, draft: Draft) -> Answer {
        let signature = draft.signature.clone().unwrap_or_else(|| self.sign(&draft));
        let query = draft.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}{}{query}", self.base, draft.path);
        let mut request = self.http.request(draft.method, url).body(draft.body);
        for (name, value) in &draft.headers {
            // Not only what is allowed there: a client may send any bytes.
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if !draft.headers.iter().any(|(name, _)| name == "X-SIGNATURE") && !signature.is_empty() {
            request = request.header("X-SIGNATURE", signature);
        }
        let response = request.send().await.expect("the platform answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a whole answer") }
    }

    /// The signature of a service call; of a body that is not JSON, the one of its bytes.
    pub(crate) fn sign(&self, draft: &Draft) -> String {
        let path = draft.signed_path.as_ref().unwrap_or(&draft.path);
        let token = draft.get("Authorization").rsplit(' ').next().unwrap_or_default();
        let timestamp = draft.get("X-TIMESTAMP");
        let text = service_string(draft.method.as_str(), path, token, &draft.body, timestamp);
        let text = text.unwrap_or_default();
        self.encoding.encode(&sign_service(self.client_secret.as_bytes(), &text))
    }

    /// A POST with a fresh X-EXTERNAL-ID.
    pub(crate) async fn post(&self, service: &str, body: &Value) -> Answer {
        let draft = self.draft(Method::POST, service, Some(body)).await;
        self.send(draft).await
    }

    /// A GET with a query.
    pub(crate) async fn get(&self, service: &str, query: &[(&str, &str)]) -> Answer {
        let draft = self.get_draft(service, query).await;
        self.send(draft).await
    }

    pub(crate) async fn get_draft(&self, service: &str, query: &[(&str, &str)]) -> Draft {
        let draft = self.draft(Method::GET, service, None).await;
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        Draft { query: Some(query).filter(|query| !query.is_empty()), ..draft }
    }

    /// The parameters of a Get OAuth Code for a customer.
    pub(crate) fn parameters(&self, state: &str, customer: &str) -> Vec<(&'static str, String)> {
        vec![
            ("lang", "EN".to_owned()),
            ("redirectUrl", "https://shop.example/done".to_owned()),
            ("failureRedirectUrl", "https://shop.example/failed".to_owned()),
            ("scopes", "CARD_REGISTRATION".to_owned()),
            ("merchantId", self.merchant_id.clone()),
            (
                "seamlessData",
                json!({ "mobileNumber": "628123456789", "userId": customer }).to_string(),
            ),
            ("state", state.to_owned()),
        ]
    }

    /// A session for a customer: its auth code.
    pub(crate) async fn auth_code(&self, state: &str, customer: &str) -> String {
        let parameters = self.parameters(state, customer);
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = self.speaking(FIRST).get("get-auth-code", &query).await.expect("2003000");
        assert_eq!(answer.text("state"), state);
        answer.text("authCode")
    }

    /// The body of a payment.
    pub(crate) fn payment(&self, reference: &str, token: &str, amount: &str) -> Value {
        json!({
            "partnerReferenceNo": reference,
            "bankCardToken": token,
            "merchantId": self.merchant_id,
            "amount": { "value": amount, "currency": "IDR" },
            "additionalInfo": { "remarks": "an order" },
        })
    }

    pub(crate) async fn pay(&self, reference: &str, token: &str, amount: &str) -> Answer {
        let body = self.payment(reference, token, amount);
        self.post("debit/payment-host-to-host", &body).await
    }

    /// The status of a payment by its reference.
    pub(crate) async fn status(&self, reference: &str) -> Answer {
        let body = json!({
            "originalPartnerReferenceNo": reference,
            "serviceCode": "54",
            "merchantId": self.merchant_id,
        });
        self.post("debit/status", &body).await
    }
}

/// A number of so many letters and digits that nobody had before.
pub(crate) fn external_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// A state, exactly 32 characters.
pub(crate) fn new_state() -> String {
    external_id()
}

/// A time in Jakarta, with seconds and offset: 25 characters.
pub(crate) fn at(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.as_millis().div_euclid(1000)).unwrap();
    let local = at.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap());
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+07:00");
    local.format(&format).unwrap()
}
