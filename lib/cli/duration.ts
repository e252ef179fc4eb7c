export * from "../base/duration.ts";
