//! The step from a question in any notation to one in the coordinates of a dataset.

use fyr_schemas::{
    AlleleName, AlleleQuery, Assembly, GeneQuery, Interbase, InvalidQuery, Lift, Located, NameQuery,
    NormaliseError, RangeQuery, VariantQuery, is_sequence,
};

use crate::{Genomes, LocateError, Unlifted, alleles, hgvs, lift, vrs};

/// A question in the coordinates of an assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The question.
    pub query: Located,
    /// Set where it came from the other assembly.
    pub lift: Option<Lift>,
    /// What the client should know of how it was read.
    pub warnings: Vec<String>,
}

impl Genomes {
    /// Puts a question in the coordinates of an assembly.
    ///
    /// # Errors
    ///
    /// What cannot be evaluated there, with the parameter and the remedy.
    pub fn locate(&self, query: &VariantQuery, assembly: Assembly) -> Result<Location, LocateError> {
        match query {
            VariantQuery::Allele(allele) => self.locate_allele(allele, assembly),
            VariantQuery::Name(name) => self.locate_name(name, assembly),
            VariantQuery::Gene(gene) => self.locate_gene(gene, assembly),
            VariantQuery::Range(_) | VariantQuery::Bracket(_) => self.locate_place(query, assembly),
        }
    }

    fn locate_allele(&self, query: &AlleleQuery, assembly: Assembly) -> Result<Location, LocateError> {
        let query = self.normal(query)?;
        if query.0.assembly() == assembly {
            return Ok(Location { query: located(query.0, query.1), lift: None, warnings: query.2 });
        }
        let from = query.0.assembly();
        let chains = self.between(from, assembly).ok_or(LocateError::OtherAssembly(from))?;
        let lifted = lift::allele(chains, self, &query.0, assembly);
        let (lifted, verified) = lifted.map_err(|reason| LocateError::Unlifted { from, reason })?;
        let (lifted, forms, warnings) = self.normal(&lifted)?;
        Ok(Location { query: located(lifted, forms), lift: Some(Lift { from, verified }), warnings })
    }

    /// Aligns an allele where its reference sequence is known; says so where it is not and that matters.
    fn normal(
        &self,
        query: &AlleleQuery,
    ) -> Result<(AlleleQuery, Vec<fyr_schemas::AlleleForm>, Vec<String>), LocateError> {
        let as_it_is = || (query.clone(), Vec::new(), Vec::new());
        let (r, a) = (query.reference_bases(), query.alternate_bases());
        if !is_sequence(a) && !a.is_empty() {
            return Ok(as_it_is());
        }
        match alleles::normalise(&self.of(query.assembly()).sequences, query) {
            Ok(Some(normal)) => Ok((normal.query, normal.forms, Vec::new())),
            Ok(None) if r.len() == a.len() => Ok(as_it_is()),
            Ok(None) => {
                let warning = format!(
                    "not normalisable here: the reference sequence {} of {} is not known, so the indel was \
                     looked for as it is written",
                    query.contig(),
                    query.assembly()
                );
                Ok((query.clone(), Vec::new(), vec![warning]))
            }
            Err(
                error @ (NormaliseError::ReferenceMismatch { .. } | NormaliseError::OutsideReference { .. }),
            ) => Err(LocateError::Invalid { parameter: "referenceBases", reason: error.to_string() }),
        }
    }

    fn locate_name(&self, name: &NameQuery, assembly: Assembly) -> Result<Location, LocateError> {
        match name.name() {
            AlleleName::Vrs(digest) => {
                let key = vrs::key(digest).ok_or_else(|| LocateError::Invalid {
                    parameter: "variantId",
                    reason: "is no digest".into(),
                })?;
                if self.of(assembly).sequences.is_empty() {
                    return Err(LocateError::NeedsSequence);
                }
                Ok(Location { query: Located::Digest(assembly, key), lift: None, warnings: Vec::new() })
            }
            AlleleName::Hgvs(text) => self.locate_hgvs(text, name.assembly(), assembly),
            AlleleName::DbSnp(number) => self.locate_identifier(*number, name.assembly(), assembly),
        }
    }

    /// Looks an identifier up where it was said to be, where the data are, or where something leads from.
    fn locate_identifier(
        &self,
        number: u32,
        named: Option<Assembly>,
        assembly: Assembly,
    ) -> Result<Location, LocateError> {
        let first = named.unwrap_or(assembly);
        let has_table = |assembly: &Assembly| !self.of(*assembly).identifiers.is_empty();
        let table = std::iter::once(first).chain(self.neighbours(first)).find(has_table);
        let table = table.ok_or(LocateError::NeedsIdentifiers)?;
        match self.named_alleles(number, table)?.as_slice() {
            [(allele, _)] => self.locate_allele(allele, assembly),
            [] => Err(LocateError::Invalid {
                parameter: "variantId",
                reason: format!("`rs{number}` is not in the table of identifiers of {table}"),
            }),
            several => {
                let written: Vec<&str> = several.iter().map(|(_, written)| written.as_str()).collect();
                Err(LocateError::SeveralAlleles { name: format!("rs{number}"), alleles: written.join(", ") })
            }
        }
    }

