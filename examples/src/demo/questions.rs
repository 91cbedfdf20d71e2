//! What the demo asks, and of whom.

use anyhow::Context;
use fyr_schemas::{
    AlleleQuery, Answer, Assembly, Clause, Condition, EntryType, Filter, Filters, Granularity, Query,
    VariantQuery,
};
use fyr_tests::{
    TestNetwork,
    ask::{Ask, GrpcClient},
};

use crate::{
    regions::{self, REGIONS, TOKEN},
    table,
};

/// Asks everything and prints the answers; all regions are on again afterwards.
///
/// # Errors
///
/// The broker does not answer, or an answer is not what the demo is there to show.
pub(crate) async fn ask(network: &mut TestNetwork) -> anyhow::Result<()> {
    let broker = network.broker.grpc().await?;
    let clinic = Ask::default().with_token(TOKEN);
    let nobody = Ask::default();
    let [norrland, svealand, _] = &REGIONS;

    let everywhere = print(
        &broker,
        "A clinic that every region knows asks for CFTR F508del: seen everywhere",
        regions::CFTR_F508DEL,
        &clinic,
    )
    .await?;
    anyhow::ensure!(everywhere.exists && !everywhere.lower_bound, "every region answers the clinic");

    print(
        &broker,
        "TTR V30M: seen in one region only; the others looked and did not see it",
        regions::TTR_V30M,
        &clinic,
    )
    .await?;
    print(
        &broker,
        "The same, asked from Norrland about elsewhere: its own node is left out",
        regions::TTR_V30M,
        &clinic.clone().excluding_node(norrland.id),
    )
    .await?;
    print(&broker, "BRCA1 5266dupC: rare, and not seen in Norrland at all", regions::BRCA1_5266DUPC, &clinic)
        .await?;
    let withheld = print(
        &broker,
        "HFE C282Y, asked without credentials: Götaland's policy withholds its part",
        regions::HFE_C282Y,
        &nobody,
    )
    .await?;
    anyhow::ensure!(withheld.lower_bound, "a withheld part makes the sum a lower bound");

    let people = seizures(&broker, &clinic).await?;
    anyhow::ensure!(people.result_count.is_some_and(|count| count > 0), "some carriers have seizures");

    let stopped = network.stop_node(svealand.id).await?;
    let partial = print(
        &broker,
        "Factor V Leiden with Svealand switched off: a partial answer",
        regions::F5_LEIDEN,
        &clinic,
    )
    .await?;
    anyhow::ensure!(partial.lower_bound, "a missing region makes the sum a lower bound");
    network.restart_node(stopped).await
}

/// Asks how many people with seizures, of any kind, carry the variant.
async fn seizures(broker: &GrpcClient, ask: &Ask) -> anyhow::Result<Answer> {
    table::heading(
        "Genotype and phenotype: people with seizures (HP:0001250 and narrower) who carry CFTR F508del",
    );
    let condition = Condition::Term { id: "HP:0001250".to_owned(), descendants: true };
    let filter = Filter { scope: Some(EntryType::Individual), excluded: false, any_of: vec![condition] };
    let allele = AlleleQuery::parse(Assembly::GRCH38, regions::CFTR_F508DEL)?;
    let query = Query {
        variant: Some(VariantQuery::Allele(allele)),
        filters: Filters::new(vec![Clause(vec![filter])])?,
        granularity: Granularity::Count,
        ..Query::entries(EntryType::Individual)
    };
    let answer = broker.entries(&query, ask).await??;
    table::people(&answer);
    Ok(answer)
}

async fn print(broker: &GrpcClient, title: &str, allele: &str, ask: &Ask) -> anyhow::Result<Answer> {
    table::heading(title);
    let answer = broker.allele(Assembly::GRCH38, allele, ask).await.with_context(|| title.to_owned())?;
    table::answer(allele, &answer);
    Ok(answer)
}
