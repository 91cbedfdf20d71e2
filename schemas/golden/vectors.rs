//! Reads the questions of `signable.json`, for the tests of all who write the forms: included by path.
//!
//! Every part of a question is named here, so that a new one is read from the vectors or does not compile.

use std::time::Duration;

use fyr_schemas::{
    AlleleQuery, Assembly, BasePattern, BracketQuery, Clause, Condition, Contig, DatasetSelection, EntryRef,
    EntryType, Epoch, Filter, Filters, FrequencyBound, GeneQuery, Granularity, Interbase, Mate, NameQuery,
    Narrowing, Operator, Pagination, ProteinChange, Purpose, Query, RangeQuery, Substitution, Use,
    VariantQuery,
};
use serde_json::{Map, Value};

/// A vector: its name, its question, the form that it must have, and the SHA-256 of that in hexadecimal digits.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) query: Query,
    pub(crate) form: String,
    pub(crate) sha256: String,
}

/// Returns the vectors of what is signed.
pub(crate) fn signed() -> Vec<Vector> {
    all("signed").iter().map(vector).collect()
}

/// Returns all vectors of a kind, as they stand in the file.
pub(crate) fn all(kind: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("signable.json")).unwrap();
    golden[kind].as_array().unwrap().clone()
}

/// Reads one vector.
pub(crate) fn vector(of: &Value) -> Vector {
    let text = |name: &str| of[name].as_str().unwrap().to_owned();
    Vector { name: text("name"), query: query(&of["question"]), form: text("form"), sha256: text("sha256") }
}

fn query(of: &Value) -> Query {
    let entry_type: EntryType = text(of, "entry_type").parse().unwrap();
    let (_, frequencies) =
        FrequencyBound::split(Filters::new(list(of, "frequency", bound)).unwrap(), EntryType::GenomicVariant)
            .unwrap();
    Query {
        entry_type,
        variant: variant(of),
        within: some(of, "within")
            .map(|of| EntryRef { entry_type: text(of, "entry_type").parse().unwrap(), id: text(of, "id") }),
        filters: Filters::new(list(of, "clause", |filters| {
            Clause(filters.as_array().unwrap().iter().map(filter).collect())
        }))
        .unwrap(),
        frequencies,
        granularity: text(of, "granularity").parse::<Granularity>().unwrap(),
        datasets: DatasetSelection {
            only: texts(of, "dataset"),
            exclude: texts(of, "exclude_dataset"),
            exclude_nodes: texts(of, "exclude_node"),
            only_nodes: texts(of, "only_node"),
        },
        pagination: Pagination { skip: number(of, "skip") as u32, limit: number(of, "limit") as u32 },
        test_mode: flag(of, "test_mode"),
        purpose: some(of, "purpose").map(purpose),
        dry_run: flag(of, "dry_run"),
        epoch: of["epoch"].as_u64().map(|number| Epoch(number as u32)),
        batch: of["batch"].as_str().map(|id| id.parse().unwrap()),
        wait: of["wait"].as_u64().map(Duration::from_millis),
    }
}

fn variant(of: &Value) -> Option<VariantQuery> {
    let known = ["allele", "name", "range", "bracket", "gene"];
    let kind = known.into_iter().find(|kind| of.get(kind).is_some())?;
    let of = &of[kind];
    let (assembly, contig) = place(of);
    Some(match kind {
        "allele" => {
            let bases = (text(of, "reference_bases"), text(of, "alternate_bases"));
            let contig = contig.unwrap();
            let start = number(of, "start");
            VariantQuery::Allele(
                AlleleQuery::new(assembly.unwrap(), contig, start, &bases.0, &bases.1).unwrap(),
            )
        }
        "name" => VariantQuery::Name(match of["hgvs"].as_str() {
            Some(hgvs) => NameQuery::hgvs(hgvs, assembly).unwrap(),
            None if of["dbsnp"].is_number() => {
                NameQuery::dbsnp(&format!("rs{}", of["dbsnp"]), assembly).unwrap()
            }
            None => NameQuery::vrs(&format!("ga4gh:VA.{}", text(of, "vrs")), assembly).unwrap(),
        }),
        "range" => VariantQuery::Range(range(of)),
        "bracket" => VariantQuery::Bracket(bracket(of)),
        _ => VariantQuery::Gene(GeneQuery::new(of["gene"].as_str(), narrowing(of)).unwrap()),
    })
}

