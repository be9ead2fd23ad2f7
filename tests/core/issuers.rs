//! Cards of live merchants, bound through a connector: an external program that stands for the issuer.

use crate::support::{
    connector::{KEY, NAME, open_sealed},
    platform::{PlatformBuilder, TestPlatform},
    shop::{Shop, settled_at_once},
    wallet::{CARD, WRONG, Wallet},
};
use purser_actors::ports::{Bus, BusMessage};
use purser_subjects::{
    Envelope, ErrorCode, Subject,
    binding::{BindingFailure, FailureReason, IssuerRules, SessionStage, TokenStatus},
    connector::{
        ConnectorBound, ConnectorEnrol, ConnectorIssuerAnswer, ConnectorNothing, ConnectorOtpSent,
        ConnectorUnbind, ConnectorVerifyOtp,
    },
    decode, encode,
    merchant::{MerchantTerms, SetTerms},
};
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// The one-time code that the program takes for right.
const CODE: &str = "804613";

/// What the program saw: the last token of each subject, and its raw bytes.
type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// The issuer's program. It ends when it is dropped.
struct Program {
    seen: Seen,
    task: JoinHandle<()>,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Program {
    async fn start(bus: &Arc<dyn Bus>) -> Self {
        let pattern = format!("purser.connector.{NAME}.*");
        let mut requests = bus.subscribe(&pattern, Some("issuer")).await.unwrap();
        let seen = Seen::default();
        let noting = seen.clone();
        let task = tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                answer(&noting, request);
            }
        });
        Self { seen, task }
    }

    fn operations(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// Whether `text` crossed the bus in clear.
    fn saw(&self, text: &str) -> bool {
        let seen = self.seen.lock().unwrap();
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        seen.iter().any(|(_, bytes)| holds(bytes))
    }
}

fn answer(seen: &Seen, mut request: BusMessage) {
    let Ok(Subject::Connector { operation, .. }) = request.subject.parse() else {
        panic!("not a connector's subject: {}", request.subject)
    };
    let payload = request.payload.to_vec();
    seen.lock().unwrap().push((operation.clone(), payload.clone()));
    let answer = match operation.as_str() {
        "enrol" => enrolled(&read(&payload)),
        "verify-otp" => verified(&read(&payload)),
        "unbind" => {
            assert!(read::<ConnectorUnbind>(&payload).about.reference.is_some());
            ConnectorIssuerAnswer::Done(ConnectorNothing {})
        }
        other => panic!("nobody asks for {other} here"),
    };
    request.responder.take().unwrap().respond(encode(&answer).into());
}

fn read<P: DeserializeOwned>(bytes: &[u8]) -> P {
    decode::<Envelope<P>>(bytes).unwrap().payload
}

fn enrolled(enrol: &ConnectorEnrol) -> ConnectorIssuerAnswer {
    #[derive(serde::Deserialize)]
    struct Card {
        number: String,
        code: String,
    }
    let plain = open_sealed(&enrol.sealed_card, enrol.operation);
    let card: Card = rmp_serde::from_slice(&plain).unwrap();
    assert_eq!((&*card.number, &*card.code), (CARD, "123"));
    ConnectorIssuerAnswer::OtpSent(ConnectorOtpSent {
        reference: "E-77".to_owned(),
        sent_to: "0812****890".to_owned(),
        valid_secs: 120,
    })
}

fn verified(verify: &ConnectorVerifyOtp) -> ConnectorIssuerAnswer {
    #[derive(serde::Deserialize)]
    struct OneTimeCode {
        code: String,
    }
    assert_eq!(verify.about.reference.as_deref(), Some("E-77"));
    let plain = open_sealed(&verify.sealed_otp, verify.operation);
    let otp: OneTimeCode = rmp_serde::from_slice(&plain).unwrap();
    if otp.code != CODE {
        return ConnectorIssuerAnswer::Refused(BindingFailure {
            reason: FailureReason::WrongOtp,
            code: "55".to_owned(),
            message: "Kode OTP salah".to_owned(),
        });
    }
    ConnectorIssuerAnswer::Bound(ConnectorBound {
        reference: "B-77".to_owned(),
        bank_code: Some("014".to_owned()),
        rules: IssuerRules { idle_days: Some(30), ..IssuerRules::default() },
    })
}

async fn live(platform: PlatformBuilder, issuer: Option<&str>) -> (TestPlatform, Wallet) {
    let platform = platform.connector(NAME, KEY).start().await;
    let shop = Shop::open_live(&platform, "shop", Some("nats:bank-1")).await;
    let terms = MerchantTerms {
        acquirer: Some("nats:bank-1".parse().unwrap()),
        issuer: issuer.map(|issuer| issuer.parse().unwrap()),
        ..settled_at_once()
    };
    platform.ask("shop", SetTerms { terms }).await.unwrap();
    let wallet = Wallet::new(&shop, "0123456789abcdef0123456789abcdef", "customer-7");
    (platform, wallet)
}

on_both_platforms! {
    async fn a_live_card_is_bound_through_its_connector_and_crosses_the_bus_sealed(platform) {
        let (platform, wallet) = live(platform, Some("nats:bank-1")).await;
        let program = Program::start(&platform.bus).await;
        wallet.begin(&platform).await;
        let view = wallet.enter(&platform, "card", CARD).await.unwrap();
        assert_eq!(view.otp.unwrap().sent_to, "0812****890");
        let view = wallet.verify(&platform, "wrong", WRONG).await.unwrap();
        let failure = view.failure.unwrap();
        assert_eq!((failure.reason, &*failure.code), (FailureReason::WrongOtp, "55"));
        let view = wallet.verify(&platform, "right", CODE).await.unwrap();
        assert_eq!(view.stage, SessionStage::Bound);
        assert_eq!(view.bank_code.as_deref(), Some("014"));
        assert_eq!(view.token.unwrap().rules.idle_days, Some(30));
        let unbound = wallet.ask(&platform, "unbind", wallet.unbind()).await.unwrap();
        assert_eq!(unbound.binding.token.unwrap().status, TokenStatus::Disabled);
        crate::support::platform::eventually("the issuer is told", async || {
            program.operations().len() == 4
        })
        .await;
        assert_eq!(program.operations(), ["enrol", "verify-otp", "verify-otp", "unbind"]);
        assert!(!program.saw(CARD) && !program.saw(CODE));
    }

    async fn a_connector_that_does_not_run_lets_the_card_be_entered_again(platform) {
        let (platform, wallet) = live(platform, Some("nats:bank-1")).await;
        wallet.begin(&platform).await;
        let view = wallet.enter(&platform, "card", CARD).await.unwrap();
        assert_eq!((view.stage, view.cards_left), (SessionStage::Opened, 3));
        assert_eq!(view.failure.unwrap().reason, FailureReason::IssuerUnavailable);
        let program = Program::start(&platform.bus).await;
        let view = wallet.enter(&platform, "again", CARD).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
        assert_eq!(program.operations(), ["enrol"]);
    }

    async fn a_live_merchant_without_an_issuer_begins_no_session(platform) {
        let (platform, wallet) = live(platform, None).await;
        let refused = platform.ask(wallet.id().as_str(), wallet.issue()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unavailable);
        assert!(refused.message.contains("issuer"), "{refused}");
    }
}
