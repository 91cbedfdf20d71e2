//! What a question is asked for.

use fyr_schemas as s;

use crate::{enums, v1};

impl From<&s::Purpose> for v1::Purpose {
    fn from(purpose: &s::Purpose) -> Self {
        let s::Purpose { intended, diseases, methods, commercial, project, case } = purpose;
        Self {
            r#use: v1::Use::from(*intended).into(),
            diseases: diseases.clone(),
            methods: *methods,
            commercial: *commercial,
            project: project.clone(),
            case: case.clone(),
        }
    }
}

impl TryFrom<v1::Purpose> for s::Purpose {
    type Error = s::InvalidQuery;

    fn try_from(purpose: v1::Purpose) -> Result<Self, Self::Error> {
        let v1::Purpose { r#use, mut diseases, methods, commercial, project, case } = purpose;
        diseases.sort_unstable();
        diseases.dedup();
        let intended = intended(r#use)?;
        let stated = Self { intended, diseases, methods, commercial, project, case };
        // The one reading of purposes is that of their text; what it does not give back is none.
        let read: Self = stated.to_string().parse().map_err(|error| invalid(&error))?;
        if read == stated { Ok(read) } else { Err(invalid(&"an id or a disease has characters of others")) }
    }
}

/// Reads the purpose of a message; there may be none.
///
/// # Errors
///
/// A purpose that is none, as the parameter `purpose`.
pub fn purpose(purpose: Option<v1::Purpose>) -> Result<Option<s::Purpose>, s::InvalidQuery> {
    purpose.map(TryInto::try_into).transpose()
}

fn intended(number: i32) -> Result<s::Use, s::InvalidQuery> {
    if number == i32::from(v1::Use::Unspecified) {
        return Err(invalid(&"`use` is missing"));
    }
    enums::read::<v1::Use, _>(number).map_err(|_| invalid(&format!("`use` cannot be {number}")))
}

fn invalid(reason: &impl ToString) -> s::InvalidQuery {
    s::InvalidQuery::Parameter { name: "purpose", reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_survive_the_wire() {
        for text in [
            "GRU",
            "HMB; methods; project=P-1",
            "DS; disease=MONDO:0005105; disease=MONDO:0007254; commercial",
            "POA",
            "CC; case=17",
        ] {
            let stated: s::Purpose = text.parse().unwrap();
            assert_eq!(s::Purpose::try_from(v1::Purpose::from(&stated)), Ok(stated), "{text}");
        }
    }

    #[test]
    fn what_is_no_purpose_is_refused_by_the_name_of_its_parameter() {
        let of = |r#use: v1::Use| v1::Purpose { r#use: r#use.into(), ..v1::Purpose::default() };
        let ds = |disease: &str| v1::Purpose { diseases: vec![disease.into()], ..of(v1::Use::Ds) };
        for (case, purpose) in [
            ("no use", v1::Purpose::default()),
            ("an unknown use", v1::Purpose { r#use: 99, ..v1::Purpose::default() }),
            ("no disease", of(v1::Use::Ds)),
            ("a disease of no use", v1::Purpose { r#use: v1::Use::Gru.into(), ..ds("MONDO:0005105") }),
            ("another vocabulary", ds("HP:0001250")),
            ("more than a disease", ds("MONDO:0005105; commercial")),
            ("a case of research", v1::Purpose { case: Some("1".into()), ..of(v1::Use::Gru) }),
            ("an empty project", v1::Purpose { project: Some(String::new()), ..of(v1::Use::Gru) }),
            ("more than a project", v1::Purpose { project: Some("a; methods".into()), ..of(v1::Use::Gru) }),
        ] {
            let refused = s::Purpose::try_from(purpose);
            assert!(
                matches!(refused, Err(s::InvalidQuery::Parameter { name: "purpose", .. })),
                "{case}: {refused:?}"
            );
        }
    }
}
