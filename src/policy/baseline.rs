//! The baseline: findings that were accepted when stackguard was introduced.
