//! From the parts of a request to a question.

use serde_json::Value;

use super::{ReceivedRequest, RequestError, RequestParts, filters, internal_id, value};
use crate::{
    AlleleQuery, Alternate, Assembly, Contig, DatasetSelection, EntryRef, EntryType, Interbase, InvalidQuery,
    Query, RangeQuery, VariantQuery, VariantType, is_sequence,
};

/// Where a request comes in: which entries are asked for, and of which entry they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The entries that are asked for.
    pub entry_type: EntryType,
    /// The entry that they belong to, or that is asked for itself.
    pub within: Option<EntryRef>,
}

/// A question about entries, and how its answer is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryRequest {
    /// The question.
    pub query: Query,
    /// The echo.
    pub received: ReceivedRequest,
}

/// A request for a list, such as that of the datasets.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionRequest {
    /// Which datasets are meant.
    pub datasets: DatasetSelection,
    /// The echo.
    pub received: ReceivedRequest,
}

impl TryFrom<RequestParts> for CollectionRequest {
    type Error = RequestError;

    fn try_from(parts: RequestParts) -> Result<Self, RequestError> {
        Ok(Self { received: ReceivedRequest::read(&parts)?, datasets: selection(&parts)? })
    }
}

impl EntryRequest {
    /// Reads a question that came in at some path.
    ///
    /// # Errors
    ///
    /// Values that cannot be read, parameters that cannot be evaluated, and a question for variants that
    /// names none.
    pub fn read(parts: &RequestParts, target: Target) -> Result<Self, RequestError> {
        let received = ReceivedRequest::read(parts)?;
        let mut query = Query {
            granularity: received.granularity(),
            datasets: selection(parts)?,
            pagination: received.pagination(),
            test_mode: received.is_test_mode(),
            filters: parts.get("filters").map(filters::read).transpose()?.unwrap_or_default(),
            ..Query::entries(target.entry_type)
        };
        if !parts.variant_parameters().is_empty() {
            query.variant = Some(variant(parts)?);
        }
        match target.within {
            Some(EntryRef { entry_type: EntryType::GenomicVariant, id }) => {
                let allele = internal_id::read(&id).ok_or(RequestError::UnknownEntry)?;
                if query.variant.replace(VariantQuery::Allele(allele)).is_some() {
                    let reason = "the path names a variant, so no other can be named in the request";
                    return Err(RequestError::NoQuestion(reason.to_owned()));
                }
            }
            Some(EntryRef { entry_type: EntryType::Dataset, id }) => query.datasets.only = vec![id],
            other => query.within = other,
        }
        let asks = query.variant.is_some() || query.is_about_people() || !query.datasets.only.is_empty();
        if query.entry_type == EntryType::GenomicVariant && !asks {
            return Err(nothing_asked(parts));
        }
        Ok(Self { query, received })
    }
}

fn selection(parts: &RequestParts) -> Result<DatasetSelection, RequestError> {
    let list = |name: &'static str| parts.get(name).map_or(Ok(Vec::new()), |list| value::texts(name, list));
    Ok(DatasetSelection {
        only: list("datasetIds")?,
        exclude: list("excludeDatasetIds")?,
        exclude_nodes: list("excludeBeaconIds")?,
    })
}

fn variant(parts: &RequestParts) -> Result<VariantQuery, RequestError> {
    let site = Site::read(parts)?;
    let text = |name: &'static str| parts.get_even_empty(name).map(|v| value::text(name, v)).transpose();
    let (reference, alternate) = (text("referenceBases")?, text("alternateBases")?);
    match (reference, alternate, site.end) {
        (Some(reference), Some(alternate), end)
            if names_an_allele(&reference, &alternate)
                && end.is_none_or(|end| site.ends_with(end, &reference)) =>
        {
            Ok(VariantQuery::Allele(allele(parts, &site, &reference, &alternate)?))
        }
        (reference, alternate, Some(end)) => {
            Ok(VariantQuery::Range(range(parts, &site, end, reference, alternate)?))
        }
        (None, Some(_), None) => Err(InvalidQuery::Missing("referenceBases").into()),
        (Some(_), None, None) => Err(InvalidQuery::Missing("alternateBases").into()),
        _ => Err(RequestError::parameter("start", "needs `end`, or `referenceBases` and `alternateBases`")),
    }
}

fn nothing_asked(parts: &RequestParts) -> RequestError {
    RequestError::NoQuestion(match parts.unknown() {
        Some(name) => format!("`{name}` is not a parameter of Beacon v2, and nothing else is asked"),
        None => "`requestParameters` is missing: say which variants are asked for".to_owned(),
    })
}

/// Clients send empty bases for "any"; an allele has at least one base on one side.
fn names_an_allele(reference: &str, alternate: &str) -> bool {
    !(reference.is_empty() && alternate.is_empty())
}

/// Where a question looks.
struct Site {
    assembly: Assembly,
    contig: Contig,
    start: u64,
    end: Option<u64>,
}

