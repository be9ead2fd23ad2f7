//! What the clients of a run want, drawn from the seed.

use super::{
    command::{Command, Deed, Sale, euro},
    dice::Dice,
    link::CardLink,
};
use purser_subjects::{
    AccountId, MerchantId, Money,
    merchant::{FeeSchedule, MerchantTerms, SettlementTerms},
};

/// Where all money of a run comes from.
pub(crate) const BANK: &str = "bank";
/// An account that is only credited.
pub(crate) const SINK: &str = "sink";

/// The commands of a run.
pub(crate) struct Script {
    /// Accounts and merchants, which must be there first.
    pub(crate) beginning: Vec<Command>,
    /// For each client what it does, one after the other.
    pub(crate) clients: Vec<Vec<Command>>,
}

struct Writer<'d> {
    dice: &'d Dice,
    accounts: Vec<AccountId>,
    merchants: Vec<MerchantId>,
    next: usize,
}

pub(crate) fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

impl Script {
    pub(crate) fn draw(dice: &Dice) -> Self {
        let accounts = (0..dice.between(2, 5)).map(|n| account(&format!("a{n}"))).collect();
        let merchants = (0..dice.between(1, 2)).map(|n| format!("m{n}").parse().unwrap()).collect();
        let mut writer = Writer { dice, accounts, merchants, next: 0 };
        let beginning = writer.beginning();
        let clients = (0..dice.between(3, 8)).map(|n| writer.client(n)).collect();
        Self { beginning, clients }
    }
}

