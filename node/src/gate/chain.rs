//! Who asks, as a value: the whole chain from the person to the service that acts for them.

use fyr_doors::{ClientNetwork, PolicyView};
use fyr_identity::{Acting, Verified};
use fyr_policy::{Attributes, Requester, Subject, effective_purpose};
use fyr_schemas::{Purpose, Release};

use super::slots::Client;

/// Everyone who has a part in a request, as far as the node verified it, and what it is made for. Accounts are
/// kept by its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    requester: Requester,
    acting: Option<Acting>,
    purpose: Option<Purpose>,
    own: Own,
    at_most: Release,
    network: Option<ClientNetwork>,
}

impl Chain {
    /// Links who was verified to what they ask for, the purpose that they state or else that their issuer asserts,
    /// and to what is theirs in a node of a region.
    pub(crate) fn new(verified: &Verified, stated: Option<&Purpose>, region: Option<&str>) -> Self {
        let requester = verified.requester.clone();
        let own = Own::of(&requester, region);
        let (purpose, acting) = (effective_purpose(stated, &requester), verified.acting.clone());
        Self { purpose, own, requester, acting, at_most: Release::Record, network: None }
    }

    /// Takes the view of the policy by which the request came, if it came by one.
    pub(crate) fn through(self, view: Option<&PolicyView>) -> Self {
        Self { at_most: view.map_or(self.at_most, |view| view.at_most), ..self }
    }

    /// Takes the network from which the request came, where it is known.
    pub(crate) fn sent_from(self, network: Option<ClientNetwork>) -> Self {
        Self { network, ..self }
    }

    /// Returns the network from which the request came, where it is known. Whoever is nobody in particular is charged by it.
    pub fn network(&self) -> Option<ClientNetwork> {
        self.network
    }

    /// Returns the most that is told to them here, whatever the policy permits.
    pub fn at_most(&self) -> Release {
        self.at_most
    }

    /// Returns who asks, as policies see them.
    pub fn requester(&self) -> &Requester {
        &self.requester
    }

    /// Returns what is asked for; none where nothing is stated or asserted.
    pub fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }

    /// Returns the person; none where nobody in particular asks, or a service of the operator's.
    pub fn person(&self) -> Option<&Subject> {
        match &self.requester {
            Requester::User(user) => Some(&user.subject),
            Requester::Public | Requester::Known { .. } | Requester::Owner(_) => None,
        }
    }

    /// Returns who else the person is, by verified links.
    pub fn linked(&self) -> &[Subject] {
        match &self.requester {
            Requester::User(user) => &user.linked,
            Requester::Public | Requester::Known { .. } | Requester::Owner(_) => &[],
        }
    }

    /// Returns the project that is asked for, if the person is known to be a member of it.
    pub fn project(&self) -> Option<&str> {
        let Requester::User(user) = &self.requester else { return None };
        let project = self.purpose.as_ref()?.project.as_deref()?;
        user.is_member_of(project).then_some(project)
    }

    /// Returns the organisations that the person acts for.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        let user = match &self.requester {
            Requester::User(user) => Some(user),
            Requester::Public | Requester::Known { .. } | Requester::Owner(_) => None,
        };
        user.into_iter().flat_map(|user| user.organisations())
    }

    /// Returns the service that acts for the person, or for itself, whichever credential names it: what a token says acts or
    /// was issued to, a credential of the operator's, or the TLS certificate by which the request came. Accounts are kept by
    /// the person where one is known: who asks by another service is charged no less.
    pub fn acting(&self) -> Option<&Acting> {
        self.acting.as_ref()
    }

    /// Returns who shares the node with others: the person, or the service, or all of whom nothing is known.
    pub(super) fn client(&self) -> Client {
        let person = self.person().cloned().map(Client::Person);
        person.or_else(|| self.acting.clone().map(Client::Service)).unwrap_or(Client::Anybody)
    }

    /// Returns what of this node is the requester's own, and therefore left out of what they are told of others.
    pub fn own(&self) -> &Own {
        &self.own
    }
}

/// What of a node belongs to the requester's own region: they have it anyway, and ask about the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// All of the node.
    pub node: bool,
    /// These of its datasets.
    pub datasets: Vec<String>,
    /// These people of its datasets, by any of their ids, sorted: of the requester's own cases.
    pub people: Vec<String>,
}

