//! POSIX access control lists, as the kernel hands them out.

/// What a list says besides the permission bits. The bits of the group's class are its mask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl {
    /// Users by number, and what they may.
    pub users: Vec<(u32, u32)>,
    /// What the group of the file may.
    pub owning_group: u32,
    /// Other groups by number, and what they may.
    pub groups: Vec<(u32, u32)>,
    /// What any of these may at most.
    pub mask: u32,
}

impl Acl {
    /// Reads the extended attribute `system.posix_acl_access`. None where it says no more than the bits do.
    #[must_use]
    pub fn parse(attribute: &[u8]) -> Option<Self> {
        let (version, entries) = attribute.split_first_chunk()?;
        if u32::from_le_bytes(*version) != VERSION {
            return None;
        }
        let mut acl = Self::default();
        let mut has_mask = false;
        for entry in entries.chunks_exact(8) {
            let [t0, t1, p0, p1, i0, i1, i2, i3] = *<&[u8; 8]>::try_from(entry).ok()?;
            let right = u32::from(u16::from_le_bytes([p0, p1])) & 7;
            let number = u32::from_le_bytes([i0, i1, i2, i3]);
            match u16::from_le_bytes([t0, t1]) {
                USER => acl.users.push((number, right)),
                OWNING_GROUP => acl.owning_group = right,
                GROUP => acl.groups.push((number, right)),
                MASK => (acl.mask, has_mask) = (right, true),
                // The owner and all others have what the bits say.
                _ => {}
            }
        }
        has_mask.then_some(acl)
    }

    /// Lets a user in as `setfacl -m` does, which makes the mask anew.
    pub fn let_in(&mut self, user: u32, right: u32) {
        self.users.retain(|(number, _)| *number != user);
        self.users.push((user, right));
        let named = self.users.iter().chain(&self.groups);
        self.mask = named.fold(self.owning_group, |mask, (_, right)| mask | right);
    }
}

const VERSION: u32 = 2;
const USER: u16 = 0x02;
const OWNING_GROUP: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(version: u32, entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = version.to_le_bytes().to_vec();
        for (tag, right, number) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(right.to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }

    const NOBODY: u32 = u32::MAX;

    #[test]
    fn a_list_is_read_as_the_kernel_writes_it() {
        let full = [
            (1, 6, NOBODY),
            (USER, 4, 102),
            (OWNING_GROUP, 0, NOBODY),
            (GROUP, 5, 105),
            (MASK, 4, NOBODY),
            (0x20, 0, NOBODY),
        ];
        let acl = Acl::parse(&attribute(2, &full)).unwrap();
        assert_eq!(
            (acl.users, acl.owning_group, acl.groups, acl.mask),
            (vec![(102, 4)], 0, vec![(105, 5)], 4)
        );
        for attribute in [
            attribute(1, &full),
            attribute(2, &[(1, 6, NOBODY), (OWNING_GROUP, 4, NOBODY)]),
            attribute(2, &[]),
            vec![2],
            Vec::new(),
        ] {
            assert_eq!(Acl::parse(&attribute), None, "{attribute:?}");
        }
    }
}
