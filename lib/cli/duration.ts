export * from "../duration.ts";
