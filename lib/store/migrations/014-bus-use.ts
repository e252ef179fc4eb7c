/** What the devices' wires were used for stands in the row that a dump writes anyway. */
export const BUS_USE = `
ALTER TABLE job_states ADD COLUMN bus TEXT;
`;
