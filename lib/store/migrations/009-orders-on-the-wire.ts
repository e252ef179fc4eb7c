/**
 * An order counts its writes twice: those begun, which bound the tries whatever happens, and those known to have gone on the wire. A
 * command file that cannot be set aside is remembered with the time of its last change, so that the same text written anew is seen.
 */
export const ORDERS_ON_THE_WIRE = `
ALTER TABLE commands ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
UPDATE commands SET begun = attempts;
ALTER TABLE order_files ADD COLUMN written_at REAL;
`;
