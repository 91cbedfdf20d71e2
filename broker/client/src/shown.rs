//! How answers are shown, and with which status the process ends.

use clap::Args;
use fyr_schemas::{Answer, Assembly, DatasetAnswer, VariantQuery};
use serde::Serialize;

use crate::{
    ClientError, Word, WrittenQuestion,
    output::print,
    table::{self, Whose},
    tsv,
    verdict::Verdict,
};

/// How answers are shown.
#[derive(Args, Clone, Debug)]
pub struct ShownArgs {
    /// Show the populations and sexes too
    #[arg(long)]
    populations: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Print lines with tabs instead of a table
    #[arg(long, conflicts_with = "json")]
    tsv: bool,
}

/// What is printed of one question as JSON.
#[derive(Serialize)]
struct Report<'a> {
    variant: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assembly: Option<Assembly>,
    verdict: Verdict,
    words: Vec<Said<'a>>,
    answer: &'a Answer,
}

/// What a dataset says in a word.
#[derive(Serialize)]
struct Said<'a> {
    beacon_id: &'a str,
    dataset: &'a str,
    word: Word,
}

impl ShownArgs {
    /// Prints answers, and returns the exit status that they have together: 0 seen, 1 not seen, 3 not known, 4 not assayed.
    ///
    /// # Errors
    ///
    /// Nothing can be written.
    pub fn show(&self, answered: &[(WrittenQuestion, Answer)]) -> Result<u8, ClientError> {
        self.show_of(answered, Whose::Regions)
    }

    /// The same for answers about one's own data: of one node, and with what was called.
    ///
    /// # Errors
    ///
    /// Nothing can be written.
    pub fn show_own(&self, answered: &[(WrittenQuestion, Answer)]) -> Result<u8, ClientError> {
        self.show_of(answered, Whose::Own)
    }

    fn show_of(&self, answered: &[(WrittenQuestion, Answer)], whose: Whose) -> Result<u8, ClientError> {
        print(&self.text(answered, whose)?)?;
        let verdict = Verdict::together(answered.iter().map(|(_, answer)| Verdict::of(answer)));
        Ok(verdict.map_or(0, Verdict::exit_status))
    }

    fn text(&self, answered: &[(WrittenQuestion, Answer)], whose: Whose) -> Result<String, ClientError> {
        if self.tsv {
            let lines =
                answered.iter().flat_map(|(asked, answer)| tsv::lines(&asked.text, answer, self.populations));
            return Ok([tsv::HEADER.join("\t")].into_iter().chain(lines).collect::<Vec<_>>().join("\n"));
        }
        if self.json {
            let reports: Vec<_> = answered.iter().map(|(asked, answer)| report(asked, answer)).collect();
            let one = reports.first().filter(|_| reports.len() == 1);
            return Ok(
                one.map_or_else(|| serde_json::to_string_pretty(&reports), serde_json::to_string_pretty)?
            );
        }
        let table = |(asked, answer): &(WrittenQuestion, Answer)| {
            let title = if answered.len() > 1 { format!("{}\n", asked.text) } else { String::new() };
            title + &table::render(&asked.query, answer, self.populations, whose)
        };
        Ok(answered.iter().map(table).collect::<Vec<_>>().join("\n\n"))
    }
}

fn report<'a>(asked: &'a WrittenQuestion, answer: &'a Answer) -> Report<'a> {
    let word = |dataset: &'a DatasetAnswer| Said {
        beacon_id: &dataset.beacon_id,
        dataset: &dataset.id,
        word: Word::of(dataset),
    };
    Report {
        variant: &asked.text,
        assembly: asked.query.variant.as_ref().and_then(VariantQuery::assembly),
        verdict: Verdict::of(answer),
        words: answer.datasets.iter().map(word).collect(),
        answer,
    }
}
