mod addresses;
mod hostile;

use super::*;
use crate::finding::Veil;
use crate::policy::Severity;

/// Rule, what, line, column and severity of every finding, and the number of gaps.
fn run(path: &str, text: &str) -> (Vec<String>, usize) {
    let canon = Canon::shipped();
    let veil = Veil::default();
    let path = RepoPath::new(path);
    assert!(wants(&path, &canon), "{path}");
    let found = inspect(&FileView::new(&path, text.as_bytes(), &veil), &canon);
    let imported = found.facts.iter().filter_map(|fact| match fact {
        Fact::Imported(import) => Some(&import.draft),
        _ => None,
    });
    let shown = found.drafts.iter().chain(imported).map(|draft| {
        let at = draft.mark.as_ref().expect("a place").start;
        let severity = draft.severity.map_or("", Severity::as_str);
        format!(
            "{} {} {}:{} {severity}",
            draft.rule, draft.content, at.line, at.column
        )
        .trim_end()
        .to_owned()
    });
    (shown.collect(), found.gaps.len())
}

fn one(path: &str, text: &str) -> Vec<String> {
    let (found, gaps) = run(path, text);
    assert_eq!(gaps, 0, "{text}");
    found
}

const JAVASCRIPT: &[(&str, &str)] = &[
    (
        "import { serve, RedisClient as R } from 'bun'",
        "direct-redis bun:redis 1:17",
    ),
    ("import Redis from 'ioredis'", "direct-redis ioredis 1:19"),
    ("\nimport 'redis';", "direct-redis redis 2:8"),
    (
        "import * as m from \"mysql2/promise\"",
        "alternate-database mysql2 1:20",
    ),
    (
        "import type { Redis } from 'ioredis'",
        "direct-redis ioredis 1:28 low",
    ),
    (
        "import { type Redis } from 'ioredis'",
        "direct-redis ioredis 1:28 low",
    ),
    (
        "import { type Redis, x } from 'ioredis'",
        "direct-redis ioredis 1:31",
    ),
    ("import {} from 'ioredis'", "direct-redis ioredis 1:16"),
    ("export { x } from 'ioredis'", "direct-redis ioredis 1:19"),
    ("export * from 'ioredis'", "direct-redis ioredis 1:15"),
    (
        "export type * from 'ioredis'",
        "direct-redis ioredis 1:20 low",
    ),
    (
        "async () => { const r = await import('ioredis') }",
        "direct-redis ioredis 1:38",
    ),
    ("const r = import(`ioredis`)", "direct-redis ioredis 1:18"),
    (
        "const r = require('ioredis').default",
        "direct-redis ioredis 1:19",
    ),
    ("require.resolve(('ioredis'))", "direct-redis ioredis 1:18"),
    ("module.require('ioredis')", "direct-redis ioredis 1:16"),
    (
        "import.meta.resolve('ioredis')",
        "direct-redis ioredis 1:21",
    ),
    ("import r = require('ioredis')", "direct-redis ioredis 1:20"),
    (
        "type R = import('ioredis').Redis",
        "direct-redis ioredis 1:17 low",
    ),
    ("import x from 'npm:ioredis@5'", "direct-redis ioredis 1:15"),
    (
        "import x from 'https://esm.sh/ioredis@5'",
        "direct-redis ioredis 1:15",
    ),
    (
        "import x from 'https://deno.land/x/redis@v0.29.0/mod.ts'",
        "direct-redis deno.land/x/redis 1:15",
    ),
    (
        "import x from 'bun:sqlite'",
        "alternate-database bun:sqlite 1:15",
    ),
    (
        "import { drizzle } from 'drizzle-orm/mysql2'",
        "alternate-database drizzle-orm/mysql2 1:25",
    ),
    (
        "import { Link } from '@remix-run/react'",
        "remix-import @remix-run/react 1:22",
    ),
    ("import Link from 'next/link'", "unlisted-router next 1:18"),
    (
        "import A from '@anthropic-ai/sdk'",
        "unlisted-ai-sdk @anthropic-ai/sdk 1:15",
    ),
    (
        "import { generateText } from 'ai'",
        "unlisted-ai-sdk ai 1:30",
    ),
    (
        "import { neon } from '@neondatabase/serverless'",
        "non-supabase-postgres @neondatabase/serverless 1:22",
    ),
    (
        "import { PGlite } from '@electric-sql/pglite'",
        "non-supabase-postgres @electric-sql/pglite 1:24",
    ),
    (
        "const é = 'ü', b = require('redis')",
        "direct-redis redis 1:28",
    ),
];

#[test]
fn javascript_in_every_form() {
    for (text, expected) in JAVASCRIPT {
        assert_eq!(one("app/db.ts", text), [*expected], "{text}");
    }
}

