//! The toolkit and fly guards, run as a user runs them: a corpus of files that break each rule and files that do not, and a
//! repository in the shape of a real one.

mod corpus;
mod repository;
mod scene;
