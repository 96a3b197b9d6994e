//! One document from standard input.

use super::{
    Blob, Content, IN_MEMORY, Lines, Outcome, Scope, ScopeKind, Source, SourceError, Stats,
};
use crate::finding::RepoPath;
use std::io::Read;
use std::sync::Mutex;

/// Standard input, read once.
pub struct Stdin {
    path: RepoPath,
    input: Mutex<Option<Box<dyn Read + Send>>>,
}

impl Stdin {
    /// Reads standard input as if it were the file at `path`.
    #[must_use]
    pub fn new(path: Option<RepoPath>) -> Self {
        Self::from_reader(path, Box::new(std::io::stdin()))
    }

    /// Reads `input` instead.
    #[must_use]
    pub fn from_reader(path: Option<RepoPath>, input: Box<dyn Read + Send>) -> Self {
        Self {
            path: path.unwrap_or_else(|| RepoPath::new("<stdin>")),
            input: Mutex::new(Some(input)),
        }
    }
}

impl Source for Stdin {
    fn scope(&self) -> Scope {
        Scope {
            kind: ScopeKind::Stdin,
            root: ".".to_owned(),
            head: None,
        }
    }

    fn each(
        &self,
        _threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError> {
        let input = self
            .input
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        let mut input = input
            .ok_or_else(|| SourceError::new("standard input was read already", "read it once"))?;
        let mut head = Vec::new();
        // One byte more than is held tells whether there is more.
        input
            .by_ref()
            .take(IN_MEMORY + 1)
            .read_to_end(&mut head)
            .map_err(|error| {
                SourceError::new(
                    format!("standard input cannot be read: {error}"),
                    "pipe a document into it, or name a PATH",
                )
            })?;
        let content = if head.len() as u64 > IN_MEMORY {
            Content::Stream(Box::new(std::io::Cursor::new(head).chain(input)), 0)
        } else {
            Content::Bytes(&head)
        };
        visit(Blob {
            path: self.path.clone(),
            content,
            lines: Lines::All,
            moved_from: None,
            commit: None,
        });
        Ok(Outcome {
            stats: Stats {
                files: 1,
                ..Stats::default()
            },
            ..Outcome::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::{run, try_run};

    #[test]
    fn a_document_has_the_path_it_is_given() {
        let source = Stdin::from_reader(None, Box::new(&b"a\n"[..]));
        assert_eq!(
            run(&source).0,
            [("<stdin>".to_owned(), "a\n".to_owned(), Lines::All, None)]
        );
        let source =
            Stdin::from_reader(Some(RepoPath::new("app/x.env")), Box::new(std::io::empty()));
        assert_eq!(run(&source).0[0].0, "app/x.env");
        assert!(
            try_run(&source, 1).is_err(),
            "a second reading must not pass for an empty document"
        );
    }

    #[test]
    fn a_large_document_is_streamed() {
        for (length, expected) in [
            (IN_MEMORY, None),
            (IN_MEMORY + 1, Some("stream")),
            (3 * IN_MEMORY, Some("stream")),
        ] {
            let source = Stdin::from_reader(None, Box::new(std::io::repeat(b'x').take(length)));
            let text = run(&source).0.remove(0).1;
            match expected {
                None => assert_eq!(text.len() as u64, length),
                Some(_) => assert_eq!(text, format!("stream of {length} (0)")),
            }
        }
    }

    #[test]
    fn a_broken_pipe_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        let error =
            try_run(&Stdin::from_reader(None, Box::new(Broken)), 1).expect_err("it is refused");
        assert!(error.message.contains("gone"), "{}", error.message);
    }
}
