//! GA4GH Phenopackets v2: the subject becomes an individual, its biosamples become biosamples.
//!
//! Interpretations of variants are left out: variants come from VCF. A disease that was excluded is none.

use fyr_schemas::EntryType;
use serde_json::{Map, Value, json};

/// Returns whether a document is a Phenopacket.
pub(super) fn is_one(document: &Value) -> bool {
    let has = |name: &str| document.get(name).is_some();
    has("metaData") && (has("subject") || has("phenotypicFeatures"))
}

/// Returns the documents of the Beacon model that a Phenopacket makes.
pub(super) fn parts(packet: &Value) -> Vec<(EntryType, Value)> {
    let mut parts = vec![(EntryType::Individual, individual(packet))];
    parts.extend(items(packet, "biosamples").map(|sample| (EntryType::Biosample, biosample(sample, packet))));
    parts
}

/// The id is that of the subject, which names a person; that of the packet where there is none.
fn id(packet: &Value) -> Value {
    packet.pointer("/subject/id").or_else(|| packet.get("id")).cloned().unwrap_or_default()
}

fn individual(packet: &Value) -> Value {
    let subject = packet.get("subject").cloned().unwrap_or_default();
    let packet_id = packet.get("id").cloned().unwrap_or_default();
    without_nulls(json!({
        "id": id(packet),
        "sex": sex(subject.get("sex").and_then(Value::as_str)),
        "karyotypicSex": subject.get("karyotypicSex"),
        "phenotypicFeatures": list(packet, "phenotypicFeatures", feature),
        "diseases": list(packet, "diseases", disease),
        "measures": list(packet, "measurements", measure),
        "interventionsOrProcedures": list(packet, "medicalActions", procedure_of_action),
        "treatments": list(packet, "medicalActions", treatment_of_action),
        "info": { "phenopacketId": packet_id },
    }))
}

fn sex(sex: Option<&str>) -> Value {
    let (id, label) = match sex {
        Some("FEMALE") => ("NCIT:C16576", "female"),
        Some("MALE") => ("NCIT:C20197", "male"),
        Some("OTHER_SEX") => ("NCIT:C45908", "intersex"),
        _ => ("NCIT:C17998", "unknown"),
    };
    json!({ "id": id, "label": label })
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
        "onset": feature.get("onset").and_then(time),
        "resolution": feature.get("resolution").and_then(time),
    })))
}

fn disease(disease: &Value) -> Option<Value> {
    if disease.get("excluded").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    Some(without_nulls(json!({
        "diseaseCode": disease.get("term"),
        "ageOfOnset": disease.get("onset").and_then(time),
        "stage": disease.pointer("/diseaseStage/0"),
    })))
}

/// A measure needs a number with its unit, or a term.
fn measure(measure: &Value) -> Option<Value> {
    let value = measure.pointer("/value/quantity").or_else(|| measure.pointer("/value/ontologyClass"))?;
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
