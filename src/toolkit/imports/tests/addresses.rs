//! Addresses that stand in code.

use super::*;

const FOUND: &[(&str, &str, &str)] = &[
    // JavaScript
    (
        "a.ts",
        "import { Pool } from 'pg'\nnew Pool({ connectionString: 'postgres://u@ep-x.neon.tech/d' })",
        "non-supabase-postgres connectionString ep-x.neon.tech 2:30",
    ),
    (
        "a.js",
        "const sql = postgres('postgres://u@db.corp.net/d')",
        "non-supabase-postgres postgres db.corp.net 1:22",
    ),
    (
        "a.ts",
        "export const DATABASE_URL = process.env.DATABASE_URL ?? `postgres://${user}@h.rds.amazonaws.com/d`",
        "non-supabase-postgres DATABASE_URL h.rds.amazonaws.com 1:57",
    ),
    (
        "a.ts",
        "const env = z.object({ REDIS_URL: z.string().url().default('redis://localhost:6379').optional() })",
        "direct-redis REDIS_URL 1:60",
    ),
    (
        "a.ts",
        "mongoose.connect((process.env.MONGO || 'mongodb://localhost/x') as string)",
        "alternate-database connect 1:40",
    ),
    (
        "a.ts",
        "class A { private url: string = 'mysql://u@h/d' }",
        "alternate-database url 1:33",
    ),
    (
        "a.ts",
        "function f(databaseUrl = 'mysql://u@h/d') {}",
        "alternate-database databaseUrl 1:26",
    ),
    (
        "a.ts",
        "config.db.url = 'postgres://u@localhost:5432/d'",
        "non-supabase-postgres url localhost:5432 1:17 medium",
    ),
    (
        "a.vue",
        "<p>é</p><script>\nconst dsn = 'mysql://u@h/d'</script>",
        "alternate-database dsn 2:13",
    ),
    // Python
    (
        "a.py",
        "engine = create_engine(\"sqlite:///x.db\")",
        "alternate-database create_engine 1:24",
    ),
    (
        "a.py",
        "app = Celery('x', broker='redis://localhost:6379/0')",
        "direct-redis broker 1:26",
    ),
    (
        "a.py",
        "URL = os.getenv('DATABASE_URL', 'postgresql+asyncpg://u@db.corp.net/d')",
        "non-supabase-postgres DATABASE_URL db.corp.net 1:33",
    ),
    (
        "a.py",
        "class S(BaseSettings):\n    database_url: str | None = 'sqlite:///./x.db'",
        "alternate-database database_url 2:32",
    ),
    (
        "a.py",
        "class S(BaseSettings):\n    database_url: str = Field(default=\"sqlite:///./x.db\", alias=\"X\")",
        "alternate-database database_url 2:39",
    ),
    (
        "a.py",
        "DATABASES = {'default': env.db('DATABASE_URL', default='sqlite:///db.sqlite3')}",
        "alternate-database DATABASE_URL 1:56",
    ),
    (
        "a.py",
        "url = os.environ.get('MONGO_URL') or 'mongodb://localhost'",
        "alternate-database MONGO_URL 1:38",
    ),
    (
        "a.py",
        "url = f'postgres://{user}:{secret[\"x\"]}@ep-x.neon.tech/d'",
        "non-supabase-postgres url ep-x.neon.tech 1:8",
    ),
    (
        "settings.py",
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'x'}}",
        "alternate-database ENGINE sqlite3 1:36",
    ),
    (
        "settings.py",
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache'}}",
        "direct-redis redis 1:34",
    ),
    (
        "settings.py",
        "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_redis.core.RedisChannelLayer'}}",
        "direct-redis channels_redis 1:42",
    ),
];

#[test]
fn addresses_given_to_something_called_so() {
    for (path, text, expected) in FOUND {
        assert_eq!(one(path, text), [(*expected).to_owned()], "{path}: {text}");
    }
}

