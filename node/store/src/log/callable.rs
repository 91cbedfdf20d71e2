//! What is stated of the files of a segment: where they would have listed whatever their people carry.
//!
//! Regions are kept once, under the hash of what they are, however many segments state them, in `callable/`: Parquet, one
//! row a region. No segment changes them; what no segment states any more is deleted.

use arrow::datatypes::{DataType, Field, Fields, Schema};
use futures::executor::block_on;
use fyr_schemas::{Contig, Interbase};
use serde::{Deserialize, Serialize};

use super::{layout::EXTENSION, place::StorePlace};
use crate::{StoreError, blobs::BlobName, file::rows, regions::Regions};

/// The directory of regions.
pub(super) const DIRECTORY: &str = "callable";

/// Where the files of a segment would have listed whatever their people carry, as whoever loaded them stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callable {
    /// What it is called: the name of the file, or `whole-genome`.
    pub name: String,
    /// BLAKE3 of what the regions are, in hexadecimal; none where it is everywhere.
    pub regions: Option<String>,
}

/// A row of a file of regions.
#[derive(Serialize, Deserialize)]
struct RegionRow {
    contig: String,
    start: u32,
    end: u32,
}

/// The column of `segments`.
pub(crate) fn callable_field() -> Field {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let fields = Fields::from(vec![text("name", false), text("regions", true)]);
    Field::new("callable", DataType::Struct(fields), true)
}

/// Returns the name of the regions of a hash.
pub(super) fn name_of(hash: &str) -> Result<BlobName, StoreError> {
    BlobName::new(format!("{DIRECTORY}/{hash}.{EXTENSION}"))
}

/// Keeps regions under their hash, unless they are kept already. Blocks.
pub(crate) fn keep(place: &StorePlace, hash: &str, regions: &Regions) -> Result<(), StoreError> {
    let scratch = place.blobs().scratch()?;
    let path = scratch.path().join("regions");
    let file = std::fs::File::create_new(&path).map_err(StoreError::io("staging regions"))?;
    let row = |(contig, region): (&Contig, Interbase)| RegionRow {
        contig: contig.name().to_owned(),
        start: region.start(),
        end: region.end(),
    };
    let number = |name| Field::new(name, DataType::Int32, false);
    let columns = vec![Field::new("contig", DataType::Utf8, false), number("start"), number("end")];
    let all: Vec<_> = regions.iter().map(row).collect();
    drop(rows::write(file, Schema::new(columns).into(), &all)?);
    // Whoever was first kept the same.
    block_on(place.blobs().put_file_if_absent(&name_of(hash)?, &path)).map(drop)
}

/// Reads regions that a segment states. Blocks.
///
/// # Errors
///
/// They are not there, or damaged.
pub fn read(place: &StorePlace, hash: &str) -> Result<Regions, StoreError> {
    let name = name_of(hash)?;
    let rows: Vec<RegionRow> = rows::read(place.read(name.as_str())?, name.as_str())?;
    let mut regions = Regions::default();
    for RegionRow { contig, start, end } in rows {
        let damaged = || StoreError::Corrupt(format!("`{name}` is not as it was written"));
        let contig = Contig::canonical(&contig).map_err(|_| damaged())?;
        regions.add(&contig, Interbase::new(start.into(), end.into()).map_err(|_| damaged())?);
    }
    Ok(regions)
}
