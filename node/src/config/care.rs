//! Whom a clinician turns to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DatasetSection, InvalidConfig};

/// How an address can begin that a person can use.
const SCHEMES: [&str; 3] = ["mailto:", "tel:", "https:"];

/// Whom a clinician turns to who was told something for the care of a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CareContact {
    /// Who it is, and what to say there.
    pub text: String,
    /// Address: `mailto:`, `tel:` or `https:`.
    pub address: String,
}

impl CareContact {
    fn is_usable(&self) -> bool {
        let has_scheme = SCHEMES
            .iter()
            .any(|scheme| self.address.strip_prefix(scheme).is_some_and(|rest| !rest.trim().is_empty()));
        !self.text.trim().is_empty() && has_scheme
    }
}

/// Refuses contacts that nobody could use.
pub(super) fn check(datasets: &BTreeMap<String, DatasetSection>) -> Result<(), InvalidConfig> {
    let unusable = |shown: &DatasetSection| shown.care_contact.as_ref().is_some_and(|of| !of.is_usable());
    match datasets.iter().find(|(_, shown)| unusable(shown)) {
        Some((id, _)) => Err(InvalidConfig::CareContact(id.clone())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_has_words_and_an_address() {
        let checked = |text: &str, address: &str| {
            let contact = CareContact { text: text.into(), address: address.into() };
            let shown = DatasetSection { care_contact: Some(contact), ..DatasetSection::default() };
            check(&[("D".to_owned(), shown)].into())
        };
        for address in ["mailto:genetics@region.example", "tel:+46181234", "https://region.example/care"] {
            assert_eq!(checked("Clinical genetics", address), Ok(()));
        }
        for (text, address) in [
            ("Clinical genetics", "genetics@region.example"),
            ("Clinical genetics", "http://region.example"),
            ("Clinical genetics", "tel: "),
            (" ", "tel:+46181234"),
        ] {
            let refused = checked(text, address).unwrap_err();
            assert!(refused.to_string().contains("datasets.\"D\".care_contact"), "{refused}");
        }
        assert_eq!(check(&[("D".to_owned(), DatasetSection::default())].into()), Ok(()));
    }
}
