-- What the four pretended platforms remember. Times are the simulator's own clock unless named otherwise.

CREATE TABLE simulator.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL CHECK (channel IN ('line', 'messenger', 'instagram', 'whatsapp')),
    name text NOT NULL,
    secret text NOT NULL,
    token text NOT NULL,
    verify_token text NOT NULL DEFAULT '',
    external_id text NOT NULL,
    address text NOT NULL DEFAULT '',
    webhook_url text NOT NULL,
    -- Rises with every committed change, so that open pages know when to read again.
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (channel, name),
    UNIQUE (channel, external_id)
);

CREATE TABLE simulator.customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    external_id text NOT NULL,
    name text NOT NULL,
    language text NOT NULL DEFAULT 'en',
    blocked boolean NOT NULL DEFAULT false,
    last_inbound_at timestamptz,
    UNIQUE (account_id, external_id)
);

CREATE TABLE simulator.chat_group (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    external_id text NOT NULL,
    name text NOT NULL,
    UNIQUE (account_id, external_id)
);

CREATE TABLE simulator.message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    chat text NOT NULL,
    sender text NOT NULL DEFAULT '',
    external_id text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    kind text NOT NULL,
    body jsonb NOT NULL,
    status text NOT NULL DEFAULT '',
    error_code integer,
    callback_url text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    UNIQUE (account_id, external_id)
);
CREATE INDEX message_chat ON simulator.message (account_id, chat, id);

CREATE TABLE simulator.media (
    id text PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    message_external_id text NOT NULL,
    content_type text NOT NULL,
    content bytea NOT NULL
);
CREATE INDEX media_message ON simulator.media (account_id, message_external_id);

CREATE TABLE simulator.reply_token (
    token text PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    chat text NOT NULL,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE simulator.retry_key (
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    key text NOT NULL,
    request_id text NOT NULL,
    answer jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE simulator.delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    chat text NOT NULL,
    event json NOT NULL,
    url text NOT NULL,
    redelivered boolean NOT NULL DEFAULT false,
    held boolean NOT NULL DEFAULT false,
    attempt integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'given_up')),
    last_status integer
);
CREATE INDEX delivery_due ON simulator.delivery (due_at, id) WHERE state = 'pending';

CREATE TABLE simulator.fault (
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    name text NOT NULL,
    amount integer NOT NULL DEFAULT 0,
    -- How many more calls it hits; null means until it is switched off.
    remaining integer,
    PRIMARY KEY (account_id, name)
);

CREATE TABLE simulator.wire (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    at timestamptz NOT NULL,
    direction text NOT NULL CHECK (direction IN ('webhook', 'api')),
    method text NOT NULL,
    url text NOT NULL,
    signature text NOT NULL DEFAULT '',
    request text NOT NULL DEFAULT '',
    status integer NOT NULL DEFAULT 0,
    answer text NOT NULL DEFAULT ''
);
CREATE INDEX wire_account ON simulator.wire (account_id, id);

CREATE TABLE simulator.content (
    sid text PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES simulator.account ON DELETE CASCADE,
    body jsonb NOT NULL,
    approval text NOT NULL DEFAULT 'unsubmitted',
    created_at timestamptz NOT NULL
);