impl Site {
    fn read(parts: &RequestParts) -> Result<Self, RequestError> {
        let name = parts.get("referenceName").ok_or(InvalidQuery::Missing("referenceName"))?;
        let name = value::text("referenceName", name)?;
        let assembly = match parts.get("assemblyId") {
            Some(id) => value::text("assemblyId", id)?.parse().map_err(InvalidQuery::from)?,
            None => assembly_of_accession(&name).ok_or(InvalidQuery::Missing("assemblyId"))?,
        };
        let contig = Contig::resolve(&name, assembly).map_err(InvalidQuery::from)?;
        let start = parts.get("start").ok_or(InvalidQuery::Missing("start"))?;
        let start = one("start", start)?;
        let end = parts.get("end").map(|end| one("end", end)).transpose()?;
        Ok(Self { assembly, contig, start, end })
    }

    fn ends_with(&self, end: u64, reference_bases: &str) -> bool {
        self.start.checked_add(reference_bases.len() as u64) == Some(end)
    }
}

/// Reads one coordinate; two of them make a bracket query.
fn one(name: &'static str, value: &Value) -> Result<u64, RequestError> {
    match value::integers(name, value)?.as_slice() {
        [one] => Ok(*one),
        [_, _] => {
            let reason = "has two values: bracket queries are not evaluated here";
            Err(RequestError::Unsupported { parameter: name, reason })
        }
        _ => Err(RequestError::parameter(name, "takes one or two numbers")),
    }
}

/// An accession that only one assembly has names it.
fn assembly_of_accession(name: &str) -> Option<Assembly> {
    let mut with = Assembly::ALL.into_iter().filter(|assembly| Contig::resolve(name, *assembly).is_ok());
    match (with.next(), with.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn allele(
    parts: &RequestParts,
    site: &Site,
    reference: &str,
    alternate: &str,
) -> Result<AlleleQuery, RequestError> {
    let query = AlleleQuery::new(site.assembly, site.contig.clone(), site.start, reference, alternate)?;
    let Some(variant) = query.as_variant() else { return Ok(query) };
    let contradicts = |name: &'static str| RequestError::parameter(name, "contradicts the bases");
    if let Some(word) = parts.get("variantType") {
        let word = value::text("variantType", word)?;
        let fits = match variant_type(&word)? {
            Some(named) => named == variant.variant_type,
            None => variant.variant_type != VariantType::Snp,
        };
        if !fits {
            return Err(contradicts("variantType"));
        }
    }
    let (minimum, maximum) = lengths(parts)?;
    if minimum.is_some_and(|n| variant.length() < n) {
        return Err(contradicts("variantMinLength"));
    }
    if maximum.is_some_and(|n| variant.length() > n) {
        return Err(contradicts("variantMaxLength"));
    }
    Ok(query)
}

/// Reads a variant type; none is `INDEL`, a word that clients use for several of them.
fn variant_type(word: &str) -> Result<Option<VariantType>, RequestError> {
    if word.eq_ignore_ascii_case("INDEL") {
        return Ok(None);
    }
    Ok(Some(word.parse().map_err(InvalidQuery::from)?))
}

fn lengths(parts: &RequestParts) -> Result<(Option<u64>, Option<u64>), RequestError> {
    let length = |name: &'static str| parts.get(name).map(|n| value::integer(name, n)).transpose();
    Ok((length("variantMinLength")?, length("variantMaxLength")?))
}

fn range(
    parts: &RequestParts,
    site: &Site,
    end: u64,
    reference: Option<String>,
    alternate: Option<String>,
) -> Result<RangeQuery, RequestError> {
    let interval = Interbase::new(site.start, end).map_err(InvalidQuery::from)?;
    if interval.is_empty() {
        return Err(RequestError::parameter("end", "must be larger than `start`"));
    }
    let variant_type = match parts.get("variantType") {
        None => None,
        Some(word) => Some(variant_type(&value::text("variantType", word)?)?.ok_or_else(|| {
            RequestError::parameter("variantType", "`INDEL` is several types: use INS, DEL or DELINS")
        })?),
    };
    let (minimum_length, maximum_length) = lengths(parts)?;
    Ok(RangeQuery {
        assembly: site.assembly,
        contig: site.contig.clone(),
        interval,
        variant_type,
        reference_bases: narrowing("referenceBases", reference)?,
        alternate_bases: narrowing("alternateBases", alternate)?,
        minimum_length,
        maximum_length,
    })
}

/// Reads bases that narrow a range; none where they are empty.
fn narrowing(name: &'static str, bases: Option<String>) -> Result<Option<String>, RequestError> {
    let Some(bases) = bases.filter(|bases| !bases.is_empty()) else { return Ok(None) };
    if !is_sequence(&bases) {
        let symbolic = Alternate::parse(&bases).map_err(InvalidQuery::from);
        return symbolic.map(|_| Some(bases)).map_err(Into::into);
    }
    if bases.contains(['N', 'n']) {
        let reason = "has a wildcard, which is not evaluated here";
        return Err(RequestError::Unsupported { parameter: name, reason });
    }
    Ok(Some(bases.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests;
