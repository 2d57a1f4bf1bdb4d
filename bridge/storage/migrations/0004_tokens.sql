-- What programs and people come in with over HTTP. Secrets are kept as hashes.

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX api_tokens_by_owner ON api_tokens (owner);

CREATE TABLE sign_in_codes (
    code_hash TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What was answered to a request that carried a name, for when it is sent again.
CREATE TABLE api_answers (
    token TEXT NOT NULL,
    name TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body _BYTES NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (token, name)
);
CREATE INDEX api_answers_by_time ON api_answers (at);
