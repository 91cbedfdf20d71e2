//! What an annotation says of a variant: genes, consequences, changes of proteins.

use serde::{Deserialize, Serialize};

/// What a variant does to one transcript, as VEP or SnpEff wrote it into the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Effect {
    /// Gene symbol.
    pub gene: Option<String>,
    /// Accession of the transcript.
    pub transcript: Option<String>,
    /// Names of terms of the Sequence Ontology: `missense_variant`.
    pub consequences: Vec<String>,
    /// HGVS of the change in the transcript, with its accession where the annotation has it.
    pub coding_change: Option<String>,
    /// Accession of the protein.
    pub protein: Option<String>,
    /// Change of the protein, in canonical form ([`crate::protein_change`]).
    pub protein_change: Option<String>,
}

impl Effect {
    /// Returns whether it is a consequence of this name or id.
    pub(crate) fn has_consequence(&self, asked: &str) -> bool {
        let is = |name: &String| name == asked || so_id(name) == Some(asked);
        self.consequences.iter().any(is)
    }
}

/// Returns the id of a term of the Sequence Ontology by the name that annotators write.
pub fn so_id(name: &str) -> Option<&'static str> {
    CONSEQUENCES.iter().find(|(known, _)| *known == name).map(|(_, id)| *id)
}

/// Returns whether a text is a consequence, by name or by id.
pub fn is_consequence(text: &str) -> bool {
    CONSEQUENCES.iter().any(|(name, id)| *name == text || *id == text)
}

/// Consequences that VEP and SnpEff write. Source: Ensembl, "Calculated consequences"; SnpEff, "Effect
/// prediction details"; Sequence Ontology.
const CONSEQUENCES: &[(&str, &str)] = &[
    ("transcript_ablation", "SO:0001893"),
    ("splice_acceptor_variant", "SO:0001574"),
    ("splice_donor_variant", "SO:0001575"),
    ("stop_gained", "SO:0001587"),
    ("frameshift_variant", "SO:0001589"),
    ("stop_lost", "SO:0001578"),
    ("start_lost", "SO:0002012"),
    ("transcript_amplification", "SO:0001889"),
    ("feature_elongation", "SO:0001907"),
    ("feature_truncation", "SO:0001906"),
    ("inframe_insertion", "SO:0001821"),
    ("inframe_deletion", "SO:0001822"),
    ("disruptive_inframe_insertion", "SO:0001824"),
    ("disruptive_inframe_deletion", "SO:0001826"),
    ("conservative_inframe_insertion", "SO:0001823"),
    ("conservative_inframe_deletion", "SO:0001825"),
    ("missense_variant", "SO:0001583"),
    ("protein_altering_variant", "SO:0001818"),
    ("splice_donor_5th_base_variant", "SO:0001787"),
    ("splice_region_variant", "SO:0001630"),
    ("splice_donor_region_variant", "SO:0002170"),
    ("splice_polypyrimidine_tract_variant", "SO:0002169"),
    ("incomplete_terminal_codon_variant", "SO:0001626"),
    ("start_retained_variant", "SO:0002019"),
    ("stop_retained_variant", "SO:0001567"),
    ("synonymous_variant", "SO:0001819"),
    ("initiator_codon_variant", "SO:0001582"),
    ("5_prime_UTR_premature_start_codon_gain_variant", "SO:0001988"),
    ("coding_sequence_variant", "SO:0001580"),
    ("mature_miRNA_variant", "SO:0001620"),
    ("5_prime_UTR_variant", "SO:0001623"),
    ("3_prime_UTR_variant", "SO:0001624"),
    ("non_coding_transcript_exon_variant", "SO:0001792"),
    ("intron_variant", "SO:0001627"),
    ("NMD_transcript_variant", "SO:0001621"),
    ("non_coding_transcript_variant", "SO:0001619"),
    ("coding_transcript_variant", "SO:0001968"),
    ("upstream_gene_variant", "SO:0001631"),
    ("downstream_gene_variant", "SO:0001632"),
    ("TFBS_ablation", "SO:0001895"),
    ("TFBS_amplification", "SO:0001892"),
    ("TF_binding_site_variant", "SO:0001782"),
    ("regulatory_region_ablation", "SO:0001894"),
    ("regulatory_region_amplification", "SO:0001891"),
    ("regulatory_region_variant", "SO:0001566"),
    ("intergenic_variant", "SO:0001628"),
    ("intergenic_region", "SO:0000605"),
    ("intragenic_variant", "SO:0002011"),
    ("sequence_variant", "SO:0001060"),
    ("exon_loss_variant", "SO:0001572"),
    ("gene_fusion", "SO:0001565"),
    ("bidirectional_gene_fusion", "SO:0002086"),
    ("structural_variant", "SO:0001537"),
];
