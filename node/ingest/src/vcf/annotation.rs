//! What VEP (`CSQ`) and SnpEff (`ANN`) wrote into a file about its alleles.
//!
//! VEP says in the header in which order it writes; SnpEff always writes in the order of its specification
//! ("Variant annotations in VCF format", version 1.0).

use fyr_schemas::{Effect, protein_change};

use super::{info::Info, record::Record};

/// Positions of the values that are kept, in the order that SnpEff has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    key: &'static str,
    allele: Option<usize>,
    /// Number of the ALT allele, from 1.
    number: Option<usize>,
    consequence: Option<usize>,
    gene: Option<usize>,
    transcript: Option<usize>,
    coding: Option<usize>,
    protein: Option<usize>,
    /// Residues before and after (`V/E`) and their number, where there is no HGVS.
    residues: Option<(usize, usize)>,
}

/// The annotations that a file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layouts(Vec<Layout>);

impl Layouts {
    /// Takes an INFO line of a header, if it is one of an annotation.
    pub(crate) fn add(&mut self, id: &str, description: &str) {
        self.0.extend(layout(id, description));
    }

    /// Returns whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what is said of the ALT allele of a number, from 1.
    pub(crate) fn effects(&self, record: &Record<'_>, number: usize) -> Vec<Effect> {
        let mut effects: Vec<Effect> = Vec::new();
        for layout in &self.0 {
            let values = Info(record.info).value(layout.key).unwrap_or_default();
            for value in values.split(',').filter(|value| !value.is_empty()) {
                let fields: Vec<&str> = value.split('|').collect();
                if layout.is_about(&fields, record, number)
                    && let Some(effect) = layout.read(&fields)
                    && !effects.contains(&effect)
                {
                    effects.push(effect);
                }
            }
        }
        effects
    }
}

fn layout(id: &str, description: &str) -> Option<Layout> {
    if id == "ANN" && !description.contains("Format:") {
        return Some(Layout {
            key: "ANN",
            allele: Some(0),
            number: None,
            consequence: Some(1),
            gene: Some(3),
            transcript: Some(6),
            coding: Some(9),
            protein: Some(10),
            residues: None,
        });
    }
    let key = ["CSQ", "ANN", "vep"].into_iter().find(|key| *key == id)?;
    let names: Vec<&str> = description.split("Format:").nth(1)?.split('|').map(str::trim).collect();
    let at = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
    let residues = at("Amino_acids").zip(at("Protein_position"));
    Some(Layout {
        key,
        allele: at("Allele"),
        number: at("ALLELE_NUM"),
        consequence: at("Consequence"),
        gene: at("SYMBOL").or_else(|| at("Gene")),
        transcript: at("Feature"),
        coding: at("HGVSc"),
        protein: at("HGVSp"),
        residues,
    })
}

impl Layout {
    /// Returns whether a value is about an ALT allele. VEP leaves the first base out where all alleles of an
    /// indel share it; SnpEff writes ALT as it is.
    fn is_about(&self, fields: &[&str], record: &Record<'_>, number: usize) -> bool {
        let field = |at: Option<usize>| at.and_then(|at| fields.get(at)).copied();
        if let Some(said) = field(self.number).filter(|text| !text.is_empty()) {
            return said.parse() == Ok(number);
        }
        let alternates: Vec<&str> = record.alternates().collect();
        let (Some(said), Some(alternate)) = (field(self.allele), alternates.get(number - 1)) else {
            return alternates.len() == 1;
        };
        if said == *alternate || alternates.len() == 1 {
            return true;
        }
        let first = record.reference_bases.get(..1).unwrap_or_default();
        let is_indel = alternates.iter().any(|alt| alt.len() != record.reference_bases.len());
        let shares = is_indel && alternates.iter().all(|alt| alt.starts_with(first) || *alt == "*");
        let rest = alternate.get(1..).filter(|rest| !rest.is_empty()).unwrap_or("-");
        shares && said == rest
    }

    fn read(&self, fields: &[&str]) -> Option<Effect> {
        let text = |at: Option<usize>| {
            let value = at.and_then(|at| fields.get(at)).map(|value| decoded(value));
            value.filter(|value| !value.is_empty() && value != ".")
        };
        let protein = text(self.protein);
        let (accession, change) =
            match protein.as_deref().map(|value| value.rsplit_once(':').unwrap_or(("", value))) {
                Some((accession, change)) => (accession, protein_change(change)),
                None => ("", self.by_residues(fields)),
            };
        let consequences = text(self.consequence);
        let effect = Effect {
            gene: text(self.gene),
            transcript: text(self.transcript),
            consequences: consequences.iter().flat_map(|all| all.split('&')).map(str::to_owned).collect(),
            coding_change: text(self.coding),
            protein: Some(accession.to_owned()).filter(|accession| !accession.is_empty()),
            protein_change: change,
        };
        (effect != Effect::default()).then_some(effect)
    }

