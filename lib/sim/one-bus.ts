import type { SimulatedDevice } from "./device.ts";

/** Several machines on one pair of wires: each hears everything, the one that is meant answers. */
export function onOneBus(devices: readonly SimulatedDevice[]): SimulatedDevice {
  const [first] = devices as [SimulatedDevice];
  return {
    name: "bus",
    cut: (bytes) => first.cut(bytes),
    hear: (frame) => {
      const heard = devices.map((device) => device.hear(frame));
      return heard.find(({ ignored }) => ignored === null) ?? (heard[0] as ReturnType<SimulatedDevice["hear"]>);
    },
  };
}
