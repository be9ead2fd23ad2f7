//! States stored once must decode for ever.
//!
//! `states/` holds, as hex text, states as they were written into the rows of entities.
//!
//! **A stored file may never be edited or removed**, whatever a test says. When a state gets a field, give
//! the field `#[serde(default)]`; if today's encoding of an old state is longer then, name its file in
//! [`SUPERSEDED`] and add a state that has the new field. To add one, add it to [`states`] and write its
//! file with `PURSER_WRITE_EXPECTED=1 cargo test -p purser-actors --test states`; files that are there
//! are not written again.

#[path = "states/binding.rs"]
mod binding;

use purser_actors::{
    account::{Account, AccountState},
    binding::{Binding, BindingState},
    callback::{Breaker, Callback, CallbackState, Disabled, Endpoint, Open, Replay, Secret},
    entity::Entity,
    merchant::{Merchant, MerchantState},
    ports::StoredEntity,
    transaction::{Operation, Payment, Stage, Transaction, TransactionState},
};
use purser_subjects::{
    EntityId, Money, Sealed, Timestamp,
    account::{AccountStatus, AccountTerms, Side},
    callback::{
        DisableReason, EndpointKind, EndpointSecret, EndpointSettings, EndpointStatus, ReplayScope,
        SigningKey,
    },
    merchant::{
        AccessToken, ApiKey, Credential, Environment, FeeSchedule, MerchantProfile, MerchantStatus,
        MerchantTerms, SettlementTerms,
    },
    transaction::{CardSummary, Decline, DeclineReason, NotifyTarget, OperationKind},
};
use std::{collections::BTreeMap, fmt::Debug, fmt::Write, fs, path::PathBuf};
use uuid::Uuid;

/// Files that decode as ever, but whose state is encoded with more fields today.
const SUPERSEDED: &[&str] = &[];

/// Gives today's encoding of what bytes say, if they say what the state was written from.
type Read = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, String>>;

/// A stored state: its file and how it is read.
struct Stored {
    file: String,
    encoded: Vec<u8>,
    read: Read,
}

fn stored<E: Entity>(name: &str, state: E::State) -> Stored
where
    E::State: PartialEq + Debug,
{
    let encoded = E::encode(&state);
    let read = move |bytes: &[u8]| {
        let row = StoredEntity { state: Some(bytes.to_vec().into()), ..StoredEntity::default() };
        let read = E::restore(&id("10001"), &row).map_err(|error| error.to_string())?;
        if read == state { Ok(E::encode(&read)) } else { Err(format!("it says {read:?}")) }
    };
    Stored { file: format!("{}.{name}.hex", E::KIND), encoded, read: Box::new(read) }
}

/// Every stored state.
fn states() -> Vec<Stored> {
    let nothing = || AccountState { terms: None, ..AccountState::default() };
    vec![
        stored::<Account>("never-opened", nothing()),
        stored::<Account>("frozen-with-holds", account()),
        stored::<Account>("closed", AccountState { status: AccountStatus::Closed, ..nothing() }),
        stored::<Merchant>("never-created", MerchantState::default()),
        stored::<Merchant>("suspended", merchant()),
        stored::<Merchant>("with-api-keys", merchant_with_keys()),
        stored::<Merchant>("with-access-tokens", merchant_with_tokens()),
        stored::<Binding>("never-begun", BindingState::default()),
        stored::<Binding>("entering-otp", binding::entering_otp()),
        stored::<Binding>("bound", binding::bound()),
        stored::<Callback>("never-reached", CallbackState::default()),
        stored::<Callback>("reached", callback()),
        stored::<Callback>("registered", registered()),
        stored::<Transaction>("never-begun", TransactionState::default()),
        stored::<Transaction>("declined", declined()),
        stored::<Transaction>("refunding", refunding()),
        stored::<Transaction>("noticed", noticed()),
        stored::<Transaction>("of-a-binding", of_a_binding()),
    ]
}

fn id(id: &str) -> EntityId {
    id.parse().unwrap()
}

fn time(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_720_771_200_123 + minutes * 60_000)
}

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn account() -> AccountState {
    let (floor, ceiling) = (Some(-5_000), Some(1_000_000_000_000_000));
    let currency = eur(0).currency;
    AccountState {
        terms: Some(AccountTerms { currency, side: Side::Credit, floor, ceiling }),
        status: AccountStatus::Frozen,
        holds: BTreeMap::from([(id("hold-1"), 1), (id("order_2"), 70_000)]),
        posted: 0,
    }
}

