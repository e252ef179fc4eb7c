/** How a decision is packed says its model: as changes to the model's JSON, or, before, deflated with the model as dictionary. */
export const DECISION_PACKING = `
ALTER TABLE decision_models ADD COLUMN packing TEXT NOT NULL DEFAULT 'deflate' CHECK (packing IN ('deflate', 'changes'));
`;