impl Writer<'_> {
    fn command(&mut self, deed: Deed) -> Command {
        self.next += 1;
        Command { key: format!("k{}", self.next), deed }
    }

    fn beginning(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        for name in [BANK, SINK] {
            let deed = Deed::Open { account: account(name), floor: None, ceiling: None };
            commands.push(self.command(deed));
        }
        for account in self.accounts.clone() {
            let ceiling = self.dice.chance(200).then_some(3_000);
            let deed = Deed::Open { account: account.clone(), floor: Some(0), ceiling };
            commands.push(self.command(deed));
            let amount = self.dice.between(500, 2_000) as i64;
            let from = self::account(BANK);
            commands.push(self.command(Deed::Transfer { from, to: account, amount }));
        }
        for merchant in self.merchants.clone() {
            let terms = Box::new(self.terms());
            commands.push(self.command(Deed::Create { merchant: merchant.clone(), terms }));
            for n in 0..self.dice.below(3) {
                let endpoint = format!("{merchant}-ep{n}").parse().unwrap();
                let merchant = merchant.clone();
                commands.push(self.command(Deed::Register { merchant, endpoint }));
            }
        }
        commands
    }

    fn terms(&self) -> MerchantTerms {
        let fixed = vec![Money::new(self.dice.below(30) as i64, euro())];
        let percent_bps = self.dice.below(400) as u32;
        let settlement = SettlementTerms {
            delay_days: self.dice.below(2) as u16,
            hour_utc: 6,
            reserve_bps: *self.dice.pick(&[0, 0, 1_000]),
            reserve_days: 1,
        };
        let fees = FeeSchedule { percent_bps, fixed, ..FeeSchedule::default() };
        let multiple_refunds = self.dice.chance(700);
        MerchantTerms { fees, settlement, multiple_refunds, acquirer: None, issuer: None }
    }

    fn client(&mut self, number: u64) -> Vec<Command> {
        let length = self.dice.between(3, 12);
        let mut commands = Vec::new();
        while (commands.len() as u64) < length {
            match self.dice.below(12) {
                0..=4 => commands.extend(self.transfers()),
                5 | 6 => commands.extend(self.holds()),
                7..=8 => commands.extend(self.payment(number)),
                9 | 10 => commands.extend(self.link(number)),
                _ => commands.extend(self.freeze()),
            }
        }
        commands
    }

    /// A few transfers, most of them from one hot account.
    fn transfers(&mut self) -> Vec<Command> {
        let hot = self.accounts[0].clone();
        let mut commands = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            let from = match self.dice.chance(600) {
                true => hot.clone(),
                false => self.dice.pick(&self.accounts).clone(),
            };
            let to = match self.dice.chance(300) {
                true => account(SINK),
                false => self.dice.pick(&self.accounts).clone(),
            };
            let amount = self.dice.between(1, 300) as i64;
            commands.push(self.command(Deed::Transfer { from, to, amount }));
        }
        commands
    }

    fn holds(&mut self) -> Vec<Command> {
        let account = self.dice.pick(&self.accounts).clone();
        let amount = self.dice.between(2, 300) as i64;
        let hold: purser_subjects::EntityId = format!("h{}", self.next).parse().unwrap();
        let place = Deed::Hold { account: account.clone(), hold: hold.clone(), amount };
        let mut commands = vec![self.command(place)];
        if self.dice.chance(600) {
            let amount = self.dice.between(1, amount as u64) as i64;
            let (to, release_rest) = (self::account(SINK), self.dice.chance(500));
            let (account, hold) = (account.clone(), hold.clone());
            let deed = Deed::Settle { account, hold, amount, to, release_rest };
            commands.push(self.command(deed));
        }
        if self.dice.chance(500) {
            commands.push(self.command(Deed::VoidHold { account, hold }));
        }
        commands
    }

    fn freeze(&mut self) -> Vec<Command> {
        let account = self.dice.pick(&self.accounts).clone();
        let freeze = self.command(Deed::Freeze { account: account.clone() });
        vec![freeze, self.command(Deed::Unfreeze { account })]
    }

    /// A customer binds a card. There are few customers and cards, so that many want the same.
    fn link(&mut self, client: u64) -> Vec<Command> {
        let link = CardLink {
            merchant: self.dice.pick(&self.merchants).clone(),
            state: format!("c{client}-{}", self.next),
            customer: format!("customer-{}", self.dice.below(2)),
            valid_secs: *self.dice.pick(&[20, 300, 3_600]),
        };
        let mut commands = vec![self.command(Deed::BeginLink { link: link.clone() })];
        for _ in 0..self.dice.between(1, 2) {
            let (link, card) = (link.clone(), self.dice.below(2) as u8);
            commands.push(self.command(Deed::EnterCard { link, card }));
        }
        for _ in 0..self.dice.between(0, 5) {
            let (link, is_right) = (link.clone(), self.dice.chance(400));
            commands.push(self.command(Deed::GiveCode { link, is_right }));
        }
        match self.dice.below(4) {
            0 => commands.push(self.command(Deed::GiveUp { link })),
            1 => commands.push(self.command(Deed::Unlink { link })),
            _ => {}
        }
        commands
    }

    /// A payment and what becomes of it.
    fn payment(&mut self, client: u64) -> Vec<Command> {
        let merchant = self.dice.pick(&self.merchants).clone();
        let url = format!("https://{merchant}.example/{}", self.dice.below(3));
        let sale = Sale {
            merchant,
            reference: format!("c{client}-{}", self.next),
            amount: self.dice.between(100, 5_000) as i64,
            url: self.dice.chance(800).then_some(url),
        };
        let capture = self.dice.chance(500);
        let mut commands = vec![self.command(Deed::Authorise { sale: sale.clone(), capture })];
        let part = |dice: &Dice| dice.between(1, sale.amount as u64) as i64;
        for _ in 0..self.dice.below(4) {
            let (sale, amount) = (sale.clone(), part(self.dice));
            let deed = match self.dice.below(if capture { 3 } else { 6 }) {
                0..=2 if capture => Deed::Refund { sale, amount },
                0 => Deed::Void { sale },
                1..=3 => Deed::Capture { sale, amount },
                _ => Deed::Refund { sale, amount },
            };
            commands.push(self.command(deed));
        }
        commands
    }
}
