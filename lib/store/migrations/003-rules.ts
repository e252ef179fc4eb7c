export const RULES = "";