    /// Returns the alleles of an identifier, each in normal form and as it is written; two notations of one are one.
    fn named_alleles(
        &self,
        number: u32,
        assembly: Assembly,
    ) -> Result<Vec<(AlleleQuery, String)>, LocateError> {
        let mut alleles: Vec<(AlleleQuery, String)> = Vec::new();
        for written in self.of(assembly).identifiers.find(number) {
            let wrong = |error: InvalidQuery| LocateError::Invalid {
                parameter: "variantId",
                reason: error.to_string(),
            };
            let allele = AlleleQuery::parse(assembly, &written).map_err(wrong)?;
            let (allele, ..) = self.normal(&allele)?;
            if !alleles.iter().any(|(known, _)| *known == allele) {
                alleles.push((allele, written));
            }
        }
        Ok(alleles)
    }

    fn locate_hgvs(
        &self,
        text: &str,
        named: Option<Assembly>,
        assembly: Assembly,
    ) -> Result<Location, LocateError> {
        // A transcript has no assembly: that of the data is tried first, then those that can be lifted from.
        let first = named.unwrap_or(assembly);
        let (allele, warning) = match hgvs::allele(self.of(first), first, text) {
            Err(LocateError::NeedsGenes) => self.by_neighbours(first, text)?,
            Err(LocateError::NeedsSequence) if first != assembly => {
                let chains = self.between(first, assembly).ok_or(LocateError::NeedsSequence)?;
                let lifted = hgvs::lifted(self.of(assembly), chains, (first, assembly), text)?;
                let lift = Some(Lift { from: first, verified: false });
                return Ok(Location { lift, ..self.locate_allele(&lifted, assembly)? });
            }
            result => result?,
        };
        let mut location = self.locate_allele(&allele, assembly)?;
        location.warnings.extend(warning);
        Ok(location)
    }

    /// Reads a description on a transcript by the genes of an assembly that can be lifted from.
    fn by_neighbours(
        &self,
        assembly: Assembly,
        text: &str,
    ) -> Result<(AlleleQuery, Option<String>), LocateError> {
        let with_genes = self.neighbours(assembly).find(|other| !self.of(*other).genes.is_empty());
        let other = with_genes.ok_or(LocateError::NeedsGenes)?;
        hgvs::allele(self.of(other), other, text)
    }

    fn locate_gene(&self, query: &GeneQuery, assembly: Assembly) -> Result<Location, LocateError> {
        let Some(name) = query.gene() else {
            let query = Located::Everywhere(assembly, query.narrowing.clone());
            return Ok(Location { query, lift: None, warnings: Vec::new() });
        };
        let genes = &self.of(assembly).genes;
        if genes.is_empty() {
            return Err(LocateError::NeedsGenes);
        }
        let gene = genes.gene(name).ok_or_else(|| LocateError::Invalid {
            parameter: "geneId",
            reason: format!("`{name}` is not in the table of genes of {assembly}"),
        })?;
        let range = |(contig, start, end): &(fyr_schemas::Contig, u32, u32)| {
            let interval = Interbase::new((*start).into(), (*end).into()).ok().filter(|i| !i.is_empty())?;
            let mut range = RangeQuery::of(assembly, contig.clone(), interval);
            range.narrowing = query.narrowing.clone();
            Some(range)
        };
        let ranges = gene.places.iter().filter_map(range).collect();
        let query = Located::Ranges { ranges, gene: Some(gene.symbol.clone()) };
        Ok(Location { query, lift: None, warnings: Vec::new() })
    }

    fn locate_place(&self, query: &VariantQuery, assembly: Assembly) -> Result<Location, LocateError> {
        let from = query.assembly().unwrap_or(assembly);
        let plain = |query: &VariantQuery| {
            Located::plain(query).ok_or(LocateError::Invalid {
                parameter: "requestParameters",
                reason: InvalidQuery::Missing("start").to_string(),
            })
        };
        if from == assembly {
            return Ok(Location { query: plain(query)?, lift: None, warnings: Vec::new() });
        }
        let chains = self.between(from, assembly).ok_or(LocateError::OtherAssembly(from))?;
        let lifted = match query {
            VariantQuery::Range(range) => lift::range(chains, range, assembly).map(VariantQuery::Range),
            VariantQuery::Bracket(bracket) => {
                lift::bracket(chains, bracket, assembly).map(VariantQuery::Bracket)
            }
            _ => Err(Unlifted::Kind),
        };
        let lifted = lifted.map_err(|reason| LocateError::Unlifted { from, reason })?;
        let lift = Some(Lift { from, verified: false });
        Ok(Location { query: plain(&lifted)?, lift, warnings: Vec::new() })
    }
}

fn located(query: AlleleQuery, forms: Vec<fyr_schemas::AlleleForm>) -> Located {
    Located::Allele { query, forms }
}
