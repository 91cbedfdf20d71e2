//! GA4GH Phenopackets, schemas 1 and 2: the subject becomes an individual, its biosamples become biosamples. Of a
//! family and of a cohort each member is such a packet.
//!
//! Interpretations of variants are left out: variants come from VCF. A disease that was excluded is none. Of a family's
//! pedigree is taken who is of it.

mod family;

use fyr_schemas::{EntryType, Individual, model::ModelFault};
use serde_json::{Map, Value, json};

use super::protobuf;

/// What a packet states in lists.
const LISTS: [&str; 5] = ["phenotypicFeatures", "diseases", "measurements", "medicalActions", "biosamples"];

/// Returns whether a document is a Phenopacket, or a family or a cohort of them.
pub(super) fn is_one(document: &Value) -> bool {
    let has = |name: &str| document.get(name).is_some();
    let has_meta = has("metaData") || has("meta_data");
    let states = has("subject") || has("phenotypicFeatures") || has("phenotypic_features");
    has_meta && (states || has("proband") || has("members"))
}

/// What a Phenopacket, or a family or a cohort of them, makes.
#[derive(Debug)]
pub(super) struct Parts {
    /// Documents of the Beacon model.
    pub(super) documents: Vec<(EntryType, Value)>,
    /// Who is of a family.
    pub(super) related: Vec<Individual>,
}

/// Returns what a Phenopacket makes.
///
/// # Errors
///
/// What nobody can read: a schema that is not known, names and words that are not those of the schema.
pub(super) fn parts(document: Value) -> Result<Parts, ModelFault> {
    let document = protobuf::canonical(document)?;
    let (mut documents, related) = (Vec::new(), family::related(&document)?);
    for (place, packet) in packets(&document)? {
        let made = parts_of(packet);
        let within = |fault: ModelFault| ModelFault { field: format!("{place}{}", fault.field), ..fault };
        documents.extend(made.map_err(within)?);
    }
    Ok(Parts { documents, related })
}

fn parts_of(packet: &Value) -> Result<Vec<(EntryType, Value)>, ModelFault> {
    check_version(packet)?;
    check_lists(packet, &LISTS)?;
    let samples = items(packet, "biosamples").map(|sample| (EntryType::Biosample, biosample(sample, packet)));
    Ok(std::iter::once((EntryType::Individual, individual(packet)?)).chain(samples).collect())
}

/// The packets of a family or of a cohort, each with its place; one that is neither is its own.
fn packets(document: &Value) -> Result<Vec<(String, &Value)>, ModelFault> {
    let lists = ["relatives", "members"];
    check_lists(document, &lists)?;
    let proband = document.get("proband").map(|proband| ("proband.".to_owned(), proband));
    let is_of_several = proband.is_some() || lists.iter().any(|name| document.get(*name).is_some());
    let listed = |name: &'static str| {
        let items = items(document, name).enumerate();
        items.map(move |(at, packet)| (format!("{name}[{at}]."), packet))
    };
    match is_of_several {
        true => Ok(proband.into_iter().chain(lists.into_iter().flat_map(listed)).collect()),
        false => Ok(vec![(String::new(), document)]),
    }
}

fn check_version(packet: &Value) -> Result<(), ModelFault> {
    let version =
        packet.pointer("/metaData/phenopacketSchemaVersion").and_then(Value::as_str).unwrap_or_default();
    let major = version.trim_start_matches(['v', 'V']).split(['.', '-']).next().unwrap_or_default();
    if !["1", "2", ""].contains(&major) {
        let reason = format!("the schema {version} is not known here: only 1 and 2 are");
        return Err(fault("metaData.phenopacketSchemaVersion", reason));
    }
    Ok(())
}

fn check_lists(of: &Value, names: &[&str]) -> Result<(), ModelFault> {
    let wrong = names.iter().find(|name| of.get(**name).is_some_and(|list| !list.is_array()));
    wrong.map_or(Ok(()), |name| Err(fault(name, "is not a list".to_owned())))
}

fn fault(field: &str, reason: String) -> ModelFault {
    ModelFault { field: field.to_owned(), reason }
}

/// The id is that of the subject, which names a person; that of the packet where there is none.
fn id(packet: &Value) -> Value {
    packet.pointer("/subject/id").or_else(|| packet.get("id")).cloned().unwrap_or_default()
}

fn individual(packet: &Value) -> Result<Value, ModelFault> {
    let subject = packet.get("subject").cloned().unwrap_or_default();
    let packet_id = packet.get("id").cloned().unwrap_or_default();
    Ok(without_nulls(json!({
        "id": id(packet),
        "sex": sex(subject.get("sex"))?,
        "karyotypicSex": karyotype(subject.get("karyotypicSex"))?,
        "phenotypicFeatures": list(packet, "phenotypicFeatures", feature),
        "diseases": list(packet, "diseases", disease),
        "measures": list(packet, "measurements", measure),
        "interventionsOrProcedures": list(packet, "medicalActions", procedure_of_action),
        "treatments": list(packet, "medicalActions", treatment_of_action),
        "info": { "phenopacketId": packet_id },
    })))
}

