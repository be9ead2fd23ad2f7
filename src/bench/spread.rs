//! Which accounts a transfer goes between.

use std::sync::Arc;

/// How transfers are spread over accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each pair of accounts as often as any other.
    Uniform,
    /// Few accounts pay often, by Zipf's law with exponent 1; everybody is paid alike.
    Zipf,
    /// One account pays everybody.
    Hot,
}

/// Chooses accounts: the same for the same number in every run.
#[derive(Clone)]
pub(super) struct Pairs {
    spread: Spread,
    accounts: usize,
    /// Sums of 1/rank, of which the last is all; empty unless needed.
    sums: Arc<[f64]>,
}

impl Spread {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Uniform, Self::Zipf, Self::Hot];

    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
            Self::Hot => "hot",
        }
    }
}

impl Pairs {
    pub(super) fn new(spread: Spread, accounts: usize) -> Self {
        let mut sum = 0.0;
        let ranks = if spread == Spread::Zipf { accounts } else { 0 };
        let sums = (1..=ranks).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self { spread, accounts, sums: sums.collect() }
    }

    /// Two different accounts: who pays, and who is paid.
    pub(super) fn of(&self, number: u64) -> (usize, usize) {
        let mixed = mix(number);
        let from = match self.spread {
            Spread::Uniform => (mixed >> 32) as usize % self.accounts,
            Spread::Hot => 0,
            Spread::Zipf => {
                let all = self.sums.last().copied().unwrap_or_default();
                let drawn = (mixed >> 32) as f64 / f64::from(u32::MAX) * all;
                self.sums.partition_point(|sum| *sum < drawn).min(self.accounts - 1)
            }
        };
        let step = 1 + (mixed & 0xffff_ffff) as usize % (self.accounts - 1);
        (from, (from + step) % self.accounts)
    }
}

/// The finaliser of SplitMix64.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each of 100 accounts pays in 100,000 transfers.
    fn payers(spread: Spread) -> Vec<u32> {
        let (pairs, mut counts) = (Pairs::new(spread, 100), vec![0; 100]);
        for number in 0..100_000 {
            let (from, to) = pairs.of(number);
            assert_ne!(from, to);
            counts[from] += 1;
        }
        counts
    }

    #[test]
    fn payers_are_spread_as_their_names_say() {
        assert!(payers(Spread::Uniform).iter().all(|count| (800..1_200).contains(count)));
        assert_eq!(payers(Spread::Hot)[0], 100_000);
        let zipf = payers(Spread::Zipf);
        // The sum of 1/rank up to 100 is 5.19.
        assert!((18_500..20_000).contains(&zipf[0]), "{}", zipf[0]);
        assert!((9_000..10_300).contains(&zipf[1]), "{}", zipf[1]);
    }
}
