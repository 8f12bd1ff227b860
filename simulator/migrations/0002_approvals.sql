-- What WhatsApp filed an approved template under.
ALTER TABLE simulator.content ADD COLUMN category text NOT NULL DEFAULT 'UTILITY';
