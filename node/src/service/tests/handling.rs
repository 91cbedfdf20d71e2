//! How a question wants to be handled.

use fyr_schemas::{DatasetAnswer, DatasetState, Epoch};

use super::*;

#[tokio::test]
async fn a_dry_run_says_who_would_be_asked_and_counts_nothing() {
    let fixture = Fixture::new().await;
    let dry = |query| Query { dry_run: true, ..query };
    let answer = fixture.ask(&nobody(), dry(query(&[]))).await.unwrap();
    let told: Vec<_> = answer.datasets.iter().map(|d| (d.id.as_str(), d.state, d.release)).collect();
    assert_eq!(told, [("open", DatasetState::NotCounted, Release::Frequency)]);
    assert!(
        answer.lower_bound && !answer.exists && answer.result_count.is_none() && answer.totals.is_empty()
    );
    assert!(answer.datasets.iter().all(|d| !d.exists && d.variants.is_empty() && d.result_count.is_none()));
    assert_eq!(fixture.last_decision().verdict, Verdict::Allowed);
    // It fails as the question would.
    assert_eq!(fixture.ask(&nobody(), dry(query(&["hidden"]))).await, Err(ErrorCode::NotFound));
    assert_eq!(fixture.ask(&nobody(), dry(query(&["old"]))).await, Err(ErrorCode::Unsupported));
    assert!(fixture.ask(&nobody(), query(&[])).await.unwrap().exists);
}

#[tokio::test]
async fn what_cannot_be_done_here_is_refused_by_its_name() {
    let fixture = Fixture::new().await;
    for (name, query) in [
        ("epoch", Query { epoch: Some(Epoch(0)), ..query(&["open"]) }),
        ("batch", Query { batch: "patient 17".parse().ok(), ..query(&["open"]) }),
    ] {
        let failure = fixture.node.answer(&nobody(), query).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unsupported, "{name}");
        assert!(failure.message.contains(&format!("`{name}`")), "{failure}");
        assert_eq!(fixture.last_decision().code, Some(ErrorCode::Unsupported));
    }
}

#[tokio::test]
async fn a_node_that_is_not_among_the_named_ones_says_nothing() {
    let fixture = Fixture::new().await;
    for (only, answers) in [(&["fi.x"][..], false), (&["fi.x", "se.fin"], true)] {
        let mut named = query(&["open"]);
        named.datasets.only_nodes = only.iter().map(|&id| id.to_owned()).collect();
        assert_eq!(fixture.ask(&nobody(), named).await.unwrap().exists, answers, "{only:?}");
    }
}

#[tokio::test]
async fn a_figure_can_be_cited_by_the_rules_of_its_dataset() {
    let fixture = Fixture::new().await;
    let cited = async |query: Query| -> Vec<(String, String)> {
        let answer = fixture.ask(&clinic(), query).await.unwrap();
        let of = |dataset: &DatasetAnswer| (dataset.id.clone(), dataset.versions.clone().unwrap());
        let all: Vec<_> =
            answer.datasets.iter().filter(|d| d.state != DatasetState::Withheld).map(of).collect();
        assert!(all.iter().all(|(_, versions)| versions.data().is_none() && versions.consents().is_none()));
        all.into_iter().map(|(id, versions)| (id, versions.id().to_owned())).collect()
    };
    let told = cited(query(&[])).await;
    let ids: std::collections::BTreeSet<_> = told.iter().map(|(_, id)| id).collect();
    assert!(told.len() > 1 && ids.len() == told.len(), "{told:?}");
    assert_eq!(
        told,
        cited(Query { dry_run: true, ..query(&[]) }).await,
        "it rests on the same, counted or not"
    );
}
