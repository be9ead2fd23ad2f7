//! What clients asked and what they were told: all that an outsider knows.

use super::command::{Answer, Command};
use std::{collections::BTreeMap, sync::Mutex};

/// Every command by its key.
#[derive(Default)]
pub(crate) struct History {
    records: Mutex<BTreeMap<String, Record>>,
    complaints: Mutex<Vec<String>>,
}

/// A command, and its first definite answer.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) command: Command,
    pub(crate) answer: Option<Answer>,
    /// The bus has taken it and must see to it.
    pub(crate) is_submitted: bool,
}

impl Record {
    /// Whether the client knows that it was done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.answer, Some(Ok(_)))
    }
}

impl History {
    /// The command is asked now, perhaps again.
    pub(crate) fn asks(&self, command: &Command) {
        let record = || Record { command: command.clone(), answer: None, is_submitted: false };
        self.records.lock().unwrap().entry(command.key.clone()).or_insert_with(record);
    }

    /// The bus has taken the command.
    pub(crate) fn submitted(&self, command: &Command) {
        if let Some(record) = self.records.lock().unwrap().get_mut(&command.key) {
            record.is_submitted = true;
        }
    }

    /// A definite answer came. Every further one must be the same.
    pub(crate) fn answered(&self, command: &Command, answer: &Answer) {
        let mut records = self.records.lock().unwrap();
        let Some(record) = records.get_mut(&command.key) else { return };
        match &record.answer {
            None => record.answer = Some(answer.clone()),
            Some(first) if first == answer => {}
            Some(first) => {
                let what = format!("{command:?} was answered {first:?} and then {answer:?}");
                drop(records);
                self.complain(what);
            }
        }
    }

    /// Something was observed that may not be.
    pub(crate) fn complain(&self, what: String) {
        self.complaints.lock().unwrap().push(what);
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap().values().cloned().collect()
    }
}
