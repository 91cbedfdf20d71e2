//! Each kind of question, at random, against a scan of the same file that shares no code with Fyr.

use std::{collections::BTreeSet, path::Path};

use fyr_ingest::IngestOptions;
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient, naive::read_text, shared::Shared};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// One allele that somebody carries, as the file has it: interbase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Site {
    contig: String,
    start: i64,
    end: i64,
    reference: String,
    alternate: String,
    kind: &'static str,
    length: i64,
}

fn info<'a>(info: &'a str, key: &str) -> Option<&'a str> {
    info.split(';').find_map(|field| field.strip_prefix(key)?.strip_prefix('='))
}

/// The ALT numbers that anybody carries, by the genotypes or by AC.
fn carried(fields: &[&str], number: usize) -> bool {
    if fields.len() > 9 {
        let has = |sample: &&str| {
            let genotype = sample.split(':').next().unwrap();
            genotype.split(['/', '|']).any(|allele| allele == number.to_string())
        };
        return fields[9..].iter().any(has);
    }
    let counts = info(fields[7], "AC").unwrap_or("0");
    counts.split(',').nth(number - 1).is_some_and(|count| count.parse::<u64>().unwrap_or(0) > 0)
}

fn scan(path: &Path) -> Vec<Site> {
    let text = read_text(path).unwrap();
    let mut sites = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        for (number, alternate) in (1..).zip(fields[4].split(',')) {
            if carried(&fields, number)
                && let Some(site) = site(&fields, alternate)
            {
                sites.insert(site);
            }
        }
    }
    sites.into_iter().collect()
}

/// Reads sequences, and those symbolic alleles whose END is all there is to know of them.
fn site(fields: &[&str], alternate: &str) -> Option<Site> {
    let mut start = fields[1].parse::<i64>().unwrap() - 1;
    let (mut r, mut a) = (fields[3].to_uppercase(), alternate.to_owned());
    let contig = fields[0].trim_start_matches("chr").to_owned();
    let (end, kind, length);
    if a.bytes().all(|base| b"ACGTNacgtn".contains(&base)) {
        a = a.to_uppercase();
        while r.len() > 1 && a.len() > 1 && r.as_bytes().last() == a.as_bytes().last() {
            r.pop();
            a.pop();
        }
        while r.len() > 1 && a.len() > 1 && r.as_bytes()[0] == a.as_bytes()[0] {
            r.remove(0);
            a.remove(0);
            start += 1;
        }
        end = start + r.len() as i64;
        let anchored = r.as_bytes()[0] == a.as_bytes()[0];
        kind = match (r.len(), a.len()) {
            (1, 1) => "SNP",
            (1, _) if anchored => "INS",
            (_, 1) if anchored => "DEL",
            (x, y) if x == y => "MNP",
            _ => "DELINS",
        };
        length = if r.len() == a.len() { r.len() as i64 } else { (r.len() as i64 - a.len() as i64).abs() };
    } else {
        let symbol = a.strip_prefix('<')?.strip_suffix('>')?;
        kind = match symbol.split(':').next()? {
            "DEL" => "DEL",
            "DUP" => "DUP",
            "INV" => "INV",
            copies if copies.starts_with("CN") => "CNV",
            // Insertions are told apart by more than their place.
            _ => return None,
        };
        end = info(fields[7], "END")?.parse::<i64>().unwrap().max(start + r.len() as i64);
        length = end - start - 1;
    }
    Some(Site { contig, start, end, reference: r, alternate: a, kind, length })
}

fn includes(code: u8, base: u8) -> bool {
    let codes: &[(u8, &[u8])] =
        &[(b'N', b"ACGTN"), (b'R', b"AG"), (b'Y', b"CT"), (b'S', b"CG"), (b'W', b"AT")];
    code == base || codes.iter().any(|(c, bases)| *c == code && bases.contains(&base))
}

fn fits(pattern: &str, bases: &str) -> bool {
    let all = |(code, base)| includes(code, base);
    pattern == bases || pattern.len() == bases.len() && pattern.bytes().zip(bases.bytes()).all(all)
}

/// A question, and which sites it means.
type Question = (String, Box<dyn Fn(&Site) -> bool>);

