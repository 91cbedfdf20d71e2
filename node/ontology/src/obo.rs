//! OBO files.

use std::io::BufRead;

use fastobo::ast::{EntityFrame, HeaderClause, OboDoc, TermClause};

use crate::hierarchy::Hierarchy;

/// Reads a document; relations other than `is_a` are left aside.
pub(crate) fn read(reader: impl BufRead) -> Result<Hierarchy, String> {
    let document = fastobo::from_reader(reader).map_err(|error| error.to_string())?;
    let mut hierarchy = Hierarchy::default();
    hierarchy.version = version(&document);
    for entity in document.entities() {
        let EntityFrame::Term(term) = entity else { continue };
        let id = term.id().as_inner().to_string();
        let name = term.name().ok().map(ToString::to_string);
        hierarchy.term(&id, name.as_deref());
        for clause in term.clauses() {
            match clause.as_inner() {
                TermClause::IsA(wider) => hierarchy.is_a(&id, &wider.to_string()),
                TermClause::AltId(former) => hierarchy.formerly(&former.to_string(), &id),
                TermClause::ReplacedBy(now) => hierarchy.formerly(&id, &now.to_string()),
                _ => {}
            }
        }
    }
    Ok(hierarchy)
}

fn version(document: &OboDoc) -> Option<String> {
    document.header().iter().find_map(|clause| match clause {
        HeaderClause::DataVersion(version) => Some(version.as_str().to_owned()),
        _ => None,
    })
}
