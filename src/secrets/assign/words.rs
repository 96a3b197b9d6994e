//! Words that stand round a name whose value no sign follows.

/// What stands before `NAME value`: Dockerfiles, C, shells, servers, and tools that keep settings.
pub(super) const SETTERS: &[&[u8]] = &[
    b"#define",
    b"configure set",
    b"ENV",
    b"setenv",
    b"SetEnv",
    b"set -x",
    b"set -gx",
    b"set -Ux",
    b"set -xg",
    b"setx",
    b"set-environment -g",
    b"proxy_set_header",
    b"add_header",
    b"header_up",
    b"RequestHeader set",
    b"set-header",
    b"fastcgi_param",
    b"secret set",
    b"secrets set",
    b"user-secrets set",
    b"npm config set",
    b"env add",
];

/// What may stand between such a name and its value.
pub(super) const FLAGS: &[&[u8]] = &[
    b"--body ",
    b"--body=",
    b"--value ",
    b"--value=",
    b"--secret-string ",
    b"-b ",
    b"-v ",
];

/// Calls without brackets whose arguments are a type, a name and a value.
pub(super) const FIELDS: &[&[u8]] = &[b"buildConfigField ", b"resValue "];

/// Forms of Lisp that give a name a value.
pub(super) const LISP: &[&[u8]] = &[
    b"(setq",
    b"(def",
    b"(defvar",
    b"(defconst",
    b"(defparameter",
    b"(define",
    b"(setenv",
];

/// Types that stand between a name and `=`.
pub(super) const TYPES: &[&[u8]] = &[
    b"string",
    b"String",
    b"str",
    b"securestring",
    b"object",
    b"NSString",
];

/// Words near which `PASSWORD 'value'` sets one, in SQL.
pub(super) const STATEMENTS: &[&[u8]] =
    &[b"with", b"user", b"role", b"encrypted", b"login", b"set"];
