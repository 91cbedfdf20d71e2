//! `organisation = "FIN"`, or a table where there is more to say.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::Organisation;

/// Who runs a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganisationSettings(pub Organisation);

#[derive(Deserialize)]
struct Table {
    id: Option<String>,
    name: String,
    welcome_url: Option<String>,
    contact_url: Option<String>,
    logo_url: Option<String>,
}

impl From<Table> for OrganisationSettings {
    fn from(table: Table) -> Self {
        Self(Organisation {
            id: table.id.unwrap_or_else(|| table.name.clone()),
            name: table.name,
            welcome_url: table.welcome_url,
            contact_url: table.contact_url,
            logo_url: table.logo_url,
        })
    }
}

impl From<&str> for OrganisationSettings {
    fn from(name: &str) -> Self {
        Self(Organisation { id: name.to_owned(), name: name.to_owned(), ..Organisation::default() })
    }
}

impl<'de> Deserialize<'de> for OrganisationSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = OrganisationSettings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a table with id, name, welcome_url, contact_url, logo_url")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(table)).map(Into::into)
    }
}