fn terms() -> MerchantTerms {
    let (delay_days, hour_utc, reserve_bps, reserve_days) = (2, 6, 1_000, 180);
    MerchantTerms {
        fees: FeeSchedule {
            percent_bps: 290,
            fixed: vec![eur(30)],
            min: vec![eur(50)],
            max: vec![eur(9_000_000)],
        },
        settlement: SettlementTerms { delay_days, hour_utc, reserve_bps, reserve_days },
        multiple_refunds: true,
        acquirer: None,
        issuer: None,
    }
}

fn merchant() -> MerchantState {
    let credential = Credential {
        scheme: text("gateway"),
        name: text("shop"),
        secret: Sealed::from_ciphertext(vec![0xa5; 40]),
        attributes: BTreeMap::from([(text("partnerId"), text("7"))]),
    };
    let profile = MerchantProfile {
        merchant: "10001".parse().unwrap(),
        name: text("Café"),
        environment: Environment::Live,
        status: MerchantStatus::Suspended,
        credentials: vec![credential],
        terms: terms(),
        created_at: time(0),
    };
    MerchantState { profile: Some(profile), ..MerchantState::default() }
}

fn merchant_with_keys() -> MerchantState {
    let key = |name: &str, label: &str| ApiKey {
        key: text(name),
        digest: "a5".repeat(32),
        hint: text("Zq8w"),
        label: text(label),
        created_at: time(7),
    };
    MerchantState { api_keys: vec![key("k1", ""), key("k2", "back office")], ..merchant() }
}

fn callback() -> CallbackState {
    let last_success_at = Some(time(0));
    let (delivered, given_up, failures_in_a_row) = (70_000, 1, 3);
    let nothing = CallbackState::default();
    CallbackState { delivered, given_up, failures_in_a_row, last_success_at, ..nothing }
}

fn registered() -> CallbackState {
    let sealed = |byte| Sealed::from_ciphertext(vec![byte; 40]);
    let key = SigningKey { seed: sealed(2), public: text("whpk_AAAA") };
    let current = EndpointSecret { hmac: sealed(1), ed25519: Some(key) };
    let old = EndpointSecret { hmac: sealed(3), ed25519: None };
    let endpoint = Endpoint {
        merchant: "10001".parse().unwrap(),
        kind: EndpointKind::Registered,
        url: text("https://shop.example/cb"),
        events: vec![text("payment.*")],
        description: text("Orders"),
        settings: EndpointSettings {
            schedule: vec![0, 5, 300],
            concurrency: 2,
            rate_per_minute: 600,
            contact: text("ops@shop.example"),
        },
        secrets: vec![
            Secret { secret: current, created_at: time(2), until: None },
            Secret { secret: old, created_at: time(0), until: Some(time(1_442)) },
        ],
        status: EndpointStatus::Disabled,
        disabled: Some(Disabled { reason: DisableReason::Failing, at: time(9) }),
        created_at: time(0),
    };
    let replay = Replay {
        id: Uuid::from_u128(7),
        from: time(0),
        to: time(5),
        scope: ReplayScope::All,
        after: Some((time(1), Uuid::from_u128(8))),
        queued: 500,
        at: time(6),
    };
    CallbackState {
        failing_since: Some(time(3)),
        breaker: Breaker { recent: 0b101, open: Some(Open { until: time(10), times: 2 }) },
        notices: 4,
        endpoint: Some(endpoint),
        replay: Some(replay),
        ..callback()
    }
}

fn merchant_with_tokens() -> MerchantState {
    let token = |byte: u8| AccessToken {
        digest: format!("{byte:02x}").repeat(32),
        client: text("client-1"),
        expires_at: time(15),
    };
    MerchantState { access_tokens: vec![token(1), token(2)], ..merchant() }
}

fn noticed() -> TransactionState {
    TransactionState { payment: Some(Payment { notices: 3, ..payment() }) }
}

fn of_a_binding() -> TransactionState {
    let binding = Some("5f1c0de2a9b84e3f8d7c6b5a49382716".parse().unwrap());
    TransactionState { payment: Some(Payment { binding, ..payment() }) }
}

