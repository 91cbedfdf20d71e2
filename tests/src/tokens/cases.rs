//! The cases, by the groups of the privacy requirements for tokens (1 to 24; the others need steps).

mod json;
mod passport;
mod proof;
mod signature;
mod token;
mod visa;

use super::{Expect, Occasion, TestCredentials, TokenCase, World};

/// Returns all cases that one request shows.
pub fn cases() -> Vec<TokenCase> {
    let mut list = List::default();
    signature::add(&mut list);
    token::add(&mut list);
    passport::add(&mut list);
    visa::add(&mut list);
    json::add(&mut list);
    proof::add(&mut list);
    list.0
}

/// The cases so far.
#[derive(Default)]
struct List(Vec<TokenCase>);

impl List {
    fn add(
        &mut self,
        group: u8,
        name: impl Into<String>,
        expect: Expect,
        forge: impl Fn(&World, &Occasion<'_>) -> TestCredentials + Send + Sync + 'static,
    ) {
        self.0.push(TokenCase { group, name: name.into(), expect, exact: false, forge: Box::new(forge) });
    }

    /// Adds a case that lies close to a limit of time.
    fn exact(
        &mut self,
        group: u8,
        name: &str,
        expect: Expect,
        forge: impl Fn(&World, &Occasion<'_>) -> TestCredentials + Send + Sync + 'static,
    ) {
        self.0.push(TokenCase { group, name: name.to_owned(), expect, exact: true, forge: Box::new(forge) });
    }

    /// Adds a case of an access token that the issuer signs.
    fn access(
        &mut self,
        group: u8,
        name: impl Into<String>,
        expect: Expect,
        spoil: impl Fn(super::Jws, &World, i64) -> super::Jws + Send + Sync + 'static,
    ) {
        self.add(group, name, expect, move |world, ask| {
            let token = spoil(world.access(ask.now), world, ask.now);
            TestCredentials::bearer(token.sign(&super::Signer::aai_rsa()))
        });
    }

    /// Adds a case of a passport with one visa, which its issuer signs.
    fn grant(
        &mut self,
        group: u8,
        name: impl Into<String>,
        expect: Expect,
        spoil: impl Fn(super::Jws, &World, i64) -> super::Jws + Send + Sync + 'static,
    ) {
        self.add(group, name, expect, move |world, ask| {
            let visa = spoil(world.grant(ask.now), world, ask.now);
            world.show(ask.now, &[visa.sign(&super::Signer::visas_rsa())])
        });
    }
}