    /// `V/E` at 600 is V600E; a single residue stays what it is.
    fn by_residues(&self, fields: &[&str]) -> Option<String> {
        let (residues, position) = self.residues?;
        let (residues, position) = (fields.get(residues)?, fields.get(position)?);
        let position = position.split('/').next()?;
        let (before, after) = residues.split_once('/').unwrap_or((residues, "="));
        protein_change(&format!("{before}{position}{after}"))
    }
}

/// VCF writes what would part fields as `%3B` and such (section 1.2).
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for (code, character) in [("%3A", ":"), ("%3B", ";"), ("%3D", "="), ("%2C", ","), ("%25", "%")] {
        text = text.replace(code, character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const VEP: &str = "Consequence annotations from Ensembl VEP. Format: \
        Allele|Consequence|SYMBOL|Gene|Feature|HGVSc|HGVSp|Protein_position|Amino_acids";

    fn effects(
        header: (&str, &str),
        reference: &str,
        alternates: &str,
        info: &str,
        number: usize,
    ) -> Vec<Effect> {
        let line = format!("7\t100\t.\t{reference}\t{alternates}\t.\t.\t{info}");
        let record = Record::parse(line.as_bytes()).unwrap();
        let mut layouts = Layouts::default();
        layouts.add(header.0, header.1);
        layouts.effects(&record, number)
    }

    #[test]
    fn vep_says_in_the_header_where_what_is() {
        let info = "CSQ=T|missense_variant&splice_region_variant|BRAF|ENSG1|ENST1.4|ENST1.4:c.1799T>A|\
                    ENSP1.2:p.Val600Glu|600|V/E,G|synonymous_variant|BRAF|ENSG1|ENST1.4|||601|K";
        let found = effects(("CSQ", VEP), "A", "T,G", info, 1);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].consequences, ["missense_variant", "splice_region_variant"]);
        assert_eq!(found[0].protein_change.as_deref(), Some("V600E"));
        assert_eq!(found[0].protein.as_deref(), Some("ENSP1.2"));
        assert_eq!(found[0].coding_change.as_deref(), Some("ENST1.4:c.1799T>A"));
        let other = effects(("CSQ", VEP), "A", "T,G", info, 2);
        assert_eq!(other[0].protein_change.as_deref(), Some("K601="));
    }

    #[test]
    fn vep_leaves_out_the_base_that_indels_share() {
        let info = "CSQ=-|frameshift_variant|A||||||,TT|inframe_insertion|B||||||";
        assert_eq!(effects(("CSQ", VEP), "AC", "A,ATT", info, 1)[0].gene.as_deref(), Some("A"));
        assert_eq!(effects(("CSQ", VEP), "AC", "A,ATT", info, 2)[0].gene.as_deref(), Some("B"));
    }

    #[test]
    fn snpeff_always_has_the_same_order() {
        let header = ("ANN", "Functional annotations: 'Allele | Annotation | Annotation_Impact' ");
        let info = "ANN=T|missense_variant|MODERATE|BRAF|ENSG1|transcript|NM_004333.6|protein_coding|15/18|\
                    c.1799T>A|p.Val600Glu|1860/2949|1799/2301|600/766||";
        let found = effects(header, "A", "T", info, 1);
        assert_eq!(found[0].transcript.as_deref(), Some("NM_004333.6"));
        assert_eq!(
            (found[0].gene.as_deref(), found[0].protein_change.as_deref()),
            (Some("BRAF"), Some("V600E"))
        );
        assert_eq!(effects(header, "A", "T", "DP=7", 1), []);
        assert_eq!(effects(("DP", "depth"), "A", "T", info, 1), []);
    }

    proptest::proptest! {
        #[test]
        fn no_annotation_makes_the_reader_panic(
            description in "(Format: )?(Allele|Consequence|SYMBOL|HGVSp|ALLELE_NUM|Amino_acids|Protein_position|[|]|x){0,12}",
            value in "[ACGT|,:.&/0-9%a-zA-Z()*-]{0,60}",
            alternates in proptest::sample::select(vec!["A", "G,ACC", "A,AT,*", "<DEL>"]),
        ) {
            for key in ["CSQ", "ANN", "vep"] {
                for number in 1..4 {
                    let _ = effects((key, &description), "AC", alternates, &format!("{key}={value}"), number);
                }
            }
        }
    }
}
