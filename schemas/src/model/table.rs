//! The types of the model and their members (`models/json/beacon-v2-default-model` of Beacon v2.2.0).

use crate::EntryType;

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A text that means something only to people, or to another entry: no filter takes it.
    Id,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// `2024-05-17`.
    Date,
    /// RFC 3339.
    DateTime,
    /// ISO 8601: `P32Y6M`.
    Duration,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A term of an ontology: CURIE and label.
    Term,
    /// A term that says in what something is counted: no filter takes it.
    Unit,
    /// An object of the model.
    Object(&'static Object),
    /// One of several.
    OneOf(&'static [Self]),
    /// Any object.
    Any,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) list: bool,
}

/// An object of the model.
#[derive(Debug)]
pub(super) struct Object {
    /// Name for people.
    pub(super) name: &'static str,
    pub(super) members: &'static [Member],
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: true, list: false }
}

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: false, list: false }
}

const fn list(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: false, list: true }
}

/// Whose an entry is: by what it goes when somebody leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It is a person.
    Itself,
    /// A person's, whom it names.
    Person,
    /// A person's, by the biosample that it names, if it does not name the person.
    Sample,
    /// A person's, by the run or the biosample that it names, if it does not name the person.
    Run,
    /// Nobody's in particular.
    Nobody,
}

/// An entry type.
pub(super) struct Row {
    /// Whose its entries are.
    pub(super) owner: Owner,
    /// Whether the id of an entry is a name of its person too.
    pub(super) names_a_person: bool,
    /// Its members; none of what Fyr writes itself, and never reads.
    pub(super) object: Option<&'static Object>,
}

/// Returns the row of an entry type.
pub(super) const fn row(entry_type: EntryType) -> Row {
    let (owner, names_a_person, object) = match entry_type {
        EntryType::Analysis => (Owner::Run, false, Some(&ANALYSIS)),
        EntryType::Biosample => (Owner::Person, true, Some(&BIOSAMPLE)),
        EntryType::Cohort => (Owner::Nobody, false, Some(&COHORT)),
        EntryType::Dataset => (Owner::Nobody, false, Some(&DATASET)),
        EntryType::GenomicVariant => (Owner::Nobody, false, None),
        EntryType::Individual => (Owner::Itself, true, Some(&INDIVIDUAL)),
        EntryType::Run => (Owner::Sample, false, Some(&RUN)),
    };
    Row { owner, names_a_person, object }
}

/// Returns the table of an entry type; a genomic variant is written by Fyr itself, and never read.
pub(super) fn of(entry_type: EntryType) -> Option<&'static Object> {
    row(entry_type).object
}

const KARYOTYPES: [&str; 11] =
    ["UNKNOWN_KARYOTYPE", "XX", "XY", "XO", "XXY", "XXX", "XXYY", "XXXY", "XXXX", "XYY", "OTHER_KARYOTYPE"];

static INDIVIDUAL: Object = Object {
    name: "individual",
    members: &[
        required("id", Kind::Id),
        required("sex", Kind::Term),
        optional("karyotypicSex", Kind::Choice(&KARYOTYPES)),
        optional("ethnicity", Kind::Term),
        optional("geographicOrigin", Kind::Term),
        list("diseases", Kind::Object(&DISEASE)),
        list("phenotypicFeatures", Kind::Object(&PHENOTYPIC_FEATURE)),
        list("measures", Kind::Object(&MEASUREMENT)),
        list("interventionsOrProcedures", Kind::Object(&PROCEDURE)),
        list("treatments", Kind::Object(&TREATMENT)),
        list("exposures", Kind::Object(&EXPOSURE)),
        list("pedigrees", Kind::Object(&PEDIGREE)),
        optional("info", Kind::Any),
    ],
};

static BIOSAMPLE: Object = Object {
    name: "biosample",
    members: &[
        required("id", Kind::Id),
        optional("individualId", Kind::Id),
        required("biosampleStatus", Kind::Term),
        required("sampleOriginType", Kind::Term),
        optional("sampleOriginDetail", Kind::Term),
        optional("collectionDate", Kind::Date),
        optional("collectionMoment", Kind::Duration),
        optional("obtentionProcedure", Kind::Object(&PROCEDURE)),
        optional("histologicalDiagnosis", Kind::Term),
        optional("pathologicalStage", Kind::Term),
        list("pathologicalTnmFinding", Kind::Term),
        optional("tumorGrade", Kind::Term),
        optional("tumorProgression", Kind::Term),
        list("diagnosticMarkers", Kind::Term),
        list("phenotypicFeatures", Kind::Object(&PHENOTYPIC_FEATURE)),
        list("measurements", Kind::Object(&MEASUREMENT)),
        optional("sampleProcessing", Kind::Term),
        optional("sampleStorage", Kind::Term),
        optional("notes", Kind::Text),
        optional("info", Kind::Any),
    ],
};