fn payment() -> Payment {
    Payment {
        merchant: "10001".parse().unwrap(),
        environment: Environment::Sandbox,
        reference: text("order-1"),
        amount: eur(12_500),
        capture: true,
        card: CardSummary {
            brand: text("VISA"),
            bin: text("411111"),
            last4: text("1111"),
            expiry_month: 12,
            expiry_year: 2030,
            holder: text("Ada Lovelace"),
        },
        details: BTreeMap::from([(text("descriptor"), text("A book"))]),
        notify: None,
        binding: None,
        terms: MerchantTerms::default(),
        created_at: time(0),
        updated_at: time(1),
        decline: None,
        acquirer_reference: None,
        authorised: 0,
        voided: false,
        captured: 0,
        refunded: 0,
        refunds: 0,
        fee: 0,
        pending: 0,
        reserves: BTreeMap::new(),
        settled: false,
        settle_at: None,
        notifications: 0,
        notices: 0,
        late: Vec::new(),
        running: BTreeMap::new(),
    }
}

fn declined() -> TransactionState {
    let (reason, code, message) = (DeclineReason::InsufficientFunds, text("51"), text("no money"));
    let decline = Some(Decline { reason, code, message });
    TransactionState { payment: Some(Payment { decline, voided: true, ..payment() }) }
}

/// Captured, settled in part, refunded once, and a second refund on its way.
fn refunding() -> TransactionState {
    let operation = |kind, stage, from_available, told| Operation {
        kind,
        amount: 2_000,
        begun_at: time(5),
        from_available,
        set_aside: 1_950,
        stage,
        told,
        next_check: time(6),
    };
    let running = BTreeMap::from([
        (Uuid::from_u128(1), operation(OperationKind::Refund, Stage::Funding, true, false)),
        (Uuid::from_u128(2), operation(OperationKind::Capture, Stage::Sent, false, true)),
    ]);
    let notify = NotifyTarget { url: text("https://shop.example/cb"), format: text("gateway") };
    let payment = Payment {
        notify: Some(notify),
        terms: terms(),
        acquirer_reference: Some(text("sandbox-7")),
        authorised: 12_500,
        captured: 10_000,
        refunded: 1_000,
        refunds: 1,
        fee: 291,
        pending: 700,
        reserves: BTreeMap::from([(time(60), 801), (time(120), 7)]),
        settled: true,
        settle_at: Some(time(30)),
        notifications: 4,
        running,
        ..payment()
    };
    TransactionState { payment: Some(payment) }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/states")
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.chunks(32).fold(String::new(), |mut text, line| {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text + "\n"
    })
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_stored_state_decodes_to_what_it_was_written_from() {
    let may_write = std::env::var_os("PURSER_WRITE_EXPECTED").is_some_and(|value| value == "1");
    for state in states() {
        let path = folder().join(&state.file);
        if may_write && !path.exists() {
            fs::write(&path, to_hex(&state.encoded)).unwrap();
        }
        let bytes = fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} is missing; see the top of this test", state.file));
        let again = (state.read)(&from_hex(&bytes));
        let again = again.unwrap_or_else(|fault| panic!("{}: {fault}", state.file));
        assert_eq!(to_hex(&again), to_hex(&state.encoded), "{}", state.file);
        if !SUPERSEDED.contains(&state.file.as_str()) {
            assert_eq!(to_hex(&state.encoded), bytes, "{}", state.file);
        }
    }
}

#[test]
fn no_stored_state_is_forgotten() {
    let known: Vec<String> = states().into_iter().map(|state| state.file).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file.ends_with(".rs") {
            continue;
        }
        assert!(known.contains(&file), "no test decodes {file}");
    }
}

/// A state whose money is missing is damaged; it must not be read as if there were none.
#[test]
fn a_state_that_lost_what_it_says_of_money_is_not_read() {
    for (state, field) in [
        ("account.frozen-with-holds.hex", "holds"),
        ("account.closed.hex", "status"),
        ("transaction.refunding.hex", "captured"),
        ("transaction.refunding.hex", "fee"),
        ("transaction.refunding.hex", "reserves"),
        ("transaction.refunding.hex", "from_available"),
    ] {
        let state = states().into_iter().find(|stored| stored.file == state).unwrap();
        let name = [&[0xa0 | field.len() as u8], field.as_bytes()].concat();
        let mut bytes = state.encoded.clone();
        let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
        // Under another name the field is one that is not known, and is passed over.
        bytes[at + 1] = b'_';
        let fault = (state.read)(&bytes).unwrap_err();
        assert!(fault.contains("missing field"), "{fault}");
    }
}
