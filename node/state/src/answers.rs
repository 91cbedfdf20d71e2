//! What a person is recorded to have said.

use std::{fmt, str::FromStr};

use fyr_policy::{ConsentItem, Statement};

use crate::StateError;

/// One answer to one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemAnswer {
    /// The person agreed.
    Yes,
    /// The person refused.
    No,
    /// The person is not known to have said anything; an earlier answer does not count any more.
    Unstated,
}

impl ItemAnswer {
    /// All answers.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unstated];

    /// Returns the word used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unstated => "unstated",
        }
    }
}

/// Answers to some of the items. Items without an answer stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    items: Vec<(ConsentItem, ItemAnswer)>,
    opt_out: Option<bool>,
}

impl Answers {
    /// Adds the answer to an item; a later one counts.
    #[must_use]
    pub fn with(mut self, item: ConsentItem, answer: ItemAnswer) -> Self {
        self.items.retain(|(other, _)| *other != item);
        self.items.push((item, answer));
        self.items.sort_by_key(|(item, _)| *item);
        self
    }

    /// Adds whether the person opts out of secondary use.
    #[must_use]
    pub fn with_opt_out(mut self, opted_out: bool) -> Self {
        self.opt_out = Some(opted_out);
        self
    }

    /// Returns whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.opt_out.is_none()
    }

    /// Returns what a person has said in all, who said `before`.
    pub fn after(&self, before: Statement) -> Statement {
        let mut statement = before;
        for (item, answer) in &self.items {
            let (granted, refused) = (statement.granted.without(*item), statement.refused.without(*item));
            (statement.granted, statement.refused) = match answer {
                ItemAnswer::Yes => (granted.with(*item), refused),
                ItemAnswer::No => (granted, refused.with(*item)),
                ItemAnswer::Unstated => (granted, refused),
            };
        }
        statement.opted_out = self.opt_out.unwrap_or(before.opted_out);
        statement
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.items.iter().map(|(item, answer)| (item.name(), answer.name()));
        let opt_out = self.opt_out.map(|out| ("opt-out", if out { "yes" } else { "no" }));
        for (index, (item, answer)) in items.chain(opt_out).enumerate() {
            write!(f, "{}{item}={answer}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Answers {
    type Err = StateError;

    /// Reads what [`Answers`] are written as.
    fn from_str(text: &str) -> Result<Self, StateError> {
        let mut answers = Self::default();
        for part in text.split_whitespace() {
            let unknown = StateError::Damaged("an unknown answer in the history");
            let Some((name, answer)) = part.split_once('=') else { return Err(unknown) };
            let item = ConsentItem::ALL.into_iter().find(|item| item.name() == name);
            let answer_of = ItemAnswer::ALL.into_iter().find(|known| known.name() == answer);
            answers = match (item, name, answer, answer_of) {
                (Some(item), _, _, Some(answer)) => answers.with(item, answer),
                (None, "opt-out", "yes" | "no", _) => answers.with_opt_out(answer == "yes"),
                _ => return Err(unknown),
            };
        }
        Ok(answers)
    }
}

/// What one person is recorded to have said. Who it is does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// Dataset.
    pub dataset: String,
    /// Id of the person in it.
    pub person: String,
    /// What they said.
    pub answers: Answers,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, answers, .. } = self;
        f.debug_struct("Said").field("dataset", dataset).field("answers", answers).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConsentItem::{AlleleFrequency, Care, SecondaryUse};

    #[test]
    fn what_is_not_answered_stays() {
        let first = Answers::default().with(Care, ItemAnswer::Yes).with(SecondaryUse, ItemAnswer::No);
        let before = first.after(Statement::default());
        let second = Answers::default().with(SecondaryUse, ItemAnswer::Yes).with_opt_out(true);
        let after = second.after(before);
        assert!(after.granted.contains(Care) && after.granted.contains(SecondaryUse));
        assert!(!after.refused.contains(SecondaryUse) && after.opted_out && !after.withdrawn);
        let third = Answers::default().with(Care, ItemAnswer::Unstated).after(after);
        assert!(!third.granted.contains(Care) && !third.refused.contains(Care) && third.opted_out);
    }

    #[test]
    fn answers_are_written_in_one_order() {
        let answers = Answers::default()
            .with(Care, ItemAnswer::No)
            .with(AlleleFrequency, ItemAnswer::Yes)
            .with_opt_out(false);
        assert_eq!(answers.to_string(), "allele-frequency=yes care=no opt-out=no");
        assert_eq!(answers.to_string().parse::<Answers>().unwrap(), answers);
        assert_eq!("".parse::<Answers>().unwrap(), Answers::default());
        for unknown in ["care", "care=maybe", "age=yes", "opt-out=unstated"] {
            assert!(unknown.parse::<Answers>().is_err(), "{unknown}");
        }
        assert!(Answers::default().is_empty() && !answers.is_empty());
    }
}
