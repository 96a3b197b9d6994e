//! Proves rules by their own examples: every `leaks` is found by its rule, no `safe` is.

use super::scan::Scanner;
use crate::policy::Policy;
use crate::policy::pack::expand;

/// An example that came out otherwise than its rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// The example as written in the pack; expanded examples are secret-shaped and not shown.
    pub example: String,
    /// What happened instead.
    pub problem: String,
}

/// Judges every example of every rule of `policy`, in order.
#[must_use]
pub fn prove(policy: &Policy, scanner: &Scanner) -> Vec<Failure> {
    let mut failures = Vec::new();
    for rule in policy.secrets() {
        // Rules bound to some paths would win over others they share a shape with.
        let bound = rule.paths.iter().any(|glob| !glob.starts_with('!'));
        let path = if bound { None } else { Some("example") };
        for (examples, expected) in [(&rule.leaks, true), (&rule.safe, false)] {
            for example in examples {
                let text = expand(example);
                let (sightings, _) = scanner.scan(text.as_bytes(), path, &|_| Vec::new());
                let found: Vec<&str> = sightings
                    .iter()
                    .map(|sighting| scanner.rules().rule(sighting.rule).spec.id.as_str())
                    .collect();
                if found.contains(&rule.id.as_str()) != expected {
                    let problem = match (expected, found.is_empty()) {
                        (true, true) => "a leak that is not found".to_owned(),
                        (true, false) => {
                            format!("a leak that is found by {} instead", found.join(", "))
                        }
                        (false, _) => "safe, but found".to_owned(),
                    };
                    failures.push(Failure {
                        rule: rule.id.clone(),
                        example: example.clone(),
                        problem,
                    });
                }
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_rules_are_what_their_examples_say() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let failures: Vec<String> = prove(&policy, &scanner)
            .iter()
            .map(|failure| {
                format!(
                    "{}: {} ({})",
                    failure.rule, failure.problem, failure.example
                )
            })
            .collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
