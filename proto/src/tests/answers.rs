//! Answers survive the wire, whatever they say.

use fyr_schemas::{
    Allowance, AllowanceKind, Answer, Assembly, Case, Contig, Coverage, DatasetAnswer, DatasetState, Effect,
    Epoch, Frequency, Group, Handover, Interbase, Lift, NodeReport, NodeState, Observations, Precision,
    Release, Variant, VariantAnswer, VariantType, Versions, Withheld, Zygosity,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use prost::Message;
use serde_json::json;

use crate::v1;

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,6}"
}

fn assembly() -> impl Strategy<Value = Assembly> {
    select(vec![Assembly::GRCH37, Assembly::GRCH38])
}

fn coverage() -> impl Strategy<Value = Coverage> {
    select(vec![Coverage::Unknown, Coverage::None, Coverage::Partial, Coverage::Complete])
}

fn any_variant() -> impl Strategy<Value = Variant> {
    use VariantType::{Bnd, Cnv, Complex, Del, Delins, Dup, Ins, Inv, Mnp, Snp};
    let contigs = select(vec!["1", "X", "MT", "GL000220.1"]);
    let kinds = select(vec![Snp, Mnp, Ins, Del, Delins, Dup, Inv, Cnv, Bnd, Complex]);
    (contigs, 0u64..9, 0u64..9, "[ACGT]{1,3}", "[ACGT]{1,3}|<DEL>", kinds, option::of(any::<i64>())).prop_map(
        |(contig, start, length, reference_bases, alternate_bases, variant_type, sv_length)| Variant {
            contig: Contig::resolve(contig, Assembly::GRCH38).unwrap(),
            interval: Interbase::new(start, start + length).unwrap(),
            reference_bases,
            alternate_bases,
            variant_type,
            sv_length,
        },
    )
}

