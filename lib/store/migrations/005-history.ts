export const HISTORY = "";
