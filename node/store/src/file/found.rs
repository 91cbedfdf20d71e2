//! An allele that was found in the key columns of a file, and the rest of its row.

use std::sync::{Arc, LazyLock};

use arrow::{
    array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray},
    datatypes::{Field, SchemaRef},
};
use fyr_schemas::{VariantType, is_sequence};

use super::{locator::PageRows, pages::Pages, schema::column};
use crate::StoreError;

/// What a sequence has as SVLEN.
static NO_LENGTH: LazyLock<ArrayRef> = LazyLock::new(|| Arc::new(Int64Array::new_null(1)));

/// An allele as it is looked up: interbase start, reference bases, alternate bases.
pub type Candidate = (u32, String, String);

/// An allele with its row.
#[derive(Debug)]
pub(crate) struct Found {
    /// Where the other columns have it.
    pub(crate) row: PageRows,
    /// Interbase start.
    pub(crate) start: i32,
    /// Reference bases.
    pub(crate) reference: String,
    /// Alternate bases, symbolic allele or breakend.
    pub(crate) alternate: String,
}

impl Found {
    /// Returns whether it is the allele that is looked up.
    pub(crate) fn is(&self, (start, reference, alternate): &Candidate) -> bool {
        start.cast_signed() == self.start && *reference == self.reference && *alternate == self.alternate
    }

    /// Reads the columns of a schema that are not known yet.
    pub(crate) fn read(&self, pages: Pages<'_>, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
        let columns = schema.fields().iter().map(|field| match self.known(field) {
            Some(column) => Ok(column),
            None => pages.array(self.row, field),
        });
        Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, StoreError>>()?)?)
    }

    /// What its key tells. A sequence tells where it ends and what kind it is; other alleles do not.
    fn known(&self, field: &Field) -> Option<ArrayRef> {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values([text])) };
        let number = |number: i32| -> ArrayRef { Arc::new(Int32Array::from_iter_values([number])) };
        match field.name().as_str() {
            column::START => return Some(number(self.start)),
            column::REFERENCE_BASES => return Some(text(&self.reference)),
            column::ALTERNATE_BASES => return Some(text(&self.alternate)),
            _ if !is_sequence(&self.alternate) => return None,
            _ => {}
        }
        match field.name().as_str() {
            column::END => Some(number(self.start.checked_add(i32::try_from(self.reference.len()).ok()?)?)),
            column::VARIANT_TYPE => {
                Some(text(VariantType::of_bases(&self.reference, &self.alternate).name()))
            }
            column::SV_LENGTH => Some(Arc::clone(&NO_LENGTH)),
            _ => None,
        }
    }
}
