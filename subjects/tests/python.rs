//! Another language reads and writes the same messages: `examples/python/purser_contract.py`, and the
//! example in the README as it is printed there. Nothing is installed; what is missing is told.

use crate::{golden, repository};
use purser_subjects::{
    Address, Answer, EndpointId, EntityKey, EntityKind, Envelope, ErrorCode, Money, Rejection,
    Subject, TransactionId,
    account::{AccountCommand, Transfer, TransferBooked, Transferred},
    decode_command, encode,
};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use uuid::Uuid;

const INSTALL: &str = "install it with: apt-get install python3 python3-msgpack";

/// Debian's own Python has Debian's msgpack; another one that comes first in PATH may have none.
fn interpreter() -> &'static str {
    let debian = "/usr/bin/python3";
    if Path::new(debian).exists() { debian } else { "python3" }
}

/// Runs Python with `arguments`, gives it `input`, and returns what it writes.
fn python(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut process = Command::new(interpreter())
        .args(["-I", "-B"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start ({error}); {INSTALL}", interpreter()));
    // A program that ended early closed its input; its status and errors below say why.
    let _ = process.stdin.take().unwrap().write_all(input);
    let output = process.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("No module named 'msgpack'"), "msgpack is missing; {INSTALL}");
    assert!(output.status.success(), "{errors}");
    output.stdout
}

/// Runs `code` with the example module at hand.
fn script(code: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let folder = repository("examples/python");
    let code = format!("import sys\nsys.path.insert(0, {:?})\n{code}", folder.to_str().unwrap());
    let mut all = vec!["-c", code.as_str()];
    all.extend(arguments);
    python(&all, input)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The example of the README, with a `request` that writes what it would send to standard output, and
/// takes the answer from standard input.
fn readme_example(answer: &[u8]) -> String {
    let readme = fs::read_to_string(repository("subjects/README.md")).unwrap();
    let example = readme.split("```python\n").nth(1).expect("the README has an example");
    let example = example.split("```").next().unwrap();
    let request = "
def request(subject, message):
    print(subject, message.hex())
    return sys.stdin.buffer.read()
";
    text(script(&format!("{request}\n{example}"), &[], answer))
}

fn from_hex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_example_of_the_readme_makes_a_transfer() {
    let transfer = Uuid::from_u128(0x0190_a5d4_7c00_7000_8000_0000_0000_0007);
    let printed = readme_example(&Answer::Ok(Transferred { transfer }).to_bytes());
    let mut lines = printed.lines();
    let (subject, message) = lines.next().unwrap().split_once(' ').unwrap();
    assert_eq!(subject, "purser.ask.account.39.alice.transfer");
    let envelope = decode_command::<AccountCommand>("transfer", &from_hex(message)).unwrap();
    let amount = Money::new(1_250, "EUR".parse().unwrap());
    let expected = Transfer { to: "bob".parse().unwrap(), amount, effective: None, memo: None };
    assert_eq!(envelope.payload, AccountCommand::from(expected));
    assert_eq!(envelope.key.as_deref(), Some("invoice-2024-7"));
    assert_eq!((envelope.sender.as_str(), envelope.id.get_version_num()), ("billing", 7));
    assert_eq!(envelope.correlation, envelope.id);
    assert!(envelope.deadline.is_some());
    assert_eq!(lines.next(), Some(format!("booked as {transfer}").as_str()));
}

#[test]
fn the_example_of_the_readme_understands_refusals() {
    let refused = |code| {
        let rejection = Rejection::new(code, "because").retry_after_ms(250);
        let printed = readme_example(&Answer::<Transferred>::Error(rejection).to_bytes());
        printed.lines().last().unwrap().to_owned()
    };
    let funds = "refused for good: insufficient_funds: because";
    assert_eq!(refused(ErrorCode::InsufficientFunds), funds);
    let overloaded = "try again with the same key in 250 ms";
    assert_eq!(refused(ErrorCode::Overloaded), overloaded);
}

#[test]
fn subjects_and_ids_are_the_same() {
    let names = ["alice", "a", "A-z_0", "10001-EUR-available", &"x".repeat(64)];
    let urls = ["https://shop.example/cb?order=1", "https://shop.example/é#x", ""];
    let code = "
from purser_contract import endpoint_id, payment_id, subject
count = int(sys.argv[1])
for name in sys.argv[2:2 + count]:
    print(subject('account', name, 'balance'), subject('callback', name, 'inquire', 7))
for text in sys.argv[2 + count:]:
    print(payment_id('10001', text), endpoint_id('10001', text))
";
    let count = names.len().to_string();
    let arguments: Vec<&str> = std::iter::once(count.as_str()).chain(names).chain(urls).collect();
    let printed = text(script(code, &arguments, b""));
    let subject = |kind, id: &str, verb, partitions| {
        let entity = EntityKey::new(kind, id.parse().unwrap());
        Subject::Ask(Address::new(entity, verb, partitions)).to_string()
    };
    let merchant = "10001".parse().unwrap();
    let subjects = names.map(|id| {
        let account = subject(EntityKind::Account, id, "balance", 64);
        format!("{account} {}\n", subject(EntityKind::Callback, id, "inquire", 7))
    });
    let ids = urls.map(|url| {
        let payment = TransactionId::derive(&merchant, url);
        format!("{payment} {}\n", EndpointId::derive(&merchant, url))
    });
    assert_eq!(printed, subjects.concat() + &ids.concat());
}

#[test]
fn events_are_read() {
    let booked = TransferBooked {
        transfer: Uuid::from_u128(7),
        to: "bob".parse().unwrap(),
        amount: i64::MAX,
    };
    let mut envelope = Envelope::new("purser", booked);
    envelope.sequence = Some(12);
    let code = "
from purser_contract import read_event
event = read_event(sys.stdin.buffer.read())
booked = event['payload']
print(event['v'], event['id'].hex(), event['sequence'], booked['to'], booked['amount'])
";
    let printed = text(script(code, &[], &encode(&envelope)));
    let expected = format!("1 {} 12 bob {}\n", envelope.id.simple(), i64::MAX);
    assert_eq!(printed, expected);
}

#[test]
fn every_stored_message_survives_the_way_through_python() {
    let code = "
import msgpack
for name in sys.argv[2:]:
    with open(sys.argv[1] + '/' + name) as file:
        stored = bytes.fromhex(file.read())
    print(msgpack.packb(msgpack.unpackb(stored)).hex())
";
    let cases = golden::cases();
    let folder = golden::folder();
    let files: Vec<String> = cases.iter().map(golden::Case::file).collect();
    let mut arguments = vec![folder.to_str().unwrap()];
    arguments.extend(files.iter().map(String::as_str));
    let printed = text(script(code, &arguments, b""));
    assert_eq!(printed.lines().count(), cases.len());
    for (case, line) in cases.iter().zip(printed.lines()) {
        if let Err(fault) = case.read(&from_hex(line)) {
            panic!("{}: {fault}", case.file());
        }
    }
}

#[test]
fn the_retryable_codes_are_the_same() {
    let code = "
from purser_contract import RETRYABLE
print(*sorted(RETRYABLE))
";
    let retryable = ErrorCode::ALL.iter().filter(|code| code.is_retryable());
    let mut names: Vec<_> = retryable.map(|code| code.as_str()).collect();
    names.sort_unstable();
    assert_eq!(text(script(code, &[], b"")).trim(), names.join(" "));
}

#[test]
fn the_program_encodes_and_decodes() {
    let path = repository("examples/python/purser_contract.py");
    let run = |arguments: &[&str], input: &[u8]| {
        let mut all = vec![path.to_str().unwrap()];
        all.extend(arguments);
        python(&all, input)
    };
    let made = run(&["encode", "{}", "--sender", "me", "--key", "k"], b"");
    let read = decode_command::<AccountCommand>("freeze", &made).unwrap();
    assert_eq!((read.sender.as_str(), read.key.as_deref()), ("me", Some("k")));
    let shown: serde_json::Value = serde_json::from_slice(&run(&["decode"], &made)).unwrap();
    assert_eq!(shown["id"], read.id.to_string());
    let subject = text(run(&["subject", "account", "alice", "transfer"], b""));
    assert_eq!(subject.trim(), "purser.ask.account.39.alice.transfer");
    let payment = text(run(&["payment-id", "10001", "order-1"], b""));
    assert_eq!(payment.trim(), "61058214b470d599856ca5d29cf6d54f");
}