fn sex(sex: Option<&Value>) -> Result<Value, ModelFault> {
    let words = ["UNKNOWN_SEX", "FEMALE", "MALE", "OTHER_SEX"];
    let (id, label) = match protobuf::word("subject.sex", sex, &words)? {
        Some("FEMALE") => ("NCIT:C16576", "female"),
        Some("MALE") => ("NCIT:C20197", "male"),
        Some("OTHER_SEX") => ("NCIT:C45908", "intersex"),
        _ => ("NCIT:C17998", "unknown"),
    };
    Ok(json!({ "id": id, "label": label }))
}

fn karyotype(karyotype: Option<&Value>) -> Result<Option<&'static str>, ModelFault> {
    let words = [
        "UNKNOWN_KARYOTYPE",
        "XX",
        "XY",
        "XO",
        "XXY",
        "XXX",
        "XXYY",
        "XXXY",
        "XXXX",
        "XYY",
        "OTHER_KARYOTYPE",
    ];
    protobuf::word("subject.karyotypicSex", karyotype, &words)
}

fn biosample(sample: &Value, packet: &Value) -> Value {
    let individual = sample.get("individualId").cloned().unwrap_or_else(|| id(packet));
    let unknown = json!({ "id": "NCIT:C17998", "label": "unknown" });
    let tissue = sample.get("sampledTissue").or_else(|| sample.get("sampleType")).cloned();
    without_nulls(json!({
        "id": sample.get("id"),
        "individualId": individual,
        "biosampleStatus": sample.get("materialSample").cloned().unwrap_or_else(|| unknown.clone()),
        "sampleOriginType": tissue.unwrap_or(unknown),
        "histologicalDiagnosis": sample.get("histologicalDiagnosis"),
        "tumorProgression": sample.get("tumorProgression"),
        "tumorGrade": sample.get("tumorGrade"),
        "phenotypicFeatures": list(sample, "phenotypicFeatures", feature),
        "measurements": list(sample, "measurements", measure),
    }))
}

fn feature(feature: &Value) -> Option<Value> {
    Some(without_nulls(json!({
        "featureType": feature.get("type"),
        "excluded": feature.get("excluded"),
        "severity": feature.get("severity"),
        "modifiers": feature.get("modifiers"),
        "onset": onset(feature),
        "resolution": feature.get("resolution").and_then(time),
    })))
}

fn disease(disease: &Value) -> Option<Value> {
    if disease.get("excluded").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    Some(without_nulls(json!({
        "diseaseCode": disease.get("term"),
        "ageOfOnset": onset(disease),
        "stage": disease.pointer("/diseaseStage/0"),
    })))
}

/// A measure needs a number with its unit, or a term.
fn measure(measure: &Value) -> Option<Value> {
    let value = measure.pointer("/value/quantity").or_else(|| measure.pointer("/value/ontologyClass"))?;
    let value = protobuf::with_number(value.clone(), "value");
    Some(without_nulls(json!({
        "assayCode": measure.get("assay"),
        "measurementValue": value,
        "observationMoment": measure.get("timeObserved").and_then(time),
    })))
}

fn procedure_of_action(action: &Value) -> Option<Value> {
    let procedure = action.get("procedure")?;
    Some(without_nulls(json!({
        "procedureCode": procedure.get("code"),
        "bodySite": procedure.get("bodySite"),
        "ageAtProcedure": procedure.get("performed").and_then(time),
    })))
}

fn treatment_of_action(action: &Value) -> Option<Value> {
    let treatment = action.get("treatment")?;
    Some(without_nulls(json!({
        "treatmentCode": treatment.get("agent"),
        "routeOfAdministration": treatment.get("routeOfAdministration"),
    })))
}

/// When something began: schema 2 has a time element, schema 1 a member for each kind.
fn onset(of: &Value) -> Option<Value> {
    let age = |of: &Value| Some(json!({ "iso8601duration": of.get("age")? }));
    let range = |of: &Value| Some(json!({ "start": age(of.get("start")?)?, "end": age(of.get("end")?)? }));
    let second = of.get("onset").and_then(time);
    let first = || of.get("ageOfOnset").and_then(age);
    let ranged = || of.get("ageRangeOfOnset").and_then(range);
    second.or_else(first).or_else(ranged).or_else(|| of.get("classOfOnset").cloned())
}

/// A Phenopacket names the kind of a time element; the Beacon model has the value alone.
fn time(element: &Value) -> Option<Value> {
    let inner = ["age", "ageRange", "gestationalAge", "ontologyClass", "interval", "timestamp"];
    inner.iter().find_map(|name| element.get(*name)).cloned()
}

fn items<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn list(of: &Value, name: &str, item: fn(&Value) -> Option<Value>) -> Value {
    Value::Array(items(of, name).filter_map(item).collect())
}

fn without_nulls(document: Value) -> Value {
    match document {
        Value::Object(members) => {
            members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