#[test]
fn words_and_what_is_not_known_are_no_addresses() {
    for (path, text) in [
        ("a.ts", "// const url = 'mysql://u@h/d'"),
        ("a.ts", "if (url.startsWith('redis://localhost')) {}"),
        ("a.ts", "throw new Error('mysql://u@h/d is no URL')"),
        (
            "a.ts",
            "expect(mask('mysql://u@h/d')).toBe('mysql://u@h/d')",
        ),
        (
            "a.tsx",
            "const a = <Input placeholder='mysql://u@h/d' label=\"redis://x\" />",
        ),
        ("a.ts", "const exampleUrl = 'mysql://u@h/d'"),
        ("a.ts", "const url = 'postgres://u@db.example.com/d'"),
        ("a.ts", "const url = `postgres://u@${host}/d`"),
        ("a.ts", "const url = `${scheme}://mysql.host/d`"),
        (
            "a.ts",
            "const url = 'postgres://u@db.abc.supabase.co:5432/postgres'",
        ),
        (
            "a.ts",
            "const url = 'postgres://u@127.0.0.1:54322/postgres'",
        ),
        ("a.ts", "const url = 'https://redis.io/docs'"),
        ("a.ts", "const title = 'mysql://u@h/d'"),
        ("a.test.ts", "const dsn = 'mysql://u@h/d'"),
        ("a.py", "url = None  # 'mysql://u@h/d'"),
        (
            "a.py",
            "\"\"\"Connects, such as to\n\nurl = 'mysql://u@h/d'\n\"\"\"",
        ),
        ("a.py", "raise ValueError('mysql://u@h/d')"),
        ("a.py", "url.startswith('redis://localhost')"),
        (
            "a.py",
            "DATABASE_URL = 'postgresql://u@db.abc.supabase.co/postgres'",
        ),
        ("a.py", "url = f'postgres://u@{host}/d'"),
        (
            "settings.py",
            "X = {'ENGINE': 'django.db.backends.postgresql'}",
        ),
        (
            "settings.py",
            "T = [{'BACKEND': 'django.template.backends.django.DjangoTemplates'}]",
        ),
        (
            "settings.py",
            "CACHES = {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}",
        ),
    ] {
        assert_eq!(one(path, text), [] as [String; 0], "{path}: {text}");
    }
}

/// Who imports a client gives it an address as well.
#[test]
fn an_address_beside_its_client_is_told_once() {
    assert_eq!(
        one(
            "a.ts",
            "import Redis from 'ioredis'\nconst url = 'redis://localhost'"
        ),
        ["direct-redis ioredis 1:19"]
    );
    assert_eq!(
        one(
            "a.ts",
            "import type { Redis } from 'ioredis'\nconst url = 'redis://localhost'"
        ),
        ["direct-redis url 2:13", "direct-redis ioredis 1:28 low"]
    );
}

/// A client of one store says nothing of another.
#[test]
fn an_address_of_another_store_is_told() {
    for (path, text) in [
        (
            "a.ts",
            "import m from 'mysql2'\nconst dsn = 'mongodb://h.acme.net/d'",
        ),
        ("a.py", "import pymysql\ndsn = 'mongodb://h.acme.net/d'"),
    ] {
        let found = one(path, text);
        assert!(
            found.len() == 2 && found.iter().any(|line| line.contains(" dsn 2:")),
            "{found:?}"
        );
    }
}

#[test]
fn hostile_addresses_end() {
    for (path, head, unit) in [
        ("a.py", "url = 'redis://a'\n", "default=f(default="),
        ("a.py", "", "x = f('redis://a', "),
        ("a.py", "", "url: 'redis://a' = "),
        ("a.ts", "var url = 'redis://a';", "url.default("),
        ("a.ts", "var url = 'redis://a' ", "|| a "),
        ("a.ts", "var url = 'redis://a';", "a = "),
    ] {
        let start = std::time::Instant::now();
        run(path, &format!("{head}{}", unit.repeat(5_000)));
        assert!(start.elapsed().as_secs() < 60, "{unit}");
    }
}
