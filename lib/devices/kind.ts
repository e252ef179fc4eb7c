import type { Table } from "../codec/table.ts";

/** What a kind of device is to the rest of the toolset. How it is read and written over a wire is its client's affair. */
export interface Kind {
  readonly role: "inverter" | "bms";
  /** Fields of a sample. */
  readonly fields: Table;
  /** Rows that tell how the device is set and what it is. */
  readonly settings: Table;
  /** Rows that may be written; none = read only. */
  readonly writable: Table;
  /** `protocol` of the device's entry; null = its role has one only. */
  readonly protocol: "4e57" | "modbus" | "jbd" | "auto" | null;
  /** What `address` of an entry is called among its options; null = frames of this kind hold none. */
  readonly address: "slave" | "terminal" | null;
  /** Bit/s that devices of this kind are delivered with. */
  readonly baud: number;
  /** Not yet tried on a device. */
  readonly experimental?: true;
}
