/** What a wire was used for. */
export interface WireUse {
  readonly requests: number;
  /** Both ways. */
  readonly bytes: number;
  /** From each request to the last byte of its answer. */
  readonly busy_ms: number;
}
