export const PUBLISH = "";
