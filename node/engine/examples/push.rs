#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
use fyr_engine::*;
use fyr_schemas::*;
use std::time::Instant;
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let n: u64 = a[2].parse().unwrap();
    let shuffle = a.get(3).is_some();
    let store = Store::open(std::path::Path::new(&a[1])).await.unwrap();
    let people: Vec<Individual> = (0..2504)
        .map(|i| Individual { id: format!("S{i:04}"), sex: Sex::Unknown, populations: vec![], family: None })
        .collect();
    let spec = SegmentSpec {
        dataset: "A".into(),
        assembly: Assembly::Grch38,
        kind: DatasetKind::Individual,
        normalised: false,
        annotated: false,
        replace: false,
        sources: vec![SourceFile { name: "x".into(), blake3: "00".into(), bytes: 1 }],
        individuals: people,
        shards: vec![(0..2504).collect()],
    };
    let mut w = store.begin(spec).await.unwrap();
    let t = Instant::now();
    let mut s = 88172645463325252u64;
    let mut r = move || {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        s
    };
    let per = n / 22;
    let bases = ["A", "C", "G", "T"];
    let mut waited = 0.0;
    for c in 1..=22u32 {
        let contig = Contig::resolve(&c.to_string(), Assembly::Grch38).unwrap();
        let mut pos = 10_000u64;
        let mut left = per;
        while left > 0 {
            let k = left.min(16_384);
            left -= k;
            let mut rows = Vec::with_capacity(k as usize);
            for _ in 0..k {
                pos += 1 + r() % 50;
                let x = r();
                let ac = if x & 1 == 0 {
                    1
                } else {
                    let u = (r() >> 11) as f64 / (1u64 << 53) as f64;
                    (u * (1250f64).ln()).exp() as usize
                };
                let mut carriers = Carriers::default();
                if ac <= 40 {
                    for _ in 0..ac {
                        carriers.het.insert((r() % 2504) as u32);
                    }
                } else {
                    let step = 2504 / ac.min(2504) as u64;
                    let mut i = r() % step.max(1);
                    while i < 2504 {
                        carriers.het.insert(i as u32);
                        i += 1 + r() % (2 * step.max(1));
                    }
                }
                let p = if shuffle { 10_000 + r() % (per * 25) } else { pos };
                let b = (x >> 8) as usize % 4;
                let variant = Variant {
                    contig: contig.clone(),
                    interval: Interbase::new(p, p + 1).unwrap(),
                    reference_bases: bases[b].into(),
                    alternate_bases: bases[(b + 1 + (x >> 10) as usize % 3) % 4].into(),
                    variant_type: VariantType::Snp,
                    sv_length: None,
                };
                rows.push(GenotypeRow {
                    variant,
                    ids: vec![],
                    filters: vec!["PASS".into()],
                    shard: 0,
                    carriers,
                    annotation: Annotation::default(),
                });
            }
            let u = Instant::now();
            w.push_genotypes(rows).await.unwrap();
            waited += u.elapsed().as_secs_f64();
        }
    }
    println!("pushed {:.1} s, of which waited {waited:.1}", t.elapsed().as_secs_f64());
    let sum = w.finish().await.unwrap();
    println!(
        "{} rows {} bytes dup {} {:.1} s",
        sum.variants,
        sum.bytes,
        sum.duplicates,
        t.elapsed().as_secs_f64()
    );
}