fn frequency() -> impl Strategy<Value = Frequency> {
    (select(vec!["Total", "FIN", "F", "FIN_F"]), 0u64..9, 0u64..9, any::<[bool; 3]>()).prop_map(
        |(group, heterozygous, homozygous, told)| Frequency {
            group: Group::from_label(group),
            allele_count: heterozygous + 2 * homozygous,
            allele_number: 100,
            heterozygous: told[0].then_some(heterozygous),
            homozygous: told[1].then_some(homozygous),
            hemizygous: told[2].then_some(0),
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    use Zygosity::{Half, Hemizygous, Heterozygous, Homozygous};
    (text(), text(), select(vec![Half, Hemizygous, Heterozygous, Homozygous]))
        .prop_map(|(individual, biosample, zygosity)| Case { individual, biosample, zygosity })
}

fn effect() -> impl Strategy<Value = Effect> {
    let one = || option::of(text());
    (one(), one(), vec(text(), 0..2), one(), one(), one()).prop_map(
        |(gene, transcript, consequences, coding_change, protein, protein_change)| Effect {
            gene,
            transcript,
            consequences,
            coding_change,
            protein,
            protein_change,
        },
    )
}

fn variant_answer() -> impl Strategy<Value = VariantAnswer> {
    let number = || option::of(any::<u64>());
    let observed =
        option::of((any::<u64>(), any::<u64>()).prop_map(|(cases, of)| Observations { cases, of }));
    let counts = (number(), number(), number(), observed, any::<bool>(), vec(frequency(), 0..3));
    (any_variant(), counts, coverage(), vec(case(), 0..2), vec(effect(), 0..2), vec(text(), 0..2)).prop_map(
        |(
            variant,
            (carriers, assayed, people, observed, assumed, frequencies),
            coverage,
            cases,
            effects,
            alternative_ids,
        )| {
            VariantAnswer {
                variant,
                carriers,
                assayed,
                people,
                observed,
                assumed,
                frequencies,
                coverage,
                cases,
                effects,
                alternative_ids,
            }
        },
    )
}

fn handover() -> impl Strategy<Value = Handover> {
    (text(), text(), text(), option::of(text())).prop_map(|(id, label, url, note)| Handover {
        id,
        label,
        url,
        note,
    })
}

type Told = (String, (Option<String>, Option<String>), Option<Epoch>);

fn versions() -> impl Strategy<Value = Told> {
    (text(), (option::of(text()), option::of(text())), option::of(any::<u32>().prop_map(Epoch)))
}

fn dataset() -> impl Strategy<Value = DatasetAnswer> {
    let states = select(vec![DatasetState::Answered, DatasetState::Withheld, DatasetState::NotCounted]);
    let releases =
        select(vec![Release::None, Release::Boolean, Release::Count, Release::Frequency, Release::Record]);
    let precisions = select(vec![Precision::Exact, Precision::Rounded, Precision::Imprecise]);
    let lift = option::of((assembly(), any::<bool>()).prop_map(|(from, verified)| Lift { from, verified }));
    let names = (text(), text(), assembly(), lift);
    let kinds = (states, releases, precisions, coverage());
    let numbers = (any::<bool>(), option::of(any::<u64>()), vec(any::<u64>(), 0..2), any::<bool>());
    let rows = (vec(variant_answer(), 0..2), vec(text(), 0..2), vec(handover(), 0..2));
    let withheld = (vec(select(Withheld::ALL.to_vec()), 0..3), vec(text(), 0..2));
    (names, kinds, numbers, rows, (option::of(versions()), withheld)).prop_map(
        |((id, beacon_id, assembly, lift), (state, release, precision, coverage), numbers, rows, told)| {
            let (exists, result_count, adjusted_to, attributable) = numbers;
            let (versions, (withheld, read_as)) = told;
            let (variants, entries, handovers) = rows;
            let versions = versions
                .map(|(policy, of_people, epoch)| Versions::new((&beacon_id, &id), policy, of_people, epoch));
            let entries = entries.into_iter().map(|id| json!({ "id": id })).collect();
            DatasetAnswer {
                id,
                beacon_id,
                assembly,
                lift,
                state,
                release,
                exists,
                result_count,
                precision,
                adjusted_to,
                coverage,
                variants,
                entries,
                handovers,
                attributable,
                versions,
                withheld,
                read_as,
            }
        },
    )
}

fn node() -> impl Strategy<Value = NodeReport> {
    use NodeState::{Answered, Excluded, Failed, Refused, TimedOut, Unreachable, Unsupported};
    let states = select(vec![Answered, Excluded, Refused, Unsupported, TimedOut, Unreachable, Failed]);
    (text(), states, option::of(text()), vec(allowance(), 0..2))
        .prop_map(|(id, state, reason, allowances)| NodeReport { id, state, reason, allowances })
}

fn allowance() -> impl Strategy<Value = Allowance> {
    (select(vec![AllowanceKind::Day, AllowanceKind::Case]), any::<[u64; 3]>())
        .prop_map(|(kind, [price, left, most])| Allowance { kind, price, left, most })
}

fn answer() -> impl Strategy<Value = Answer> {
    let totals = (assembly(), vec(variant_answer(), 0..2));
    let lists = (vec(dataset(), 0..3), vec(node(), 0..2), vec(text(), 0..2), vec(allowance(), 0..2));
    (text(), any::<[bool; 2]>(), option::of(any::<u64>()), totals, lists).prop_map(
        |(beacon_id, [exists, lower_bound], result_count, (assembly, totals), lists)| {
            let (datasets, nodes, warnings, allowances) = lists;
            Answer {
                beacon_id,
                exists,
                datasets,
                totals_assembly: (!totals.is_empty()).then_some(assembly),
                totals,
                lower_bound,
                result_count,
                nodes,
                warnings,
                allowances,
            }
        },
    )
}

proptest! {
    #[test]
    fn answers_survive_the_wire(answer in answer()) {
        let message = v1::Answer::from(answer.clone());
        let sent = v1::Answer::decode(message.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!(Answer::try_from(sent), Ok(answer));
    }

    #[test]
    fn a_number_that_stands_for_nothing_makes_no_answer(dataset in dataset(), number in 9..i32::MAX) {
        let with = |change: fn(&mut v1::DatasetAnswer, i32)| {
            let mut message = v1::DatasetAnswer::from(dataset.clone());
            change(&mut message, number);
            DatasetAnswer::try_from(message)
        };
        prop_assert!(with(|message, number| message.state = number).is_err());
        prop_assert!(with(|message, number| message.release = number).is_err());
        prop_assert!(with(|message, number| message.precision = number).is_err());
        prop_assert!(with(|message, number| message.coverage = number).is_err());
        prop_assert!(with(|message, _| message.assembly_id = "GRCh36".into()).is_err());
    }

    #[test]
    fn sums_of_no_assembly_are_no_answer(answer in answer()) {
        let sums = !answer.totals.is_empty();
        let message = v1::Answer { totals_assembly_id: String::new(), ..v1::Answer::from(answer) };
        prop_assert_eq!(Answer::try_from(message).is_err(), sums);
    }

    #[test]
    fn versions_under_another_id_are_no_answer(dataset in dataset(), told in versions()) {
        let versions = Versions::new(("se", "D"), told.0, told.1, told.2);
        let versions = Some(v1::Versions { id: "fyr:0".into(), ..v1::Versions::from(&versions) });
        let message = v1::DatasetAnswer { versions, ..v1::DatasetAnswer::from(dataset) };
        prop_assert!(DatasetAnswer::try_from(message).is_err());
    }
}
