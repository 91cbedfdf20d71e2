//! What a question is asked for.

use super::record::Record;
use crate::Purpose;

/// Writes a purpose.
pub(super) fn fields(purpose: &Purpose) -> Record {
    let Purpose { intended, diseases, methods, commercial, project, case } = purpose;
    Record::default()
        .text("use", intended.code())
        .texts_as_set("disease", diseases)
        .flag("methods", *methods)
        .flag("commercial", *commercial)
        .optional_text("project", project.as_deref())
        .optional_text("case", case.as_deref())
}