static RUN: Object = Object {
    name: "run",
    members: &[
        required("id", Kind::Id),
        required("biosampleId", Kind::Id),
        optional("individualId", Kind::Id),
        required("runDate", Kind::Date),
        optional("librarySource", Kind::Term),
        optional("librarySelection", Kind::Text),
        optional("libraryStrategy", Kind::Text),
        optional("libraryLayout", Kind::Choice(&["PAIRED", "SINGLE"])),
        optional("platform", Kind::Text),
        optional("platformModel", Kind::Term),
        optional("info", Kind::Any),
    ],
};

static ANALYSIS: Object = Object {
    name: "analysis",
    members: &[
        required("id", Kind::Id),
        optional("runId", Kind::Id),
        optional("biosampleId", Kind::Id),
        optional("individualId", Kind::Id),
        required("analysisDate", Kind::Date),
        required("pipelineName", Kind::Text),
        optional("pipelineRef", Kind::Text),
        optional("aligner", Kind::Text),
        optional("variantCaller", Kind::Text),
        optional("info", Kind::Any),
    ],
};

static COHORT: Object = Object {
    name: "cohort",
    members: &[
        required("id", Kind::Id),
        required("name", Kind::Text),
        required("cohortType", Kind::Choice(&["study-defined", "beacon-defined", "user-defined"])),
        optional("cohortDesign", Kind::Term),
        optional("cohortSize", Kind::Integer),
        list("cohortDataTypes", Kind::Term),
        optional("inclusionCriteria", Kind::Object(&COHORT_CRITERIA)),
        optional("exclusionCriteria", Kind::Object(&COHORT_CRITERIA)),
        list("collectionEvents", Kind::Object(&COLLECTION_EVENT)),
    ],
};

static COHORT_CRITERIA: Object = Object {
    name: "criteria of a cohort",
    members: &[
        optional("ageRange", Kind::Object(&AGE_RANGE)),
        list("genders", Kind::Term),
        list("locations", Kind::Term),
        list("ethnicities", Kind::Term),
        list("diseaseConditions", Kind::Object(&DISEASE)),
        list("phenotypicConditions", Kind::Object(&PHENOTYPIC_FEATURE)),
    ],
};

static COLLECTION_EVENT: Object = Object {
    name: "collection event",
    members: &[
        optional("eventNum", Kind::Integer),
        optional("eventDate", Kind::Text),
        optional("eventTimeline", Kind::Object(&TIMELINE)),
        optional("eventSize", Kind::Integer),
        optional("eventCases", Kind::Integer),
        optional("eventControls", Kind::Integer),
        optional("eventAgeRange", Kind::Object(&AVAILABILITY)),
        optional("eventDataTypes", Kind::Object(&AVAILABILITY)),
        optional("eventDiseases", Kind::Object(&AVAILABILITY)),
        optional("eventEthnicities", Kind::Object(&AVAILABILITY)),
        optional("eventGenders", Kind::Object(&AVAILABILITY)),
        optional("eventLocations", Kind::Object(&AVAILABILITY)),
        optional("eventPhenotypes", Kind::Object(&AVAILABILITY)),
    ],
};

static TIMELINE: Object =
    Object { name: "time line", members: &[optional("start", Kind::Text), optional("end", Kind::Text)] };

static AVAILABILITY: Object = Object {
    name: "availability",
    members: &[
        required("availability", Kind::Boolean),
        optional("availabilityCount", Kind::Integer),
        optional("distribution", Kind::Any),
    ],
};

static DATASET: Object = Object {
    name: "dataset",
    members: &[
        required("id", Kind::Id),
        required("name", Kind::Text),
        optional("description", Kind::Text),
        optional("version", Kind::Text),
        optional("externalUrl", Kind::Text),
        optional("createDateTime", Kind::DateTime),
        optional("updateDateTime", Kind::DateTime),
        optional("dataUseConditions", Kind::Object(&DATA_USE_CONDITIONS)),
        optional("info", Kind::Any),
    ],
};

static DATA_USE_CONDITIONS: Object =
    Object { name: "conditions of data use", members: &[list("duoDataUse", Kind::Object(&DUO_DATA_USE))] };

static DUO_DATA_USE: Object = Object {
    name: "data use",
    members: &[
        required("id", Kind::Text),
        optional("label", Kind::Text),
        required("version", Kind::Text),
        list("modifiers", Kind::Term),
    ],
};

static DISEASE: Object = Object {
    name: "disease",
    members: &[
        required("diseaseCode", Kind::Term),
        optional("ageOfOnset", TIME_ELEMENT),
        optional("stage", Kind::Term),
        optional("severity", Kind::Term),
        optional("familyHistory", Kind::Boolean),
        optional("notes", Kind::Text),
    ],
};

static PHENOTYPIC_FEATURE: Object = Object {
    name: "phenotypic feature",
    members: &[
        required("featureType", Kind::Term),
        optional("excluded", Kind::Boolean),
        list("modifiers", Kind::Term),
        optional("onset", TIME_ELEMENT),
        optional("resolution", TIME_ELEMENT),
        optional("severity", Kind::Term),
        optional("evidence", Kind::Object(&EVIDENCE)),
        optional("notes", Kind::Text),
    ],
};

