import type { Clock } from "../base/clock.ts";
import type { Raw, Table } from "../codec/table.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import type { Resync } from "../modbus/rtu-master.ts";
import type { Wire } from "../port/wire.ts";
import type { BmsSource } from "../sim/bms-state.ts";
import type { SimulatedDevice } from "../sim/device.ts";
import type { BmsClient } from "./bms/client.ts";
import type { InverterClient } from "./inverter/client.ts";

/** What a kind of device is to the rest of the toolset. */
interface AnyKind {
  /** Whose devices they are. */
  readonly maker: string;
  /** Fields of a sample. */
  readonly fields: Table;
  /** Rows that tell how the device is set and what it is. */
  readonly settings: Table;
  /** Rows that may be written; none = read only. */
  readonly writable: Table;
  /** What `address` of an entry is called among its options; null = frames of this kind hold none. */
  readonly address: "slave" | "terminal" | null;
  /** Bit/s that devices of this kind are delivered with. */
  readonly baud: number;
  /** Not yet tried on a device. */
  readonly experimental?: true;
}

export interface InverterKind extends AnyKind {
  readonly role: "inverter";
  /** Rows that an order may name. */
  readonly orders: Table;
  /** What its models make of its rows. */
  readonly models: InverterModels;
  /** How it is read and written: loaded only by those who open a line. */
  readonly load: () => Promise<InverterPlug>;
}

/** What a machine tells of itself; undefined or null = not told. */
export interface Told {
  /** Two letters and a number: "PV", 1800. */
  readonly machine_type?: Raw | undefined;
  readonly machine_number?: Raw | undefined;
  /** As it stands in the register: 10414 = 1.04.14. */
  readonly protocol_version?: Raw | undefined;
}

/** What of a table is a model's, and the owner's consent to feed in. */
export interface Variant {
  /** Name of the model; null = not told yet: as the sheet says. */
  readonly model: string | null;
  readonly feed_in?: boolean;
}

/** The models of a kind of inverter. */
export interface InverterModels {
  /** The model that these words are of, by name; null while a machine has not told who it is. */
  readonly modelOf: (told: Told) => string | null;
  /** What a machine calls itself, as much of it as was told. */
  readonly modelText: (told: Told) => string;
  /** True for a model that nobody has tried: it is read only. */
  readonly isUnknown: (model: string | null) => boolean;
  /** All rows of a machine; with consent to feed in, the rows that need it may be written by any order. */
  readonly registersOf: (variant: Variant) => Table;
  /** The settings, likewise. */
  readonly settingsOf: (variant: Variant) => Table;
  /** True for a row that needs the consent, so that the client is told to let it through. */
  readonly needsFeedInConsent: (key: string) => boolean;
}

/** How the inverters of a kind are reached. */
export interface InverterPlug {
  /** What no master may touch. */
  readonly guard: (start: number, count: number) => void;
  readonly resync: Resync;
  readonly client: (
    master: ModbusMaster,
    options: { readonly slave: number; readonly model: string | null },
  ) => InverterClient;
}

export interface BmsKind extends AnyKind {
  readonly role: "bms";
  /** `protocol` of the device's entry: what such a board speaks, and what is remembered of one that was found. */
  readonly protocol: string;
  /** The protocol in a few words, for the configuration. */
  readonly about: string;
  /** Which board it is, from the rows of `settings`. */
  readonly identityOf: (raw: Readonly<Record<string, Raw>>) => Readonly<Record<string, Raw>>;
  /** `auto` only: the protocol is not known, and one of those that can be found is looked for. */
  readonly is_looked_for?: true;
  /** A device of this kind is met by looking. */
  readonly can_be_found?: true;
  /** Rows that an order may name; those without a write rule are refused by their name. */
  readonly orders: Table;
  /** How it is read and written: loaded only by those who open a line. */
  readonly load: () => Promise<BmsPlug>;
  /** Its simulator; absent = there is none of this kind. */
  readonly simulate?: (choice: SimulatedBms) => Promise<SimulatedDevice>;
  /** The simulator replays a recorded answer, which is one frame. */
  readonly replays_captures?: true;
}

export type Kind = InverterKind | BmsKind;

/** One BMS on a wire. */
export interface BmsOnWire {
  readonly address: number;
  readonly terminal: number;
  /** What is remembered of this device. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly first_byte_ms: number;
  readonly tries: number;
  readonly clock: Clock;
  readonly trace?: (direction: ">" | "<", bytes: Uint8Array) => void;
}

/** How the boards of a kind are reached. */
export interface BmsPlug {
  /** @throws DeviceTimeout, BadFrame when a board that is looked for does not answer */
  readonly client: (wire: Wire, options: BmsOnWire) => Promise<BmsClient>;
  /** Through a Modbus/TCP gateway; absent = not that way. `guard`: what no master may touch. */
  readonly gateway?: {
    readonly guard: (start: number, count: number) => void;
    readonly client: (master: ModbusMaster, options: { readonly address: number }) => BmsClient;
  };
}

/** Which BMS is simulated. */
export interface SimulatedBms {
  /** A live pack in place of the recording; the first unit's. */
  readonly source?: BmsSource;
  /** A recorded answer that is replayed, as text of its file; of the kinds that answer with one frame. */
  readonly capture?: { readonly text: string; readonly name: string };
  readonly addresses?: readonly number[];
  /** Takes no settings, as some firmware. */
  readonly refuses?: boolean;
  /** As a board that tells no protocol version. */
  readonly old_protocol?: boolean;
}
