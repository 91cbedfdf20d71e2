//! The queue of what was answered for the care of patients.

use sqlx::{Any, Transaction};

use super::State;
use crate::{
    CareAnswer, CareDecision, CareFilter, CareQuestion, CareReview, ChangeKind, Decided, StateError,
    writing::Writing,
};

/// The namespace of cases; no dataset is called so.
const CASES: &str = "@cases";
/// How often an answer looks for the review that it belongs to, while others decide or begin it.
const ATTEMPTS: u32 = 5;

type Row = (i64, String, String, String, i64, i64, String, i64, String, String);

impl State {
    /// Puts an answer in the queue. What was put there before, and waits, is there once.
    ///
    /// # Errors
    ///
    /// The database failed. Then the answer must not be told.
    pub async fn note_care(&self, answer: &CareAnswer) -> Result<(), StateError> {
        let case = self.case_hash(&answer.case);
        for _ in 0..ATTEMPTS {
            let mut transaction = self.pool.begin_with(self.database.begin_alone()).await?;
            begin(&mut transaction, answer, &case).await?;
            // The row is this transaction's until its end: nobody decides about the review before the answer is in it.
            let is_there = touch(&mut transaction, answer, &case).await?;
            if is_there {
                add(&mut transaction, answer, &case).await?;
                return Ok(transaction.commit().await?);
            }
            transaction.rollback().await?;
        }
        Err(StateError::Damaged("a review of care is begun and decided again and again"))
    }

    /// Lists reviews, the oldest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn care_reviews(&self, filter: &CareFilter) -> Result<Vec<CareReview>, StateError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, requester, organisation, case_hash, begun, latest, decision, decided, actor, reason \
             FROM care_reviews ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        let counts: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT review, COUNT(DISTINCT question), COUNT(CASE WHEN told = 'seen' THEN 1 END) FROM care_answers \
             GROUP BY review",
        )
        .fetch_all(&self.pool)
        .await?;
        let case = filter.case.as_ref().map(|case| self.case_hash(case));
        let reviews: Vec<CareReview> = rows.into_iter().map(review).collect::<Result<_, _>>()?;
        let counted = |review: CareReview| {
            let count = counts.iter().find(|(id, ..)| id.unsigned_abs() == review.id);
            let (questions, seen) =
                count.map_or((0, 0), |(_, questions, seen)| (questions.unsigned_abs(), seen.unsigned_abs()));
            CareReview { questions, seen, ..review }
        };
        let wanted = |review: &CareReview| {
            (filter.decided || review.decision.is_none())
                && case.as_ref().is_none_or(|case| *case == review.case_hash)
        };
        Ok(reviews.into_iter().filter(wanted).map(counted).collect())
    }

    /// Lists the answers of a review, the oldest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn care_questions(&self, review: u64) -> Result<Vec<CareQuestion>, StateError> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT question, told, datasets, time FROM care_answers WHERE review = $1 ORDER BY time, question",
        )
        .bind(number(review))
        .fetch_all(&self.pool)
        .await?;
        let question = |(question, told, datasets, time): (String, String, String, i64)| {
            Ok(CareQuestion { question, told: told.parse()?, datasets, time })
        };
        rows.into_iter().map(question).collect()
    }

    /// Counts the reviews that wait.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn care_waiting(&self) -> Result<u64, StateError> {
        let waiting: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM care_reviews WHERE decision = ''")
            .fetch_one(&self.pool)
            .await?;
        Ok(waiting.unsigned_abs())
    }

    /// Records what an operator says of a review that waits; the history keeps it. Returns whether it waited.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn decide_care(
        &self,
        actor: &str,
        review: u64,
        (decision, reason): (CareDecision, &str),
        now: i64,
    ) -> Result<bool, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let changed = sqlx::query(
            "UPDATE care_reviews SET decision = $1, decided = $2, actor = $3, reason = $4 \
             WHERE id = $5 AND decision = ''",
        )
        .bind(decision.name())
        .bind(now)
        .bind(actor.to_owned())
        .bind(reason.to_owned())
        .bind(number(review))
        .execute(&mut *writing.transaction)
        .await?;
        if changed.rows_affected() > 0 {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let items = format!("review {review}: {decision}{reason}");
            writing.record(ChangeKind::ReviewCare, "", "", &items).await?;
        }
        Ok(writing.commit().await? > 0)
    }

    fn case_hash(&self, case: &str) -> String {
        self.key.hash(CASES, case).to_hex().to_string()
    }
}

/// Begins a review, unless one waits.
async fn begin(
    transaction: &mut Transaction<'_, Any>,
    answer: &CareAnswer,
    case: &str,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO care_reviews \
         (id, requester, organisation, case_hash, begun, latest, decision, decided, actor, reason) \
         SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM care_reviews), $1, $2, $3, $4, $5, '', 0, '', '' \
         WHERE NOT EXISTS \
         (SELECT 1 FROM care_reviews WHERE requester = $6 AND case_hash = $7 AND decision = '') \
         ON CONFLICT DO NOTHING",
    )
    .bind(answer.requester.clone())
    .bind(answer.organisation.clone())
    .bind(case.to_owned())
    .bind(answer.time)
    .bind(answer.time)
    .bind(answer.requester.clone())
    .bind(case.to_owned())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Notes that an answer came to the review that waits; returns whether there is one.
async fn touch(
    transaction: &mut Transaction<'_, Any>,
    answer: &CareAnswer,
    case: &str,
) -> Result<bool, StateError> {
    let touched = sqlx::query(
        "UPDATE care_reviews SET latest = CASE WHEN latest < $1 THEN $2 ELSE latest END \
         WHERE requester = $3 AND case_hash = $4 AND decision = ''",
    )
    .bind(answer.time)
    .bind(answer.time)
    .bind(answer.requester.clone())
    .bind(case.to_owned())
    .execute(&mut **transaction)
    .await?;
    Ok(touched.rows_affected() > 0)
}

async fn add(
    transaction: &mut Transaction<'_, Any>,
    answer: &CareAnswer,
    case: &str,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO care_answers (review, question, told, datasets, time) \
         SELECT id, $1, $2, $3, $4 FROM care_reviews \
         WHERE requester = $5 AND case_hash = $6 AND decision = '' \
         ON CONFLICT (review, question, told) DO NOTHING",
    )
    .bind(answer.question.clone())
    .bind(answer.told.name())
    .bind(answer.datasets.join(", "))
    .bind(answer.time)
    .bind(answer.requester.clone())
    .bind(case.to_owned())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn number(review: u64) -> i64 {
    i64::try_from(review).unwrap_or(i64::MAX)
}

fn review(
    (id, requester, organisation, case_hash, begun, latest, decision, time, actor, reason): Row,
) -> Result<CareReview, StateError> {
    let decision = match decision.as_str() {
        "" => None,
        decision => Some(Decided { decision: decision.parse()?, time, actor, reason }),
    };
    let id = id.unsigned_abs();
    Ok(CareReview { id, requester, organisation, case_hash, begun, latest, questions: 0, seen: 0, decision })
}