#[test]
fn what_is_no_import_is_no_finding() {
    for text in [
        "// import Redis from 'ioredis'",
        "/* require('redis') */",
        "const text = \"import Redis from 'ioredis'\"",
        "const name = 'redis'; use(name)",
        "x.require('ioredis'); requires('redis')",
        "import x from './redis'; import y from '~/redis'; import z from '#redis'",
        "import { createClient } from '@supabase/supabase-js'",
        "import OpenAI from 'openai'; import { x } from '@llamaindex/openai'",
        "import { Link } from 'react-router'",
        "import(`${name}redis`)",
        "import { serve, sql } from 'bun'; const redis = 1",
        "import { signIn } from 'next-auth/react'",
        // It reads any Postgres, Supabase's too.
        "import { ShapeStream } from '@electric-sql/client'",
        "const s = `it's \"redis\"`",
    ] {
        assert_eq!(one("app/db.ts", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn every_kind_of_file() {
    let redis = ["direct-redis ioredis 1:19"];
    for path in [
        "a.js", "a.jsx", "a.mjs", "a.cjs", "a.ts", "a.tsx", "a.mts", "a.cts",
    ] {
        assert_eq!(one(path, "import Redis from 'ioredis'"), redis, "{path}");
    }
    assert_eq!(
        one(
            "a.tsx",
            "import Redis from 'ioredis'; const a = <p>it's</p>;"
        ),
        redis
    );
    assert_eq!(
        one(
            "a.js",
            "import Redis from 'ioredis'; const a: string = 'typed'"
        ),
        redis
    );
    assert_eq!(
        one("a.js", "with (x) { y } const r = require('ioredis')"),
        ["direct-redis ioredis 1:34"]
    );
    assert_eq!(
        one("a.js", "#!/usr/bin/env node\nreturn require('redis')"),
        ["direct-redis redis 2:16"]
    );
    assert_eq!(
        one(
            "A.vue",
            "<template><p>import 'redis'</p></template>\n<script setup lang=\"ts\">\nimport R from 'ioredis'; let a: R\n</script>"
        ),
        ["direct-redis ioredis 3:15"]
    );
    assert_eq!(
        one(
            "A.svelte",
            "<script>import R from 'ioredis'</script>\n<!-- <script>import 'redis'</script> -->\n<p>'redis'</p>"
        ),
        ["direct-redis ioredis 1:23"]
    );
    assert_eq!(
        one(
            "a.astro",
            "---\nimport R from 'ioredis'\n---\n<p>'redis'</p>"
        ),
        ["direct-redis ioredis 2:15"]
    );
    assert_eq!(
        one(
            "a.html",
            "<script type=\"application/json\">{\"a\": \"redis\"}</script><SCRIPT>require('redis')</SCRIPT>"
        ),
        ["direct-redis redis 1:72"]
    );
}

#[test]
fn python() {
    for (text, expected) in [
        ("import redis", vec!["direct-redis redis 1:8"]),
        (
            "import os, redis as r, sys",
            vec!["direct-redis redis 1:12"],
        ),
        (
            "from redis.asyncio import Redis",
            vec!["direct-redis redis 1:6"],
        ),
        (
            "from redis \\\n  import Redis",
            vec!["direct-redis redis 1:6"],
        ),
        (
            "try: import pymysql\nexcept: pass",
            vec!["alternate-database pymysql 1:13"],
        ),
        (
            "def f():\n    import pymongo; x()",
            vec!["alternate-database pymongo 2:12"],
        ),
        (
            "from google.cloud import (\n  storage,\n  firestore as fs,\n)",
            vec!["alternate-database google.cloud.firestore 3:3"],
        ),
        (
            "from google import genai",
            vec!["unlisted-ai-sdk google.genai 1:20"],
        ),
        (
            "import mysql.connector",
            vec!["alternate-database mysql.connector 1:8"],
        ),
        (
            "importlib.import_module('redis')",
            vec!["direct-redis redis 1:25"],
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redis\nimport redis",
            vec!["direct-redis redis 3:12 low", "direct-redis redis 4:8"],
        ),
        ("# import redis", vec![]),
        ("'''\nimport redis\n'''", vec![]),
        ("x = r\"import redis\"", vec![]),
        ("x = (\nimport_ ,\nredis)", vec![]),
        ("from .redis import x\nfrom . import redis", vec![]),
        ("from app.redis import x", vec![]),
        ("import app.redis", vec![]),
        ("redis = None\nprint('redis')", vec![]),
        ("from google.cloud import storage", vec![]),
        ("x = 'a\nimport redis", vec!["direct-redis redis 2:8"]),
    ] {
        assert_eq!(one("app/x.py", text), expected, "{text}");
    }
}

#[test]
fn ruby() {
    for (text, expected) in [
        ("require 'redis'", vec!["direct-redis redis 1:9"]),
        (
            "require(\"redis/connection\")",
            vec!["direct-redis redis 1:9"],
        ),
        (
            "begin; require 'mysql2'; end",
            vec!["alternate-database mysql2 1:16"],
        ),
        ("# require 'redis'", vec![]),
        (
            "=begin\nrequire 'redis'\n=end\nrequire 'mongo'",
            vec!["alternate-database mongo 4:9"],
        ),
        (
            "x = <<~A\nrequire 'redis'\nA\nrequire 'mongo'",
            vec!["alternate-database mongo 4:9"],
        ),
        ("x = %q(require 'redis')", vec![]),
        ("x.require 'redis'", vec![]),
        ("require_relative 'redis'", vec![]),
        ("puts \"require 'redis'\"", vec![]),
        ("__END__\nrequire 'redis'", vec![]),
    ] {
        assert_eq!(one("lib/x.rb", text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_told_where_it_matters() {
    assert_eq!(
        run("app/x.ts", "const a = 'redis'; import {{{ from"),
        (vec![], 1)
    );
    assert_eq!(run("app/x.ts", "import {{{ from 'react'"), (vec![], 0));
    let large = format!("require('redis');{}", " ".repeat(LIMIT));
    assert_eq!(run("app/x.js", &large), (vec![], 1));
}

#[test]
fn allowed_paths_and_tests() {
    assert_eq!(
        one("deploy/chatwoot/x.js", "require('redis')"),
        Vec::<String>::new()
    );
    assert_eq!(
        one("deploy/chatwoot/x.js", "require('mysql')"),
        ["alternate-database mysql 1:9"]
    );
    assert_eq!(
        one("app/x.test.ts", "require('redis')"),
        ["direct-redis redis 1:9 low"]
    );
}
