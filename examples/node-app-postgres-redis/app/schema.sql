-- Run at every start: each statement does nothing when it has been done.
CREATE TABLE IF NOT EXISTS products (id serial PRIMARY KEY, name text UNIQUE NOT NULL);
INSERT INTO products (name) VALUES ('hammer'), ('nails') ON CONFLICT DO NOTHING;
