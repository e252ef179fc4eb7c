/** Where words of the image come from. */
export const ORIGINS = {
  aquarat:
    "PH1800 48 V 5 kVA, grid-tied by day: values the vendor's decoder showed (aquarat/must_inverter README), divided by their scale",
  shown: "the same README; 1000 kWh words and calibration 0x4000 split by the vendor sheet's rule",
  benj: "PV1800 48 V, software 2.17.07: raw words of a debug log (mukaschultze/ha-must-inverter issues 46, 47)",
  sp1800: "PV1800 12 V: raw words of a line capture of the vendor monitor (charger identity, the same on 48 V)",
  copied: "copy of the identity words 20002-20006, as in every full capture",
  derived:
    "grade and rating of the aquarat unit; arrows by their bit table: PV, load, battery and grid there, battery charging",
  zero: "not shown by the README; 0 in the full 12 V capture",
} as const;

/** A run of words with one origin. */
export interface RecordedRun {
  readonly start: number;
  readonly from: keyof typeof ORIGINS;
  readonly words: readonly number[];
}

/**
 * A whole 48 V inverter by day: PV 511 W, load 288 W, battery charging with 146 W, grid connected. No public dump holds all blocks
 * of one unit; this joins two of them, word by word as `from` says.
 */
export const RECORDED_INVERTER_48V: readonly RecordedRun[] = [
  { start: 10001, from: "sp1800", words: [1800, 0, 0, 10102, 805] },
  { start: 10006, from: "shown", words: [16384, 16384, 16384] },
  {
    start: 10101,
    from: "benj",
    words: [1, 500, 561, 561, 440, 440, 600, 800, 100, 1, 280, 0, 48, 800, 56638, 0, 0, 0, 558, 150, 60, 120, 0, 0],
  },
  { start: 15201, from: "aquarat", words: [2, 2, 2] },
  { start: 15204, from: "zero", words: [0] },
  { start: 15205, from: "aquarat", words: [1078, 522, 98, 511, 28, 65483, 1, 1, 0, 0, 48, 800] },
  { start: 15217, from: "shown", words: [1, 8563] },
  { start: 15219, from: "aquarat", words: [206, 18, 58] },
  {
    start: 20000,
    from: "benj",
    words: [
      20566, 1800, 65535, 65535, 10101, 21707, 10414, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535,
      65535,
    ],
  },
  {
    start: 20101,
    from: "benj",
    words: [
      1, 2300, 5000, 0, 1, 0, 1, 0, 4, 0, 0, 0, 217, 217, 300, 300, 515, 525, 540, 1, 500, 561, 561, 48, 400, 100, 420,
      600, 1, 200, 440, 1400, 0, 0, 0, 0, 0, 0, 0, 0, 0, 75, 3, 1,
    ],
  },
  { start: 25201, from: "aquarat", words: [3, 230, 5000] },
  { start: 25204, from: "zero", words: [0] },
  { start: 25205, from: "aquarat", words: [521, 2170, 2182, 4155, 15, 15, 11, 15, 306, 0, 288, 6, 319, 242, 335] },
  { start: 25220, from: "zero", words: [0] },
  { start: 25221, from: "aquarat", words: [105, 240, 171] },
  { start: 25224, from: "zero", words: [0] },
  { start: 25225, from: "aquarat", words: [4997, 4997] },
  { start: 25227, from: "zero", words: [0, 0, 0, 0, 0, 0] },
  { start: 25233, from: "aquarat", words: [27, 47, 24] },
  { start: 25236, from: "zero", words: [0] },
  { start: 25237, from: "aquarat", words: [1, 1, 1, 0, 1, 0] },
  { start: 25243, from: "zero", words: [0, 0] },
  { start: 25245, from: "shown", words: [0, 9043, 1, 8841, 2, 6519] },
  { start: 25251, from: "aquarat", words: [0, 40] },
  { start: 25253, from: "shown", words: [3, 6541, 1, 21] },
  { start: 25257, from: "aquarat", words: [0, 40] },
  { start: 25259, from: "shown", words: [0, 9043] },
  { start: 25261, from: "zero", words: [0, 0, 0, 0, 0, 0, 0, 0] },
  { start: 25269, from: "copied", words: [65535, 65535, 10101, 21707] },
  { start: 25273, from: "aquarat", words: [65390, 65534] },
  { start: 25275, from: "derived", words: [48] },
  { start: 25276, from: "zero", words: [0] },
  { start: 25277, from: "derived", words: [5000] },
  { start: 25278, from: "copied", words: [10414] },
  { start: 25279, from: "derived", words: [127] },
];

/** The image as address and word. */
export function recordedInverterWords(): [number, number][] {
  return RECORDED_INVERTER_48V.flatMap(({ start, words }) =>
    words.map((word, i): [number, number] => [start + i, word]),
  );
}
