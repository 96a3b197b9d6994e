use std::time::Instant;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let t0 = Instant::now();
    let policy = stackguard::policy::Policy::new(stackguard::policy::embedded()).unwrap();
    let scanner = stackguard::secrets::Scanner::new(&policy).unwrap();
    eprintln!("start {:?}", t0.elapsed());
    let mut files = vec![];
    for e in ignore::WalkBuilder::new(&dir)
        .hidden(false)
        .build()
        .flatten()
    {
        if e.file_type().is_some_and(|t| t.is_file())
            && !e.path().components().any(|c| c.as_os_str() == ".git")
        {
            files.push((
                e.path().to_string_lossy().into_owned(),
                std::fs::read(e.path()).unwrap(),
            ));
        }
    }
    let total: usize = files.iter().map(|f| f.1.len()).sum();
    let t = Instant::now();
    let mut hits = 0u64;
    for (_, b) in &files {
        scanner
            .rules()
            .prefilter()
            .find(b, 0..b.len(), |_, _| hits += 1);
    }
    eprintln!(
        "prefilter {} MB {:?} {:.0} MB/s hits {}",
        total / 1000000,
        t.elapsed(),
        total as f64 / 1e6 / t.elapsed().as_secs_f64(),
        hits
    );
    let t = Instant::now();
    let mut n = 0;
    for (p, b) in &files {
        let (s, _) = scanner.scan(b, &|_| vec![]);
        for s in s {
            let r = scanner.rules().rule(s.rule);
            if !r.applies_to(p) {
                continue;
            }
            n += 1;
            println!(
                "{}\t{}\t{}:{}\t{}\t{}",
                r.spec.id,
                s.severity,
                p.strip_prefix(&dir).unwrap_or(p),
                s.start.line,
                s.made_up,
                s.snippet.text().chars().take(170).collect::<String>()
            );
        }
    }
    eprintln!(
        "scan {:?} {:.0} MB/s findings {n}",
        t.elapsed(),
        total as f64 / 1e6 / t.elapsed().as_secs_f64()
    );
}
