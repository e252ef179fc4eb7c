export * from "../local-time.ts";
