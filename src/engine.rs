//! Runs the guards over a source. The only file that knows threads.
//!
//! A blob is read once: the secrets guard reads its bytes, and the guards that look at whole trees
//! (toolkit, fly) take from the same bytes what they need to conclude at the end.
