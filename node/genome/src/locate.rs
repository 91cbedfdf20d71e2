//! The step from a question in any notation to one in the coordinates of a dataset.

use fyr_schemas::{
    AlleleName, AlleleQuery, Assembly, GeneQuery, Interbase, InvalidQuery, Lift, Located, NameQuery,
    NormaliseError, RangeQuery, VariantQuery, is_sequence,
};

use crate::{Genomes, Unlifted, alleles, chains::other, hgvs, lift, vrs};

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

/// Why a question cannot be put to data of an assembly. None of it depends on data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// It names something impossible.
    #[error("`{parameter}`: {reason}")]
    Invalid {
        /// The parameter.
        parameter: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The data have the coordinates of the other assembly, and no chain file is configured.
    #[error("no dataset that may be asked has coordinates of {0}: ask in its own assembly")]
    OtherAssembly(Assembly),
    /// The question cannot be lifted.
    #[error("`assemblyId`: the question cannot be lifted from {from}: {reason}")]
    Unlifted {
        /// The assembly of the question.
        from: Assembly,
        /// Why not.
        reason: Unlifted,
    },
    /// Only a reference sequence could tell what is meant.
    #[error(
        "`genomicAlleleShortForm`: without the reference sequence, which is not known here, nobody knows how \
         data write this: give position and bases as in VCF"
    )]
    NeedsSequence,
    /// Only an annotation could tell which variants are meant.
    #[error(
        "`aminoacidChange`, `molecularEffect`: no dataset that may be asked has an annotation of VEP or SnpEff: ask \
         by allele or range"
    )]
    NeedsAnnotation,
    /// Only a table of genes could tell what is meant.
    #[error("`geneId`, `genomicAlleleShortForm`: no table of genes is known here: ask by range")]
    NeedsGenes,
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
        let chains = self.chains.as_deref().ok_or(LocateError::OtherAssembly(from))?;
        let (lifted, verified) =
            lift::allele(chains, self, &query.0).map_err(|reason| LocateError::Unlifted { from, reason })?;
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
            AlleleName::Hgvs(text) => {
                // A transcript has no assembly: that of the data is tried first.
                let first = name.assembly().unwrap_or(assembly);
                let allele = match (hgvs::allele(self.of(first), first, text), self.chains.as_deref()) {
                    (Err(LocateError::NeedsGenes), Some(_)) => {
                        hgvs::allele(self.of(other(first)), other(first), text)?
                    }
                    (Err(LocateError::NeedsSequence), Some(chains)) if first != assembly => {
                        let lifted = hgvs::lifted(self.of(assembly), chains, (first, assembly), text)?;
                        let lift = Some(Lift { from: first, verified: false });
                        return Ok(Location { lift, ..self.locate_allele(&lifted, assembly)? });
                    }
                    (result, _) => result?,
                };
                self.locate_allele(&allele, assembly)
            }
        }
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
        let chains = self.chains.as_deref().ok_or(LocateError::OtherAssembly(from))?;
        let lifted = match query {
            VariantQuery::Range(range) => lift::range(chains, range).map(VariantQuery::Range),
            VariantQuery::Bracket(bracket) => lift::bracket(chains, bracket).map(VariantQuery::Bracket),
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