/// Reads a range.
pub(crate) fn range(of: &Value) -> RangeQuery {
    let (assembly, contig) = place(of);
    RangeQuery {
        assembly: assembly.unwrap(),
        contig: contig.unwrap(),
        interval: interval(of, ["start", "end"]),
        reciprocal_overlap: of["reciprocal_overlap"].as_u64().map(|percent| percent as u8),
        narrowing: narrowing(of),
    }
}

/// Reads a bracket.
pub(crate) fn bracket(of: &Value) -> BracketQuery {
    let (assembly, contig) = place(of);
    BracketQuery {
        assembly: assembly.unwrap(),
        contig: contig.unwrap(),
        start: interval(of, ["start_from", "start_to"]),
        end: interval(of, ["end_from", "end_to"]),
        narrowing: narrowing(of),
    }
}

/// Reads what narrows a place.
pub(crate) fn narrowing(of: &Value) -> Narrowing {
    let empty = Value::Object(Map::new());
    let of = some(of, "narrowing").unwrap_or(&empty);
    let bases = |name: &str| of[name].as_str().map(|bases| BasePattern::parse(bases).unwrap());
    Narrowing {
        variant_type: of["variant_type"].as_str().map(|term| term.parse().unwrap()),
        reference_bases: bases("reference_bases"),
        alternate_bases: bases("alternate_bases"),
        minimum_length: of["minimum_length"].as_u64(),
        maximum_length: of["maximum_length"].as_u64(),
        mate: some(of, "mate").map(|of| Mate {
            contig: place(of).1.unwrap(),
            interval: some(of, "start").map(|_| interval(of, ["start", "end"])),
        }),
        parts_of: some(of, "parts_of").map(|of| Substitution {
            start: number(of, "start") as u32,
            reference_bases: text(of, "reference_bases"),
            alternate_bases: text(of, "alternate_bases"),
        }),
        protein_change: some(of, "protein_change")
            .map(|of| ProteinChange { of: of["of"].as_str().map(str::to_owned), change: text(of, "change") }),
        effect: of["effect"].as_str().map(str::to_owned),
    }
}

fn filter(of: &Value) -> Filter {
    Filter {
        scope: of["scope"].as_str().map(|scope| scope.parse().unwrap()),
        excluded: flag(of, "excluded"),
        any_of: list(of, "any_of", condition),
    }
}

fn condition(of: &Value) -> Condition {
    match some(of, "term") {
        Some(of) => Condition::Term { id: text(of, "id"), descendants: flag(of, "descendants") },
        None => {
            let of = &of["value"];
            Condition::Value { field: text(of, "field"), operator: operator(of), value: text(of, "value") }
        }
    }
}

/// Bounds are made of filters only.
fn bound(of: &Value) -> Clause {
    let billionths = number(of, "billionths");
    let value = format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
    let condition = Condition::Value { field: "alleleFrequency".into(), operator: operator(of), value };
    Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])
}

fn purpose(of: &Value) -> Purpose {
    let option = |name: &str| of[name].as_str().map(str::to_owned);
    Purpose {
        intended: match text(of, "use").as_str() {
            "GRU" => Use::Gru,
            "HMB" => Use::Hmb,
            "DS" => Use::Ds,
            "POA" => Use::Poa,
            "CC" => Use::Cc,
            other => panic!("{other} is no use"),
        },
        diseases: texts(of, "disease"),
        methods: flag(of, "methods"),
        commercial: flag(of, "commercial"),
        project: option("project"),
        case: option("case"),
    }
}

fn place(of: &Value) -> (Option<Assembly>, Option<Contig>) {
    let assembly: Option<Assembly> = of["assembly"].as_str().map(|name| name.parse().unwrap());
    let named = assembly.unwrap_or(Assembly::GRCH38);
    (assembly, of["contig"].as_str().map(|name| Contig::resolve(name, named).unwrap()))
}

fn interval(of: &Value, [start, end]: [&str; 2]) -> Interbase {
    Interbase::new(number(of, start), number(of, end)).unwrap()
}

fn operator(of: &Value) -> Operator {
    Operator::from_sign(&text(of, "operator")).unwrap()
}

fn some<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    of.get(name).filter(|value| !value.is_null())
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_else(|| panic!("no {name} in {of}")).to_owned()
}

fn number(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn flag(of: &Value, name: &str) -> bool {
    of[name].as_bool().unwrap_or_default()
}

fn texts(of: &Value, name: &str) -> Vec<String> {
    list(of, name, |text| text.as_str().unwrap().to_owned())
}

fn list<T>(of: &Value, name: &str, read: impl Fn(&Value) -> T) -> Vec<T> {
    some(of, name).map(|all| all.as_array().unwrap().iter().map(read).collect()).unwrap_or_default()
}