fn question(random: &mut ChaCha8Rng, sites: &[Site]) -> Question {
    let near = sites.choose(random).unwrap().clone();
    let (from, to) = (near.start - random.random_range(0..200), near.end + random.random_range(0..200));
    let (from, to) = (from.max(0), to.max(from + 1));
    let contig = near.contig.clone();
    let place = move |site: &Site| site.contig == near.contig && site.start < to && from < site.end;
    let kind = *["SNP", "INS", "DEL", "DUP", "MNP", "DELINS"].choose(random).unwrap();
    let narrow = |more: String| format!("referenceName={contig}&start={from}&end={to}{more}");
    // Files of structural variants have no single bases to ask for.
    let kinds = if sites.iter().any(|site| site.kind == "SNP") { 7 } else { 6 };
    match random.random_range(0..kinds) {
        0 => (narrow(String::new()), Box::new(place)),
        1 => (narrow(format!("&variantType={kind}")), Box::new(move |site| place(site) && site.kind == kind)),
        2 => {
            let (least, most) = (random.random_range(0..5), random.random_range(1..2_000));
            let (least, most) = (i64::min(least, most), i64::max(least, most));
            let text = narrow(format!("&variantMinLength={least}&variantMaxLength={most}"));
            (text, Box::new(move |site| place(site) && (least..=most).contains(&site.length)))
        }
        3 => {
            let share = random.random_range(10..=100);
            let overlap = move |site: &Site| {
                // The base before a symbolic event is not changed.
                let symbolic = site.alternate.starts_with('<') && site.start + 1 < site.end;
                let start = if symbolic { site.start + 1 } else { site.start };
                let shared = to.min(site.end) - from.max(start);
                shared > 0
                    && shared * 100 >= (to - from) * share
                    && shared * 100 >= (site.end - start) * share
            };
            let text = narrow(format!("&reciprocalOverlap={share}"));
            (text, Box::new(move |site| place(site) && overlap(site)))
        }
        4 => {
            let (width, after) = (random.random_range(1..500), random.random_range(0..300));
            let end_from = (from + after).max(1);
            let end_to = end_from + random.random_range(1..5_000);
            let contig = contig.clone();
            let text =
                format!("referenceName={contig}&start={from},{}&end={end_from},{end_to}", from + width);
            let within = move |site: &Site| {
                site.contig == contig
                    && (from..from + width).contains(&site.start)
                    && (end_from..end_to).contains(&site.end)
            };
            (text, Box::new(within))
        }
        5 => {
            let pattern = *["N", "R", "Y", "S", "W", "A", "CN", "NN"].choose(random).unwrap();
            let text = narrow(format!("&alternateBases={pattern}"));
            (text, Box::new(move |site| place(site) && fits(pattern, &site.alternate)))
        }
        _ => {
            let known = sites.choose(random).unwrap().clone();
            let sequence = known.reference.len() == 1 && !known.alternate.starts_with('<');
            let known =
                if sequence { known } else { sites.iter().find(|s| s.kind == "SNP").unwrap().clone() };
            let code = *["N", "R", "Y", "S", "W"].choose(random).unwrap();
            let Site { contig, start, reference, .. } = known;
            let text = format!(
                "referenceName={contig}&start={start}&referenceBases={reference}&alternateBases={code}"
            );
            let wild = move |site: &Site| {
                (&site.contig, site.start, &site.reference) == (&contig, start, &reference)
                    && fits(code, &site.alternate)
            };
            (text, Box::new(wild))
        }
    }
}