static EVIDENCE: Object = Object {
    name: "evidence",
    members: &[
        required("evidenceCode", Kind::Term),
        optional("reference", Kind::Object(&EXTERNAL_REFERENCE)),
    ],
};

static EXTERNAL_REFERENCE: Object = Object {
    name: "reference",
    members: &[optional("id", Kind::Id), optional("reference", Kind::Text), optional("notes", Kind::Text)],
};

/// A measure; `number` of the fact of its assay is the value.
pub(super) static MEASUREMENT: Object = Object {
    name: "measurement",
    members: &[
        required("assayCode", Kind::Term),
        required("measurementValue", Kind::OneOf(&[Kind::Object(&QUANTITY), Kind::Term, COMPLEX_VALUE])),
        optional("date", Kind::Date),
        optional("observationMoment", TIME_ELEMENT),
        optional("procedure", Kind::Object(&PROCEDURE)),
        optional("notes", Kind::Text),
    ],
};

const COMPLEX_VALUE: Kind = Kind::Object(&COMPLEX);

static COMPLEX: Object = Object {
    name: "complex value",
    members: &[Member {
        name: "typedQuantities",
        kind: Kind::Object(&TYPED_QUANTITY),
        required: true,
        list: true,
    }],
};

static TYPED_QUANTITY: Object = Object {
    name: "typed quantity",
    members: &[required("quantityType", Kind::Term), required("quantity", Kind::Object(&QUANTITY))],
};

static QUANTITY: Object = Object {
    name: "quantity",
    members: &[
        required("value", Kind::Number),
        required("unit", Kind::Unit),
        optional("referenceRange", Kind::Object(&REFERENCE_RANGE)),
    ],
};

static REFERENCE_RANGE: Object = Object {
    name: "reference range",
    members: &[required("low", Kind::Number), required("high", Kind::Number), required("unit", Kind::Unit)],
};

static PROCEDURE: Object = Object {
    name: "procedure",
    members: &[
        required("procedureCode", Kind::Term),
        optional("bodySite", Kind::Term),
        optional("ageAtProcedure", TIME_ELEMENT),
        optional("dateOfProcedure", Kind::Date),
    ],
};

static TREATMENT: Object = Object {
    name: "treatment",
    members: &[
        required("treatmentCode", Kind::Term),
        optional("routeOfAdministration", Kind::Term),
        optional("ageAtOnset", Kind::Object(&AGE)),
        optional("cumulativeDose", Kind::Object(&QUANTITY)),
        list("doseIntervals", Kind::Object(&DOSE_INTERVAL)),
    ],
};

static DOSE_INTERVAL: Object = Object {
    name: "dose interval",
    members: &[
        required("interval", Kind::Object(&TIME_INTERVAL)),
        required("quantity", Kind::Object(&QUANTITY)),
        required("scheduleFrequency", Kind::Term),
    ],
};

static EXPOSURE: Object = Object {
    name: "exposure",
    members: &[
        required("exposureCode", Kind::Term),
        required("ageAtExposure", Kind::Object(&AGE)),
        required("duration", Kind::Duration),
        required("unit", Kind::Unit),
        optional("value", Kind::Number),
        optional("date", Kind::Date),
    ],
};

/// What a pedigree tells is about the family, so no fact of the person is taken from it.
pub(super) static PEDIGREE: Object = Object {
    name: "pedigree",
    members: &[
        required("id", Kind::Id),
        required("disease", Kind::Object(&DISEASE)),
        Member { name: "members", kind: Kind::Object(&PEDIGREE_MEMBER), required: true, list: true },
        optional("numSubjects", Kind::Integer),
    ],
};

static PEDIGREE_MEMBER: Object = Object {
    name: "member of a pedigree",
    members: &[
        required("memberId", Kind::Id),
        required("role", Kind::Term),
        required("affected", Kind::Boolean),
    ],
};

/// When something was: in the order in which a value is taken for one of them.
const TIME_ELEMENT: Kind = Kind::OneOf(&[
    Kind::Object(&AGE),
    Kind::Object(&AGE_RANGE),
    Kind::Object(&GESTATIONAL_AGE),
    Kind::Object(&TIME_INTERVAL),
    Kind::Term,
    Kind::DateTime,
]);

static AGE: Object = Object { name: "age", members: &[required("iso8601duration", Kind::Duration)] };

static AGE_RANGE: Object = Object {
    name: "range of ages",
    members: &[required("start", Kind::Object(&AGE)), required("end", Kind::Object(&AGE))],
};

static GESTATIONAL_AGE: Object = Object {
    name: "gestational age",
    members: &[required("weeks", Kind::Integer), optional("days", Kind::Integer)],
};

static TIME_INTERVAL: Object = Object {
    name: "time interval",
    members: &[required("start", Kind::DateTime), required("end", Kind::DateTime)],
};
