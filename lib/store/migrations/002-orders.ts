export const ORDERS = "";
