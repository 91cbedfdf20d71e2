//! What a cell says, as spreadsheets write it: quotes around a text that holds a separator, and whole ids in a column
//! of codes.

use fyr_schemas::model::canonical_curie;

/// Returns a text without the quotes that a spreadsheet puts around it, and doubles within.
///
/// # Errors
///
/// A quote that does not end.
pub(super) fn plain(text: &str) -> Result<String, String> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix('"') else { return Ok(text.to_owned()) };
    let inner = rest.strip_suffix('"').ok_or_else(|| unbalanced(text))?;
    let marks = inner.replace("\"\"", "");
    if marks.contains('"') {
        Err(unbalanced(text))
    } else {
        Ok(inner.replace("\"\"", "\"").trim().to_owned())
    }
}

fn unbalanced(text: &str) -> String {
    format!("the quotes of `{text}` do not match: quote a whole cell, or nothing of it")
}

/// Returns the values of a cell: quotes are around all of them, or around each.
pub(super) fn split(cell: &str, separator: Option<&str>) -> Result<Vec<String>, String> {
    let Some(separator) = separator.filter(|separator| !separator.is_empty()) else {
        return Ok(vec![plain(cell)?]);
    };
    let each = |text: &str| text.split(separator).map(plain).collect();
    match plain(cell) {
        Ok(whole) if !whole.contains('"') => each(&whole),
        _ => each(cell),
    }
}

/// Returns the CURIE that a text stands for, with the prefix of its column where it has none.
///
/// # Errors
///
/// A text that stands for none, or has another prefix.
pub(super) fn term(text: &str, prefix: Option<&str>) -> Result<String, String> {
    let whole = canonical_curie(text);
    let Some(prefix) = prefix else {
        return whole.ok_or_else(|| {
            format!("`{text}` is not a CURIE, such as HP:0001250: give the column a `prefix`, or say with `terms` what its words mean")
        });
    };
    let of_column = |id: &String| id.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(prefix));
    match whole {
        Some(id) if of_column(&id) => Ok(id),
        Some(_) => Err(format!(
            "`{text}` has another prefix than its column, {prefix}: leave `prefix` out where cells have whole ids"
        )),
        None => canonical_curie(&format!("{prefix}:{text}"))
            .ok_or_else(|| format!("`{text}` is no code: {prefix}:{text} would be found by nobody")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a spreadsheet does to a cell, its values are those that were put in.
        #[test]
        fn quotes_of_spreadsheets_make_no_difference(
            values in prop::collection::vec("[A-Z][0-9]{1,3}", 1..4),
            separator in prop_oneof![Just(","), Just(";"), Just("|")],
            way in 0usize..4,
        ) {
            let plain = values.join(separator);
            let cell = match way {
                0 => plain,
                1 => format!("\"{plain}\""),
                2 => format!(" \"{plain}\" "),
                _ => values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(separator),
            };
            prop_assert_eq!(split(&cell, Some(separator)), Ok(values), "{}", cell);
        }

        /// A code has one id, however its column and its cell have the prefix.
        #[test]
        fn prefixes_count_once(code in "[0-9]{3,7}", way in 0usize..7, with_prefix: bool) {
            let text = [
                format!("HP:{code}"),
                format!("hp:{code}"),
                format!("HP:HP:{code}"),
                format!("HP:HP_{code}"),
                format!("http://purl.obolibrary.org/obo/HP_{code}"),
                code.clone(),
                format!("HP_{code}"),
            ];
            let bare = way >= 5;
            let expected = format!("HP:{code}");
            let found = term(&text[way], Some("HP").filter(|_| with_prefix || bare));
            prop_assert_eq!(found, Ok(expected), "{}", text[way]);
        }

        #[test]
        fn no_id_has_what_no_question_can_name(text in "[ -~]{1,12}", prefix in prop_oneof![Just(None), Just(Some("ICD10"))]) {
            if let Ok(id) = term(&text, prefix) {
                prop_assert_eq!(canonical_curie(&id), Some(id.clone()), "{}", text);
            }
        }
    }

    #[test]
    fn quotes_that_do_not_match_are_refused() {
        for (cell, separator) in [
            ("\"E10", None),
            ("\"E10", Some(",")),
            ("\"E10,I10", Some(",")),
            ("\"a\" b\"", None),
            ("\"", None),
        ] {
            assert!(split(cell, separator).is_err(), "{cell}");
        }
        for (cell, expected) in [
            ("\"say \"\"no\"\"\"", "say \"no\""),
            ("5\"", "5\""),
            ("the \"new\" one", "the \"new\" one"),
            ("\"\"", ""),
            ("  x ", "x"),
        ] {
            assert_eq!(split(cell, None), Ok(vec![expected.to_owned()]), "{cell}");
        }
        for (text, prefix) in
            [("E 10", Some("ICD10")), ("OMIM:1", Some("HP")), ("seizure", None), ("E10\"", Some("ICD10"))]
        {
            assert!(term(text, prefix).is_err(), "{text}");
        }
    }
}
