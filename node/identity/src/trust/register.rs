//! What the operator knows of organisations.

use std::collections::{BTreeMap, BTreeSet};

use crate::{IdentityError, OrganisationConfig};

/// What the operator knows of organisations.
#[derive(Debug, Default)]
pub(crate) struct Register {
    organisations: Vec<OrganisationConfig>,
    /// Places in the list, by id and alias.
    names: BTreeMap<String, usize>,
}

/// What is known of all organisations of a person together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Affiliation {
    /// Ids of the register; what is not in it stays as the issuer wrote it.
    pub(crate) organisations: Vec<String>,
    /// The one country that all of them are in.
    pub(crate) country: Option<String>,
    /// Whether all of them work without profit; known to be false if one does not.
    pub(crate) nonprofit: Option<bool>,
    /// Regions of any of them, sorted.
    pub(crate) regions: Vec<String>,
    /// Datasets of any of them, sorted.
    pub(crate) datasets: Vec<String>,
    /// People of the cases of any of them, sorted.
    pub(crate) people: Vec<String>,
}

impl Register {
    pub(super) fn new(organisations: &[OrganisationConfig]) -> Result<Self, IdentityError> {
        let mut names = BTreeMap::new();
        for (place, organisation) in organisations.iter().enumerate() {
            check(organisation)?;
            for name in std::iter::once(&organisation.id).chain(&organisation.aliases) {
                if names.insert(name.clone(), place).is_some_and(|before| before != place) {
                    return Err(IdentityError::value(name, "names two organisations"));
                }
            }
        }
        Ok(Self { organisations: organisations.to_vec(), names })
    }

    /// Says what is known of somebody who acts for these organisations.
    pub(crate) fn affiliation<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Affiliation {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let known: Vec<(&str, Option<&OrganisationConfig>)> =
            names.into_iter().map(|name| (name, self.find(name))).collect();
        let organisations: BTreeSet<String> = known
            .iter()
            .map(|(name, found)| found.map_or_else(|| (*name).to_owned(), |found| found.id.clone()))
            .collect();
        let countries: BTreeSet<Option<&str>> =
            known.iter().map(|(_, found)| found.and_then(|found| found.country.as_deref())).collect();
        let country = countries.first().filter(|_| countries.len() == 1).and_then(|only| *only);
        let nonprofit = || known.iter().map(|(_, found)| found.and_then(|found| found.nonprofit));
        let all = !known.is_empty() && nonprofit().all(|one| one == Some(true));
        let nonprofit =
            if nonprofit().any(|one| one == Some(false)) { Some(false) } else { all.then_some(true) };
        let registered = || known.iter().filter_map(|(_, found)| *found);
        let regions: BTreeSet<&String> = registered().filter_map(|found| found.region.as_ref()).collect();
        let datasets: BTreeSet<&String> = registered().flat_map(|found| &found.datasets).collect();
        let people: BTreeSet<&String> = registered().flat_map(|found| &found.people).collect();
        Affiliation {
            organisations: organisations.into_iter().collect(),
            country: country.map(str::to_owned),
            nonprofit,
            regions: regions.into_iter().cloned().collect(),
            datasets: datasets.into_iter().cloned().collect(),
            people: people.into_iter().cloned().collect(),
        }
    }

    fn find(&self, name: &str) -> Option<&OrganisationConfig> {
        self.names.get(name).and_then(|place| self.organisations.get(*place))
    }
}

fn check(organisation: &OrganisationConfig) -> Result<(), IdentityError> {
    if organisation.id.is_empty() {
        return Err(IdentityError::value("an organisation", "name it by `id`"));
    }
    let is_country = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if organisation.country.as_ref().is_some_and(|code| !is_country(code)) {
        return Err(IdentityError::value(&organisation.id, "`country` is two capitals of ISO 3166"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(id: &str, alias: &str, country: &str, nonprofit: Option<bool>) -> OrganisationConfig {
        let country = Some(country.to_owned());
        let (id, aliases) = (id.to_owned(), vec![alias.to_owned()]);
        OrganisationConfig { id, aliases, country, nonprofit, ..OrganisationConfig::default() }
    }

    fn register() -> Register {
        Register::new(&[
            organisation("https://ki.se", "ki.se", "SE", Some(true)),
            organisation("https://ut.ee", "ut.ee", "EE", Some(true)),
            organisation("https://pharma.example", "pharma.example", "SE", Some(false)),
        ])
        .unwrap()
    }

    #[test]
    fn the_register_says_where_people_work_and_tokens_do_not() {
        for (case, names, country, nonprofit) in [
            ("nobody", vec![], None, None),
            ("one", vec!["ki.se"], Some("SE"), Some(true)),
            ("one by both names", vec!["ki.se", "https://ki.se"], Some("SE"), Some(true)),
            ("two countries", vec!["ki.se", "ut.ee"], None, Some(true)),
            ("one works for profit", vec!["ki.se", "pharma.example"], Some("SE"), Some(false)),
            ("one is unknown", vec!["ki.se", "evil.example"], None, None),
            ("case differs", vec!["KI.se"], None, None),
        ] {
            let found = register().affiliation(names);
            assert_eq!((found.country.as_deref(), found.nonprofit), (country, nonprofit), "{case}");
        }
    }

    #[test]
    fn what_is_somebodys_own_is_that_of_all_their_organisations() {
        let own = |id: &str, region: Option<&str>, datasets: &[&str]| OrganisationConfig {
            people: datasets.iter().map(|id| format!("P-{id}")).collect(),
            region: region.map(str::to_owned),
            datasets: datasets.iter().map(|&id| id.to_owned()).collect(),
            ..organisation(id, &format!("{id}.example"), "SE", None)
        };
        let register = Register::new(&[
            own("north", Some("se-north"), &[]),
            own("south", Some("se-south"), &["B", "A"]),
            own("nowhere", None, &["A"]),
        ]);
        let register = register.unwrap();
        for (names, regions, datasets) in [
            (&["north.example"][..], &["se-north"][..], &[][..]),
            (&["south", "north"], &["se-north", "se-south"], &["A", "B"]),
            (&["nowhere", "south.example"], &["se-south"], &["A", "B"]),
            (&["unknown.example"], &[], &[]),
        ] {
            let found = register.affiliation(names.iter().copied());
            assert_eq!(
                (&found.regions[..], &found.datasets[..]),
                (&owned(regions)[..], &owned(datasets)[..])
            );
            let people: Vec<_> = datasets.iter().map(|id| format!("P-{id}")).collect();
            assert_eq!(found.people, people);
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_name_means_one_organisation() {
        let twice = [organisation("a", "x", "SE", None), organisation("b", "x", "SE", None)];
        assert!(Register::new(&twice).is_err());
        assert!(Register::new(&[organisation("a", "x", "se", None)]).is_err());
        assert!(Register::new(&[organisation("", "x", "SE", None)]).is_err());
    }
}