async fn compare(shared: &Shared, file: &str, assembly: Assembly, questions: usize) {
    let path = shared.path(&format!("data/vcf/{file}"));
    let sites = scan(&path);
    let directory = tempfile::tempdir().unwrap();
    let options = IngestOptions::new("", "D", assembly, vec![path]);
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let spec = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let client = RestClient::new(&network.nodes[0].beacon());
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (mut found, mut nothing) = (0, 0);
    for _ in 0..questions {
        let (parameters, is_meant) = question(&mut random, &sites);
        let path =
            format!("/g_variants?assemblyId={assembly}&{parameters}&requestedGranularity=record&limit=0");
        let (status, body) = client.get(&path).await.unwrap();
        assert_eq!(status, 200, "{file}: {parameters}: {body}");
        let expected: BTreeSet<_> = sites
            .iter()
            .filter(|site| is_meant(site))
            .map(|s| (s.start, s.end, s.reference.clone()))
            .collect();
        let none = Vec::new();
        let results = body["response"]["resultSets"][0]["results"].as_array().unwrap_or(&none);
        // What the scan leaves out is left out here too.
        let scanned = results.iter().filter(|result| {
            let id = result["variantInternalId"].as_str().unwrap();
            !["<INS", "<BND", "<CPX", "<CTX", "<UNK", "[", "]"].iter().any(|text| id.contains(text))
        });
        let told: BTreeSet<_> = scanned
            .map(|result| {
                let place = &result["variation"]["location"]["interval"];
                let at = |side: &str| place[side]["value"].as_i64().unwrap();
                let bases = result["variation"]["referenceBases"].as_str().unwrap().to_owned();
                (at("start"), at("end"), bases)
            })
            .collect();
        assert_eq!(told, expected, "{file}: {parameters}");
        *if expected.is_empty() { &mut nothing } else { &mut found } += 1;
    }
    println!("{file}: {} alleles, {found} questions with an answer, {nothing} without", sites.len());
    assert!(found > questions / 4, "{found} of {questions}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_questions_to_genotypes() {
    let Some(shared) = Shared::find("random_questions_to_genotypes") else { return };
    compare(&shared, "1000g/all2504.chr22_16.05-16.64Mb.GRCh37.vcf.gz", Assembly::GRCH37, 300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_questions_to_frequencies() {
    let Some(shared) = Shared::find("random_questions_to_frequencies") else { return };
    compare(&shared, "sites/gnomad.exomes.v2.1.PCSK9.GRCh37.vcf.gz", Assembly::GRCH37, 300).await;
}

/// Alleles of which VEP says something that a test looks for.
fn annotated(path: &Path, says: impl Fn(&[&str]) -> bool) -> BTreeSet<(i64, String, String)> {
    let text = read_text(path).unwrap();
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let entries = info(fields[7], "vep").unwrap_or_default();
        let is_said = entries.split(',').any(|entry| says(&entry.split('|').collect::<Vec<_>>()));
        assert!(!fields[4].contains(','), "one allele a record");
        if is_said && carried(&fields, 1) {
            let site = site(&fields, fields[4]).unwrap();
            found.insert((site.start, site.reference, site.alternate));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_by_gene_and_consequence() {
    let Some(shared) = Shared::find("questions_by_gene_and_consequence") else { return };
    let path = shared.path("data/vcf/sites/gnomad.exomes.v2.1.PCSK9.GRCh37.vcf.gz");
    let header = read_text(&path).unwrap();
    let line = header.lines().find(|line| line.starts_with("##INFO=<ID=vep,")).unwrap();
    let names: Vec<&str> = line.split("Format: ").nth(1).unwrap().split('|').collect();
    let at = |name: &str| names.iter().position(|n| n.trim_matches(['"', '>']) == name).unwrap();
    let (consequence, symbol, protein) = (at("Consequence"), at("SYMBOL"), at("HGVSp"));
    let directory = tempfile::tempdir().unwrap();
    let mut options = IngestOptions::new("", "D", Assembly::GRCH37, vec![path.clone()]);
    options.genes = Some(shared.path("data/genes/ncbiRefSeqSelect.hg37.txt.gz"));
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let spec = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let client = RestClient::new(&network.nodes[0].beacon());
    let mut answered = 0;
    let ask = async |parameters: String, expected: BTreeSet<(i64, String, String)>| {
        let path = format!("/g_variants?{parameters}&requestedGranularity=record&limit=0");
        let (status, body) = client.get(&path).await.unwrap();
        assert_eq!(status, 200, "{parameters}: {body}");
        let none = Vec::new();
        let results = body["response"]["resultSets"][0]["results"].as_array().unwrap_or(&none);
        let told: BTreeSet<_> = results
            .iter()
            .map(|result| {
                let variation = &result["variation"];
                let bases = |side: &str| variation[side].as_str().unwrap().to_owned();
                let start = variation["location"]["interval"]["start"]["value"].as_i64().unwrap();
                (start, bases("referenceBases"), bases("alternateBases"))
            })
            .collect();
        assert_eq!(told, expected, "{parameters}");
        !expected.is_empty()
    };
    for term in
        ["missense_variant", "synonymous_variant", "stop_gained", "frameshift_variant", "intron_variant"]
    {
        let says =
            |entry: &[&str]| entry[symbol] == "PCSK9" && entry[consequence].split('&').any(|c| c == term);
        let expected = annotated(&path, says);
        answered += usize::from(ask(format!("geneId=PCSK9&molecularEffect={term}"), expected).await);
    }
    let changes: BTreeSet<String> = annotated_values(&header, protein);
    assert!(changes.len() > 20, "{}", changes.len());
    for change in changes.iter().step_by(3) {
        let expected = annotated(&path, |entry| entry[protein].ends_with(change.as_str()));
        answered += usize::from(ask(format!("aminoacidChange={change}"), expected).await);
    }
    println!("{answered} questions by gene, consequence and protein");
    assert!(answered > 10, "{answered}");
    network.stop().await;
}

/// The substitutions of residues that a file tells of: `p.Arg46Leu`.
fn annotated_values(text: &str, protein: usize) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entries =
        lines.flat_map(|line| info(line.split('\t').nth(7).unwrap(), "vep").unwrap_or_default().split(','));
    let changes =
        entries.filter_map(|entry| entry.split('|').nth(protein)?.split_once(':').map(|(_, change)| change));
    let is_plain = |change: &&str| change.chars().skip(2).all(|c| c.is_ascii_alphanumeric());
    changes.filter(is_plain).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_questions_to_structural_variants() {
    let Some(shared) = Shared::find("random_questions_to_structural_variants") else { return };
    compare(&shared, "sv/gatksv_bwa_melt.chr22.GRCh38.vcf.gz", Assembly::GRCH38, 300).await;
}

/// A paired breakend: its place, and that of its mate.
type Ends = ((String, i64), (String, i64));

fn breakends(path: &Path) -> Vec<Ends> {
    let text = read_text(path).unwrap();
    let mut ends = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let Some(mate) = fields[4].split(['[', ']']).nth(1).filter(|_| carried(&fields, 1)) else { continue };
        let place = |contig: &str, position: &str| {
            (contig.trim_start_matches("chr").to_owned(), position.parse::<i64>().unwrap() - 1)
        };
        let (contig, position) = mate.rsplit_once(':').unwrap();
        ends.insert((place(fields[0], fields[1]), place(contig, position)));
    }
    ends.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_questions_to_breakends() {
    let Some(shared) = Shared::find("random_questions_to_breakends") else { return };
    let path = shared.path("data/vcf/sv/gatksv_1kgp_test.merged.GRCh38.vcf.gz");
    let ends = breakends(&path);
    let directory = tempfile::tempdir().unwrap();
    let options = IngestOptions::new("", "D", Assembly::GRCH38, vec![path]);
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let spec = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let client = RestClient::new(&network.nodes[0].beacon());
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut found = 0;
    for _ in 0..300 {
        // Around one end or the other, with the sequence of its mate.
        let (here, there) = ends.choose(&mut random).unwrap().clone();
        let (here, there) = if random.random() { (here, there) } else { (there, here) };
        let from = (here.1 - random.random_range(0..300)).max(0);
        let to = here.1 + random.random_range(-100..300);
        if to <= from {
            continue;
        }
        let lies = |end: &(String, i64)| end.0 == here.0 && (from..to).contains(&end.1);
        let direct: BTreeSet<_> = ends.iter().filter(|(end, mate)| lies(end) && mate.0 == there.0).collect();
        // By its other end a breakend is told only if the end that is asked about is not there.
        let is_told = |end: &(String, i64)| direct.iter().any(|(_, mate)| mate == end);
        let others = ends.iter().filter(|(end, mate)| end.0 == there.0 && lies(mate) && !is_told(end));
        let expected: BTreeSet<_> =
            direct.iter().copied().chain(others).map(|(end, _)| end.clone()).collect();
        let path = format!(
            "/g_variants?assemblyId=GRCh38&referenceName={}&start={from}&end={to}&mateName={}\
             &requestedGranularity=record&limit=0",
            here.0, there.0
        );
        let (status, body) = client.get(&path).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        let none = Vec::new();
        let results = body["response"]["resultSets"][0]["results"].as_array().unwrap_or(&none);
        let told: BTreeSet<_> = results
            .iter()
            .map(|result| {
                let contig =
                    result["variantInternalId"].as_str().unwrap().split('-').nth(1).unwrap().to_owned();
                (contig, result["variation"]["location"]["interval"]["start"]["value"].as_i64().unwrap())
            })
            .collect();
        assert_eq!(told, expected, "{path}");
        found += usize::from(!expected.is_empty());
    }
    println!("{} breakends, {found} questions with an answer", ends.len());
    assert!(found > 100, "{found}");
    network.stop().await;
}
