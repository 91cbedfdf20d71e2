//! Who asks, as a value: the whole chain from the person to the service that acts for them.

use fyr_doors::PolicyView;
use fyr_identity::Verified;
use fyr_policy::{Requester, Subject, effective_purpose};
use fyr_schemas::{Purpose, Release};

/// Everyone who has a part in a request, as far as the node verified it, and what it is made for. Accounts are
/// kept by its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    requester: Requester,
    purpose: Option<Purpose>,
    own: Own,
    at_most: Release,
}

impl Chain {
    /// Links who was verified to what they ask for, the purpose that they state or else that their issuer asserts,
    /// and to what is theirs in a node of a region.
    pub(crate) fn new(verified: &Verified, stated: Option<&Purpose>, region: Option<&str>) -> Self {
        let requester = verified.requester.clone();
        let own = Own::of(&requester, region);
        Self { purpose: effective_purpose(stated, &requester), own, requester, at_most: Release::Record }
    }

    /// Takes the view of the policy by which the request came, if it came by one.
    pub(crate) fn through(self, view: Option<&PolicyView>) -> Self {
        Self { at_most: view.map_or(self.at_most, |view| view.at_most), ..self }
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
            Requester::Public | Requester::Known { .. } => None,
        }
    }

    /// Returns who else the person is, by verified links.
    pub fn linked(&self) -> &[Subject] {
        match &self.requester {
            Requester::User(user) => &user.linked,
            Requester::Public | Requester::Known { .. } => &[],
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
            Requester::Public | Requester::Known { .. } => None,
        };
        user.into_iter().flat_map(|user| user.organisations())
    }

    /// Returns the service that acts, by the name of the credential that the operator gave it.
    pub fn service(&self) -> Option<&str> {
        match &self.requester {
            Requester::Known { name } => Some(name),
            Requester::Public | Requester::User(_) => None,
        }
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
}

impl Own {
    fn of(requester: &Requester, region: Option<&str>) -> Self {
        let Requester::User(user) = requester else { return Self::default() };
        let node = region.is_some_and(|region| user.attributes.regions.iter().any(|own| own == region));
        Self { node, datasets: user.attributes.own_datasets.clone() }
    }
}
