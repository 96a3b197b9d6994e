//! The tree cache of an index: for each directory the tree its entries would be written as, until one of them changes.
//!
//! `git commit` writes those very trees, so a directory whose cached tree is the one in HEAD holds nothing new.

/// The cached trees, in pre-order; the first is the root.
#[derive(Debug, Default)]
pub(in crate::source) struct TreeCache<'i> {
    nodes: Vec<Node<'i>>,
}

/// A directory.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Node<'i> {
    name: &'i [u8],
    /// Its tree and how many index entries that covers; none once an entry below has changed.
    pub(in crate::source) tree: Option<(&'i [u8], u32)>,
    children: u32,
    at: usize,
    /// Just past the last node below this one.
    end: usize,
}

impl<'i> TreeCache<'i> {
    /// Reads the extension `TREE`; none when it makes no sense.
    pub(super) fn parse(bytes: &'i [u8], id_length: usize) -> Option<Self> {
        let mut nodes: Vec<Node<'i>> = Vec::new();
        // Nodes that still wait for this many children.
        let mut open: Vec<(usize, u32)> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            if !nodes.is_empty() && open.is_empty() {
                return None;
            }
            let (node, left) = read_node(rest, nodes.len(), id_length)?;
            rest = left;
            open.push((nodes.len(), node.children));
            nodes.push(node);
            while let Some((done, 0)) = open.last().copied() {
                open.pop();
                let end = nodes.len();
                nodes.get_mut(done)?.end = end;
                if let Some(parent) = open.last_mut() {
                    parent.1 = parent.1.checked_sub(1)?;
                }
            }
        }
        open.is_empty().then_some(Self { nodes })
    }

    /// The root directory.
    pub(in crate::source) fn root(&self) -> Option<Node<'i>> {
        self.nodes.first().copied()
    }

    /// The directory `name` in `parent`.
    pub(in crate::source) fn child(
        &self,
        parent: Option<Node<'i>>,
        name: &[u8],
    ) -> Option<Node<'i>> {
        let parent = parent?;
        let mut at = parent.at + 1;
        for _ in 0..parent.children {
            let node = self.nodes.get(at)?;
            if node.name == name {
                return Some(*node);
            }
            at = node.end;
        }
        None
    }
}

/// `name NUL entries SP children LF [id]`; a negative number of entries says that the tree is out of date.
fn read_node(bytes: &[u8], at: usize, id_length: usize) -> Option<(Node<'_>, &[u8])> {
    let name_end = memchr::memchr(0, bytes)?;
    let line_end = name_end + memchr::memchr(b'\n', &bytes[name_end..])?;
    let (entries, children) = std::str::from_utf8(&bytes[name_end + 1..line_end])
        .ok()?
        .split_once(' ')?;
    let entries: i64 = entries.parse().ok()?;
    let mut rest = &bytes[line_end + 1..];
    let mut tree = None;
    if let Ok(count) = u32::try_from(entries) {
        tree = Some((rest.get(..id_length)?, count));
        rest = &rest[id_length..];
    }
    Some((
        Node {
            name: &bytes[..name_end],
            tree,
            children: children.parse().ok()?,
            at,
            end: at + 1,
        },
        rest,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_and_nonsense_is_refused() {
        let text = b"\x00-1 2\na\x002 1\n1234deep\x001 0\n5678b\x003 0\n9abc";
        let cache = TreeCache::parse(text, 4).expect("it makes sense");
        let root = cache.root();
        assert!(root.expect("it is in the text").tree.is_none());
        let a = cache.child(root, b"a");
        assert_eq!(a.expect("it is in the text").tree, Some((&b"1234"[..], 2)));
        assert_eq!(
            cache.child(a, b"deep").expect("it is in the text").tree,
            Some((&b"5678"[..], 1))
        );
        assert_eq!(
            cache.child(root, b"b").expect("it is in the text").tree,
            Some((&b"9abc"[..], 3))
        );
        assert!(cache.child(root, b"deep").is_none());
        for bad in [
            &b"\x00-1 2\na\x002 0\n1234"[..],
            b"\x001 0\n12",
            b"\x00-1 0\nx\x00-1 0\n",
            b"x",
            b"\x00y z\n",
        ] {
            assert!(TreeCache::parse(bad, 4).is_none());
        }
    }
}
