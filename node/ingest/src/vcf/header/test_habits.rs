//! Header lines as tools write them, which mean nothing to the records: whatever the habit, the line is understood.

use proptest::prelude::*;

use super::*;

/// A text as it is meant, and one of the ways in which tools write it.
fn description() -> impl Strategy<Value = (String, String)> {
    let words = prop::collection::vec(
        prop::sample::select(vec![
            "depth",
            "a,b",
            "x = y",
            "5'>3'",
            "(Number of \"good\" reads)",
            "q\u{e9}",
            "Format: A|B",
            "<x>",
        ]),
        1..5,
    );
    (words, any::<bool>()).prop_map(|(words, is_quoted)| {
        let text = words.join(" ");
        // Without quotation marks, a comma before what looks like a field would end the text.
        let written =
            if is_quoted || text.contains(['"', '=']) { format!("\"{text}\"") } else { text.clone() };
        (text, written)
    })
}

/// A line of INFO or FORMAT, its id and its description.
fn line() -> impl Strategy<Value = (String, String, String)> {
    let kind = prop::sample::select(vec!["INFO", "FORMAT"]);
    let id = prop::sample::select(vec!["AC", "AN", "GT", "END", "DP", "SVLEN", "1000G", "X_y.2"]);
    let number = prop::sample::select(vec!["0", "1", "A", "R", "G", ".", "?", "N", "-1", "unknown"]);
    let type_name =
        prop::sample::select(vec!["Integer", "Float", "Flag", "String", "Character", "Int", "text"]);
    let more = prop::sample::select(vec!["", "Source=tool", "Version=\"1, 2\"", "IDX=7"]);
    let blanks =
        (prop::sample::select(vec![",", ", ", " ,", " , "]), prop::sample::select(vec!["=", "= ", " = "]));
    (kind, id, number, type_name, description(), more, blanks).prop_map(
        |(kind, id, number, type_name, (text, written), more, (comma, equals))| {
            let mut fields = vec![
                format!("ID{equals}{id}"),
                format!("Number{equals}{number}"),
                format!("Type{equals}{type_name}"),
                format!("Description{equals}{written}"),
            ];
            fields.extend((!more.is_empty()).then(|| more.to_owned()));
            let blank = if comma.ends_with(' ') { " " } else { "" };
            (format!("##{kind}=<{}>{blank}", fields.join(comma)), id.to_owned(), text)
        },
    )
}

/// The bytes of a text in UTF-8, or in Latin-1.
fn encoded(text: &str, is_latin: bool) -> Vec<u8> {
    if is_latin { text.chars().map(|c| u8::try_from(c).unwrap()).collect() } else { text.as_bytes().to_vec() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn habits_are_understood(
        lines in prop::collection::vec(line(), 0..12),
        is_latin in any::<bool>(),
        version in prop::sample::select(vec!["##fileformat=VCFv4.2", "##fileformat= VCFv4.3 ", "##fileformat = VCFv4.1"]),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let mut text = encoded(&format!("{version}{line_end}"), false);
        for (line, ..) in &lines {
            text.extend(encoded(line, is_latin));
            text.extend_from_slice(line_end.as_bytes());
        }
        text.extend_from_slice(format!("{}{line_end}", COLUMNS.join("\t")).as_bytes());
        let header = parse(&text).unwrap();
        prop_assert_eq!((header.unread, header.lines), (0, lines.len() as u64 + 2));
        for (line, id, _) in lines.iter().filter(|(line, ..)| line.starts_with("##INFO")) {
            prop_assert!(header.info.contains_key(id), "{}", line);
        }
    }

    #[test]
    fn a_description_is_what_was_meant((line, id, text) in line()) {
        let (kind, value) = line.strip_prefix("##").unwrap().split_once('=').unwrap();
        let fields = Structured::parse(kind, value).unwrap();
        prop_assert_eq!(fields.id(), Ok(id.as_str()));
        prop_assert_eq!(fields.get("Description"), Some(text.as_str()), "{}", line);
    }

    /// No line of meta-information stops a file.
    #[test]
    fn what_is_not_understood_is_counted(line in prop::collection::vec(any::<u8>(), 0..60)) {
        let line: Vec<u8> = line.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect();
        let columns = COLUMNS.join("\t");
        let text = [b"##fileformat=VCFv4.2\n##", line.as_slice(), b"\n", columns.as_bytes(), b"\n"].concat();
        prop_assert!(parse(&text).unwrap().unread <= 1);
    }
}
