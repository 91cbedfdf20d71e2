//! The words for answers, on the command line and in tables.

use clap::{Args, ValueEnum, builder::PossibleValue};
use fyr_policy::ConsentItem;
use fyr_state::{Answers, ItemAnswer};

/// An answer as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written(pub(super) ItemAnswer);

impl ValueEnum for Written {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(ItemAnswer::Yes), Self(ItemAnswer::No), Self(ItemAnswer::Unstated)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

/// What a person said, item by item.
#[derive(Args, Clone, Debug)]
pub(super) struct AnswerArgs {
    /// To be counted in allele frequencies
    #[arg(long, value_name = "ANSWER")]
    allele_frequency: Option<Written>,
    /// To be found by questions about people
    #[arg(long, value_name = "ANSWER")]
    subject_level: Option<Written>,
    /// To be used for research and other secondary use
    #[arg(long, value_name = "ANSWER")]
    secondary_use: Option<Written>,
    /// To be looked up in the care of somebody else
    #[arg(long, value_name = "ANSWER")]
    care: Option<Written>,
    /// Whether the person opts out of all secondary use, whatever they agreed to
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    opt_out: Option<bool>,
}

impl AnswerArgs {
    /// Returns the answers that were given.
    pub(super) fn answers(&self) -> Answers {
        let items = [
            (ConsentItem::AlleleFrequency, self.allele_frequency),
            (ConsentItem::SubjectLevel, self.subject_level),
            (ConsentItem::SecondaryUse, self.secondary_use),
            (ConsentItem::Care, self.care),
        ];
        let given = items.into_iter().filter_map(|(item, answer)| Some((item, answer?)));
        let answers = given.fold(Answers::default(), |all, (item, answer)| all.with(item, answer.0));
        self.opt_out.into_iter().fold(answers, Answers::with_opt_out)
    }
}

/// Reads an answer, in any case.
pub(super) fn read(text: &str) -> Option<ItemAnswer> {
    ItemAnswer::ALL.into_iter().find(|answer| answer.name().eq_ignore_ascii_case(text))
}

/// Reads a yes or a no.
pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match read(text) {
        Some(ItemAnswer::Yes) => Ok(true),
        Some(ItemAnswer::No) => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}
