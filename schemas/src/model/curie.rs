//! The one form of a term's id, however it is written.

/// Vocabularies whose codes have no lower-case letters.
const UPPER_CASE: [&str; 3] = ["NCIT", "OMIM", "ICD"];

/// Returns a CURIE in the form in which terms are compared; none where the text is no CURIE.
///
/// A prefix all in lower case is read in upper case, since clients write `ncit:` and `hp:`; one that is written twice
/// (`HP:HP:0001250`) counts once; and an IRI is read as the CURIE that it stands for
/// (`http://purl.obolibrary.org/obo/HP_0001250`).
pub fn canonical_curie(text: &str) -> Option<String> {
    let text = text.trim();
    match text.split_once("://") {
        Some(("http" | "https" | "HTTP" | "HTTPS", path)) => of_iri(path),
        Some(_) => None,
        None => of_curie(text),
    }
}

fn of_curie(text: &str) -> Option<String> {
    let (prefix, local) = text.split_once(':')?;
    if prefix.eq_ignore_ascii_case("obo") {
        return of_segment(local);
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let is_prefix = prefix.len() > 1 && prefix.chars().all(legal);
    let local = once(prefix, local);
    let is_local =
        !local.is_empty() && !local.chars().any(|c| c.is_control() || c.is_whitespace() || c == '"');
    if !is_prefix || !is_local {
        return None;
    }
    let lower = !prefix.chars().any(|c| c.is_ascii_uppercase());
    let prefix = if lower { prefix.to_ascii_uppercase() } else { prefix.to_owned() };
    let is_upper = UPPER_CASE.iter().any(|upper| prefix.starts_with(upper));
    Some(format!("{prefix}:{}", if is_upper { local.to_ascii_uppercase() } else { local.to_owned() }))
}

/// Takes prefixes off that stand before a code again: `HP:0001250`, `HP_0001250`.
fn once<'t>(prefix: &str, mut local: &'t str) -> &'t str {
    while let Some((again, rest)) = local.split_at_checked(prefix.len())
        && again.eq_ignore_ascii_case(prefix)
        && let Some(rest) =
            rest.strip_prefix(':').or_else(|| rest.strip_prefix('_').filter(|rest| is_number(rest)))
    {
        local = rest;
    }
    local
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The last part of an IRI is a CURIE, or has an underscore for the colon; identifiers.org has the prefix in the part
/// before.
fn of_iri(path: &str) -> Option<String> {
    let (rest, segment) = path.rsplit_once(['/', '#'])?;
    let host = path.split('/').next().unwrap_or_default();
    if host.eq_ignore_ascii_case("identifiers.org") && rest.contains('/') && !segment.contains(':') {
        return of_curie(&format!("{}:{segment}", rest.rsplit('/').next()?));
    }
    of_segment(segment)
}

fn of_segment(segment: &str) -> Option<String> {
    if segment.contains(':') {
        return of_curie(segment);
    }
    let (prefix, local) = segment.split_once('_')?;
    let is_prefix = prefix.chars().all(|c| c.is_ascii_alphabetic());
    of_curie(&format!("{prefix}:{local}")).filter(|_| is_prefix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A term has one form, and its form is its own.
        #[test]
        fn however_it_is_written_a_term_has_one_form(
            prefix in "[A-Z]{2,5}[0-9]{0,2}",
            local in "[0-9]{1,7}",
            way in 0usize..14,
        ) {
            prop_assume!(prefix != "OBO");
            let lower = prefix.to_ascii_lowercase();
            let ways = [
                format!("{prefix}:{local}"),
                format!("{lower}:{local}"),
                format!(" {prefix}:{local}\t"),
                format!("{prefix}:{prefix}:{local}"),
                format!("{lower}:{prefix}:{local}"),
                format!("{prefix}:{lower}:{local}"),
                format!("{prefix}:{prefix}:{prefix}:{local}"),
                format!("{prefix}:{prefix}_{local}"),
                format!("https://identifiers.org/{prefix}:{local}"),
                format!("http://identifiers.org/{lower}/{local}"),
                format!("https://identifiers.org/{lower}/{prefix}:{local}"),
                format!("{lower}:{lower}_{local}"),
                format!("{prefix}:{local}\r\n"),
                format!("http://example.org/a/b#{prefix}:{local}"),
            ];
            let expected = Some(format!("{prefix}:{local}"));
            prop_assert_eq!(canonical_curie(&ways[way]), expected.clone(), "{}", ways[way]);
            prop_assert_eq!(canonical_curie(expected.as_deref().unwrap()), expected);
        }

        #[test]
        fn the_form_of_a_form_is_itself(text in "[a-zA-Z:_/#. 0-9]{0,24}") {
            if let Some(form) = canonical_curie(&text) {
                prop_assert_eq!(canonical_curie(&form), Some(form.clone()), "{}", text);
            }
        }
    }

    #[test]
    fn well_known_ways_are_read_and_others_are_none() {
        for (text, expected) in [
            ("http://purl.obolibrary.org/obo/HP_0001250", Some("HP:0001250")),
            ("https://purl.obolibrary.org/obo/NCIT_C16576", Some("NCIT:C16576")),
            ("http://www.orpha.net/ORDO/Orphanet_558", Some("Orphanet:558")),
            ("http://www.ebi.ac.uk/efo/EFO_0000400", Some("EFO:0000400")),
            ("obo:HP_0001250", Some("HP:0001250")),
            ("ncit:c16576", Some("NCIT:C16576")),
            ("ICD10:e10.1", Some("ICD10:E10.1")),
            ("OMIM:ps12345", Some("OMIM:PS12345")),
            ("UCUM:mm[Hg]", Some("UCUM:mm[Hg]")),
            ("HGNC:HGNC:1097", Some("HGNC:1097")),
            ("LOINC:8308-9", Some("LOINC:8308-9")),
            ("Orphanet:558", Some("Orphanet:558")),
            ("https://example.org/terms/5", None),
            ("https://example.org", None),
            ("urn://x/HP_1", None),
            ("ICD10:\"E10", None),
            ("HP:HP:", None),
            ("sex", None),
            ("HP:", None),
            (":1", None),
            ("a b:1", None),
        ] {
            assert_eq!(canonical_curie(text).as_deref(), expected, "{text}");
        }
    }
}