impl Own {
    fn of(requester: &Requester, region: Option<&str>) -> Self {
        let Requester::User(user) = requester else { return Self::default() };
        let node = region.is_some_and(|region| user.attributes.regions.iter().any(|own| own == region));
        let Attributes { own_datasets, own_people, .. } = &user.attributes;
        Self { node, datasets: own_datasets.clone(), people: own_people.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fyr_policy::RequesterFacts;

    use super::*;

    fn subject(id: &str) -> Subject {
        Subject { issuer: "https://issuer.example".into(), id: id.into() }
    }

    /// Somebody of whom everything is known.
    fn known_well() -> Verified {
        let facts = RequesterFacts {
            subject: Some("anna".into()),
            organisations: vec!["https://ki.se".into()],
            projects: vec!["P-1".into()],
            ..RequesterFacts::default()
        };
        let Requester::User(user) = facts.requester() else { panic!("a user") };
        let mut user = Arc::unwrap_or_clone(user);
        user.linked = vec![subject("17")];
        user.attributes.regions = vec!["se-north".into()];
        user.attributes.own_datasets = vec!["KI-2026".into()];
        user.attributes.own_people = vec!["P-17".into()];
        Verified::known(Requester::User(Arc::new(user)))
    }

    fn chain(verified: &Verified, purpose: &str, region: Option<&str>) -> Chain {
        Chain::new(verified, Some(&purpose.parse().unwrap()), region)
    }

    #[test]
    fn a_chain_has_all_its_links() {
        let verified = known_well().through(Some("broker.example"));
        let chain = chain(&verified, "GRU; project=P-1", Some("se-north"));
        assert_eq!(chain.requester(), &verified.requester);
        assert_eq!(chain.person(), Some(&subject("anna")));
        assert_eq!(chain.linked(), [subject("17")]);
        assert_eq!(chain.project(), Some("P-1"));
        assert_eq!(chain.organisations().collect::<Vec<_>>(), ["https://ki.se"]);
        assert_eq!(chain.acting(), Some(&Acting::Certificate("broker.example".into())));
        assert_eq!(chain.client(), Client::Person(subject("anna")), "by whichever service");
        let own = Own { node: true, datasets: vec!["KI-2026".into()], people: vec!["P-17".into()] };
        assert_eq!(chain.own(), &own);
    }

    #[test]
    fn a_project_counts_for_its_members_and_a_region_for_its_people() {
        let verified = known_well();
        assert_eq!(chain(&verified, "GRU; project=P-2", None).project(), None);
        assert_eq!(chain(&verified, "GRU", None).project(), None);
        for region in [None, Some("se-south")] {
            assert!(!chain(&verified, "GRU", region).own().node, "{region:?}");
        }
    }

    #[test]
    fn who_is_no_person_has_a_service_at_most() {
        let clinic = Acting::Credential("clinic-1".into());
        let broker = Acting::Certificate("broker.example".into());
        let public = || Verified::known(Requester::Public);
        let operators = Verified::known(Requester::Known { name: "clinic-1".into() });
        for (verified, acting, client) in [
            (public(), None, Client::Anybody),
            (public().through(Some("broker.example")), Some(&broker), Client::Service(broker.clone())),
            (operators.through(Some("broker.example")), Some(&clinic), Client::Service(clinic.clone())),
        ] {
            let chain = chain(&verified, "GRU; project=P-1", Some("se-north"));
            assert_eq!((chain.acting(), chain.client()), (acting, client));
            assert_eq!((chain.person(), chain.project(), chain.linked().len()), (None, None, 0));
            assert_eq!((chain.organisations().count(), chain.own()), (0, &Own::default()));
        }
    }

    #[test]
    fn a_view_narrows_what_is_told() {
        let whole = chain(&known_well(), "GRU", None);
        assert_eq!(whole.clone().through(None).at_most(), Release::Record);
        let view = PolicyView { name: "seen".into(), at_most: Release::Boolean };
        assert_eq!(whole.through(Some(&view)).at_most(), Release::Boolean);
    }
}
